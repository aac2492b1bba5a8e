/**
 * Model names as bills and requests write them, brought together: a bill says
 * `Claude Sonnet 4.5`, `Claude4.5Sonnet` or `gpt-4o-0806`, a request
 * `claude-sonnet-4-5-20250929` or `gpt-4o-2024-08-06`.
 */

/** Words of a name that do not tell models apart: who makes it, where it runs, which revision of the packaging. */
const noise = new Set([
  'anthropic',
  'amazon',
  'meta',
  'cohere',
  'mistralai',
  'openai',
  'azure',
  'bedrock',
  'edition',
  'us',
  'eu',
  'apac',
  'global',
  'latest',
  'models',
  'v',
  'tokens',
  'text',
]);

/** Dates at the end of a name: 2024-08-06, 20250929, and 0806 as Azure and OpenAI abbreviate them. */
const DATE =
  /(?:(?<=[^0-9.])|^)(?:20\d{2}[-_ ]?(?:0[1-9]|1[0-2])[-_ ]?(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?![0-9])/g;

/** The packaging revision of Bedrock: `-v1:0`. */
const REVISION = /-v\d+:\d+$/;

/**
 * What two names of the same model have in common: their words and version numbers, in order of the alphabet.
 *
 * @example modelKey('Claude4.5Sonnet') === modelKey('claude-sonnet-4-5-20250929') // true
 */
export function modelKey(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/^(?:us|eu|apac|global)\./, '')
    .replace(REVISION, '')
    .replace(DATE, ' ');
  const words = plain.match(/[a-z]+|\d+(?:\.\d+)?/g) ?? [];
  return words
    .filter((word) => !noise.has(word))
    .flatMap((word) => word.split('.'))
    .filter((word) => word !== '0')
    .toSorted()
    .join(' ');
}
