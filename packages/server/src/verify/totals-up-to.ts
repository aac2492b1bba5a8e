/** What the journal has acknowledged up to a block, by the day of arrival. */

import { parseUsd } from '@bellwether/events';
import type { Journal } from '../journal/journal.ts';
import type { DayTotals, JournalStatus } from '../journal/journal-state.ts';
import { addTotals, type ControlTotals, noTotals } from '../journal/submission.ts';
import { readRows } from '../ledger/loader.ts';
import type { LedgerRow } from '../ledger/row.ts';

/** Payload that is read at a stretch. */
const READ_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The sums of a state without what came after a block.
 *
 * @param block one whose followers the journal still has.
 */
export async function totalsUpTo(
  journal: Pick<Journal, 'read'>,
  { totalsByDay, lastBlock }: Pick<JournalStatus, 'totalsByDay' | 'lastBlock'>,
  block: number,
): Promise<DayTotals[]> {
  const totals = new Map(totalsByDay.map((day) => [day.day, day.totals]));
  for (let at = block; at < lastBlock; ) {
    const blocks = (await journal.read(at, READ_BYTES_MAX)).filter((each) => each.block <= lastBlock);
    const last = blocks.at(-1)?.block;
    if (last === undefined) break;
    for (const row of await readRows(blocks)) {
      const day = row.received_at.slice(0, 10);
      totals.set(day, addTotals(totals.get(day) ?? noTotals, totalsOfRow(row), -1));
    }
    at = last;
  }
  return [...totals].map(([day, sums]) => ({ day, totals: sums }));
}

function totalsOfRow({
  input_tokens: input,
  output_tokens: output,
  cost_usd: cost,
}: LedgerRow): ControlTotals {
  return {
    events: 1,
    inputTokens: BigInt(input ?? 0),
    outputTokens: BigInt(output ?? 0),
    costPicoUsd: typeof cost === 'string' ? (parseUsd(cost) ?? 0n) : 0n,
    unpriced: cost === undefined ? 1 : 0,
  };
}
