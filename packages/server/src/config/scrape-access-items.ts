/** How the server shows who it is to what it scrapes and probes, and whom it trusts there. Secrets are in files only. */

import { isAbsolute } from 'node:path';
import type { ItemReader } from './item-reader.ts';

/** A file that a secret is in, by its absolute path. */
export interface SecretFile {
  readonly file: string;
}

/** Credentials and trust. Paths of files are absolute; `''` where there is none. */
export interface ScrapeAccess {
  readonly basicAuth: { readonly username: string; readonly password: SecretFile } | null;
  readonly bearerToken: SecretFile | null;
  /** The values of headers, by their names in lower case. */
  readonly headers: Readonly<Record<string, SecretFile>>;
  readonly tls: {
    readonly caFile: string;
    readonly certFile: string;
    readonly key: SecretFile | null;
    readonly serverName: string;
    /** Takes any certificate. */
    readonly insecure: boolean;
  };
}

/** The keys of it in an item. */
export const accessKeys = ['basic_auth', 'bearer_token_file', 'header_files', 'tls'] as const;

const PATH_LENGTH_MAX = 4096;
const HEADERS_MAX = 16;
/** Headers that are of the connection, or that have a key of their own. */
const notChosen: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'host',
  'proxy-authorization',
  'transfer-encoding',
  'upgrade',
]);

/** Reads it from an item that may have its keys. */
export function readAccess(item: ItemReader): ScrapeAccess {
  if (item.has('basic_auth') && item.has('bearer_token_file'))
    item.fail('bearer_token_file', 'and basic_auth exclude each other');
  const basic = item.map('basic_auth');
  const basicAuth = item.has('basic_auth')
    ? basic.done({ username: basic.text('username'), password: secret(basic, 'password_file') })
    : null;
  if (basicAuth?.username.includes(':') === true) basic.fail('username', 'must not have a colon');
  return {
    basicAuth,
    bearerToken: item.has('bearer_token_file') ? secret(item, 'bearer_token_file') : null,
    headers: readHeaders(item.map('header_files')),
    tls: readTls(item.map('tls')),
  };
}

function readTls(tls: ItemReader): ScrapeAccess['tls'] {
  if (tls.has('cert_file') !== tls.has('key_file')) tls.fail('cert_file', 'and key_file go together');
  const insecure = tls.flag('insecure', false);
  if (insecure && tls.has('ca_file')) tls.fail('insecure', 'makes ca_file useless');
  return tls.done({
    caFile: tls.has('ca_file') ? path(tls, 'ca_file') : '',
    certFile: tls.has('cert_file') ? path(tls, 'cert_file') : '',
    key: tls.has('key_file') ? secret(tls, 'key_file') : null,
    serverName: tls.has('server_name') ? tls.text('server_name') : '',
    insecure,
  });
}

function readHeaders(item: ItemReader): Readonly<Record<string, SecretFile>> {
  const { names } = item;
  if (names.length > HEADERS_MAX) item.fail('names', `must be at most ${HEADERS_MAX}`);
  return Object.fromEntries(
    names.map((name) => {
      if (!/^[A-Za-z0-9-]{1,64}$/.test(name))
        item.fail(JSON.stringify(name.slice(0, 64)), 'is no name of a header');
      if (notChosen.has(name.toLowerCase())) item.fail(name, 'is a header that cannot be chosen');
      return [name.toLowerCase(), secret(item, name)];
    }),
  );
}

function secret(item: ItemReader, key: string): SecretFile {
  return { file: path(item, key) };
}

function path(item: ItemReader, key: string): string {
  return item.parsed(key, absolute, undefined, PATH_LENGTH_MAX);
}

function absolute(text: string): string {
  if (!isAbsolute(text)) throw new TypeError('must be an absolute path');
  return text;
}

const file = { type: 'string', minLength: 1, maxLength: PATH_LENGTH_MAX } as const;
const text = { type: 'string', minLength: 1, maxLength: 256 } as const;

/** JSON Schema of the keys. */
export const accessJsonSchema: Readonly<Record<(typeof accessKeys)[number], unknown>> = {
  basic_auth: {
    type: 'object',
    additionalProperties: false,
    required: ['username', 'password_file'],
    properties: { username: text, password_file: file },
  },
  bearer_token_file: file,
  header_files: { type: 'object', additionalProperties: file, maxProperties: HEADERS_MAX },
  tls: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ca_file: file,
      cert_file: file,
      key_file: file,
      server_name: text,
      insecure: { type: 'boolean' },
    },
  },
};
