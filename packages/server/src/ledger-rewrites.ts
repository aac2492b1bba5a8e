/** Names what has rewritten rows of the ledger, for whoever keeps figures of them: when the name changes, they are old. */

import { createHash } from 'node:crypto';
import { readErasures } from './erasure/tombstones.ts';
import { readRatings } from './rerate/rerating-store.ts';

/**
 * A short text that is another one after each re-rating, after each month of one that is under way, and at the begin and
 * the end of each erasure.
 */
export function rewritesOf(dataDirectory: string): string {
  const ratings = readRatings(dataDirectory);
  const { erasures, reapply } = readErasures(dataDirectory);
  if (ratings.length + erasures.length === 0) return '';
  const rated = ratings.map(({ id, done, status }) => [id, done, status]);
  // As it was named before erasures were counted, where there was none.
  const names = erasures.length === 0 ? rated : [rated, erasures.map(({ id }) => id), reapply];
  return createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 16);
}
