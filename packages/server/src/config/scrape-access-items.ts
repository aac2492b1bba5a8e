/** How the server shows who it is to what it scrapes and probes, and whom it trusts there. Secrets are in files only. */

import type { ItemReader } from './item-reader.ts';

/** Credentials and trust. Paths are as they stand in the configuration; `''` where there is none. */
export interface ScrapeAccess {
  readonly basicAuth: { readonly username: string; readonly passwordFile: string } | null;
  readonly bearerTokenFile: string;
  /** Files with the values of headers, by the names of the headers. */
  readonly headerFiles: Readonly<Record<string, string>>;
  readonly tls: {
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
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
  const bearerTokenFile = path(item, 'bearer_token_file');
  if (item.has('basic_auth') && bearerTokenFile !== '')
    item.fail('bearer_token_file', 'and basic_auth exclude each other');
  const basic = item.map('basic_auth');
  const basicAuth = item.has('basic_auth')
    ? basic.done({
        username: basic.text('username'),
        passwordFile: basic.text('password_file', undefined, PATH_LENGTH_MAX),
      })
    : null;
  if (basicAuth?.username.includes(':') === true) basic.fail('username', 'must not have a colon');
  const tls = item.map('tls');
  const [certFile, keyFile] = [path(tls, 'cert_file'), path(tls, 'key_file')];
  if ((certFile === '') !== (keyFile === '')) tls.fail('cert_file', 'and key_file go together');
  const [caFile, insecure] = [path(tls, 'ca_file'), tls.flag('insecure', false)];
  if (insecure && caFile !== '') tls.fail('insecure', 'makes ca_file useless');
  return {
    basicAuth,
    bearerTokenFile,
    headerFiles: headers(item.map('header_files')),
    tls: tls.done({
      caFile,
      certFile,
      keyFile,
      serverName: tls.has('server_name') ? tls.text('server_name') : '',
      insecure,
    }),
  };
}

function path(item: ItemReader, key: string): string {
  return item.has(key) ? item.text(key, undefined, PATH_LENGTH_MAX) : '';
}

function headers(item: ItemReader): Readonly<Record<string, string>> {
  const { names } = item;
  if (names.length > HEADERS_MAX) item.fail('names', `must be at most ${HEADERS_MAX}`);
  return Object.fromEntries(
    names.map((name) => {
      if (!/^[A-Za-z0-9-]{1,64}$/.test(name))
        item.fail(JSON.stringify(name.slice(0, 64)), 'is no name of a header');
      if (notChosen.has(name.toLowerCase())) item.fail(name, 'is a header that cannot be chosen');
      return [name.toLowerCase(), item.text(name, undefined, PATH_LENGTH_MAX)];
    }),
  );
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
