/** Other sites as the configuration declares them: where their servers are, and how this one proves who it is. */

import { ItemReader, readItems } from './item-reader.ts';

/** Another server and how it is reached. */
export interface SpokeDefinition {
  /** The name of its site. */
  readonly id: string;
  /** Without a final slash. */
  readonly url: string;
  /** Files; empty for none. They are read at each pull. */
  readonly tokenFile: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const SPOKES_MAX = 100;
const PATH_LENGTH_MAX = 4096;
/** The keys with a file, by the name that the server has for them. */
const files = {
  tokenFile: 'token_file',
  caFile: 'ca_file',
  certFile: 'cert_file',
  keyFile: 'key_file',
} as const;

/** Reads the list; a text is what is wrong with it. */
export function readSpokes(raw: unknown): readonly SpokeDefinition[] | string {
  return readItems(raw, SPOKES_MAX, readOne);
}

/** The same spokes with their files as `resolve` gives them. */
export function withResolvedFiles(
  spokes: readonly SpokeDefinition[],
  resolve: (path: string) => string,
): readonly SpokeDefinition[] {
  return spokes.map((spoke) => ({
    ...spoke,
    tokenFile: resolve(spoke.tokenFile),
    caFile: resolve(spoke.caFile),
    certFile: resolve(spoke.certFile),
    keyFile: resolve(spoke.keyFile),
  }));
}

function readOne(item: ItemReader): SpokeDefinition {
  const file = (name: keyof typeof files): string =>
    item.has(files[name]) ? item.text(files[name], undefined, PATH_LENGTH_MAX) : '';
  const spoke = {
    id: item.id('site'),
    url: item.parsed('url', baseUrl, undefined, 2048),
    tokenFile: file('tokenFile'),
    caFile: file('caFile'),
    certFile: file('certFile'),
    keyFile: file('keyFile'),
  };
  if ((spoke.certFile === '') !== (spoke.keyFile === ''))
    item.fail(spoke.certFile === '' ? 'key_file' : 'cert_file', 'needs both, certificate and key');
  return item.done(spoke);
}

/** The address of a server. Credentials have files of their own. @throws Error */
function baseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error('must be an http or https URL');
  if (url.username !== '' || url.password !== '') throw new Error('must have no credentials');
  if (url.search !== '' || url.hash !== '') throw new Error('must have no query');
  return url.href.replace(/\/$/, '');
}

const path = { type: 'string', minLength: 1, maxLength: PATH_LENGTH_MAX } as const;

/** JSON Schema of the list. */
export const spokesJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: SPOKES_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['site', 'url'],
    properties: {
      site: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
      url: { type: 'string', pattern: '^https?://', maxLength: 2048 },
      ...Object.fromEntries(Object.values(files).map((name) => [name, path])),
    },
  },
};
