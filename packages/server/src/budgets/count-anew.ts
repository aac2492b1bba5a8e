/**
 * Counts what was spent from the ledger, and what the journal has beyond it, for the
 * period before the present one, the present one and the next.
 */

import type { Journal } from '../journal/journal.ts';
import type { JournalBlock } from '../journal/journal-state.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import { readRows } from '../ledger/loader.ts';
import type { LedgerRow } from '../ledger/row.ts';
import type { Budget } from './budget.ts';
import { addLedgerPeriod } from './ledger-sums.ts';
import { type Counted, foldRows, Sums } from './sums.ts';

/** Bytes of the journal that are counted at a stretch. */
export const READ_BYTES_MAX = 4 * 1024 * 1024;

/** What was counted, and from when on it is complete. */
export interface CountedAnew {
  readonly sums: Sums;
  readonly counted: readonly Counted[];
}

/**
 * Counts budgets up to a block of the journal.
 *
 * @param reach `loadedBlock` is the last block that the ledger holds, and it must hold no other; `block` the
 * last one that is to be counted.
 */
export async function countAnew(
  { connection, journal }: { readonly connection: LedgerConnection; readonly journal: Journal },
  budgets: readonly Budget[],
  reach: { readonly nowMs: number; readonly loadedBlock: number; readonly block: number },
): Promise<CountedAnew> {
  const sums = new Sums();
  const counted: Counted[] = [];
  for (const budget of budgets) {
    const { calendar } = budget;
    const current = calendar.at(reach.nowMs);
    const previous = calendar.before(current);
    for (const period of [previous, current, calendar.after(current)])
      await addLedgerPeriod(connection, budget, period, sums);
    counted.push({ budget, completeFromMs: previous.startMs });
  }
  for (let block = reach.loadedBlock; block < reach.block; ) {
    const read = await journal.read(block, READ_BYTES_MAX);
    const blocks = read.filter((each) => each.block <= reach.block);
    const last = blocks.at(-1)?.block;
    if (last === undefined) break;
    foldRows(sums, counted, await readRows(blocks));
    block = last;
  }
  return { sums, counted };
}

/** The rows of the blocks after one. */
export function rowsAfter(
  after: number,
  rows: readonly LedgerRow[],
  blocks: readonly JournalBlock[],
): readonly LedgerRow[] {
  const counted = blocks.reduce(
    (sum, block) => (block.block <= after && block.kind === 'event' ? sum + block.rows : sum),
    0,
  );
  return counted === 0 ? rows : rows.slice(counted);
}
