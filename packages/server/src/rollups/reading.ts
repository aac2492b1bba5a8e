/** What questions go by: how the days stand of which rows are gone, and which cells count, of one moment. */

import type { LedgerConnection } from '../ledger/connection.ts';
import { type KeptDay, readWithKeptDays } from '../ledger/kept-days.ts';
import { readRollupState, type RollupState } from './rollup-state.ts';

/** One reading, for as many questions as belong together. */
export interface Reading {
  readonly keptDays: readonly KeptDay[];
  readonly state: RollupState;
}

/** Asks with a reading, and again with a new one if days changed meanwhile. */
export function readWithRollups<R>(
  connection: LedgerConnection,
  ask: (reading: Reading) => Promise<R>,
): Promise<R> {
  return readWithKeptDays(connection, async (keptDays) =>
    ask({ keptDays, state: await readRollupState(connection) }),
  );
}
