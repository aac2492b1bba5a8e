/** The slices of an export: few enough rows to sort in memory, so that it is in order of time. */

import type { LedgerConnection } from '../ledger/connection.ts';
import { rangeWithin, type Slice, sliceRange } from '../ledger/time-slices.ts';
import { conditionBeside, type Scope } from './scope.ts';

export type { Slice } from '../ledger/time-slices.ts';

/** Rows of a slice, unless a single second has more. */
export const SLICE_ROWS = 16_384;

/** The slices of a scope in order of time. Together they have all of its rows. */
export async function planSlices(
  connection: LedgerConnection,
  scope: Scope,
  rowsMax: number = SLICE_ROWS,
): Promise<Slice[]> {
  return sliceRange(connection, scope.range, conditionBeside(scope), rowsMax);
}

/** A scope's rows in a slice. */
export function within(scope: Scope, slice: Slice): Scope {
  return { ...scope, range: rangeWithin(scope.range, slice) };
}
