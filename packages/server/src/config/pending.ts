/**
 * The keys that files may contain, since they are part of the contract, but that
 * no code reads yet. The reference page says so of each. A test compares this
 * list with the code: a key that comes into use must leave it, and the list must
 * end empty.
 */

import type { ConfigKey } from './schema.ts';

/** Keys without effect so far. */
export const pendingKeys: ReadonlySet<ConfigKey> = new Set();
