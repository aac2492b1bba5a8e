/** Names what has rewritten rows of the ledger, for whoever keeps figures of them: when the name changes, they are old. */

import { createHash } from 'node:crypto';
import { readRatings } from './rerate/rerating-store.ts';

/** A short text that is another one after each re-rating, and after each month of one that is under way. */
export function rewritesOf(dataDirectory: string): string {
  const ratings = readRatings(dataDirectory);
  if (ratings.length === 0) return '';
  const names = ratings.map(({ id, done, status }) => [id, done, status]);
  return createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 16);
}
