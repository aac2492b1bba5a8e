/** The version of the server, as its package says. */

import { readFileSync } from 'node:fs';

/** For example `0.1.0`. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
