/**
 * Families that are declared and that nothing records yet. Each entry names the
 * capability that will. A test holds the list against what is really recorded: a
 * family that comes to life must leave it.
 */

import type { Source } from './family.ts';

/** A family that waits for a capability. */
export interface PendingFamily {
  readonly family: string;
  /** Who does not record it yet. */
  readonly source: Source;
  /** What will record it. */
  readonly capability: string;
}

/** All of them. */
export const pending: readonly PendingFamily[] = [];
