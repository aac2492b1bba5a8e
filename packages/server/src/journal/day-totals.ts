/** The sums that the journal keeps of everything ever accepted, by the UTC day of arrival. */

import type { Statements, TotalsRow } from './journal-database.ts';
import type { DayTotals } from './journal-state.ts';
import { addTotals, type ControlTotals } from './submission.ts';

/** All of them, in the order of the days. */
export function readTotalsByDay(statements: Statements): DayTotals[] {
  return (statements.allTotals.all() as unknown as TotalsRow[]).map((row) => ({
    day: row.day,
    totals: readTotals(row),
  }));
}

/** Adds to those of a day; to be called in a transaction. */
export function addToDay(statements: Statements, day: string, totals: ControlTotals): void {
  const before = statements.totalsOfDay.get(day) as TotalsRow | undefined;
  const sum = before === undefined ? totals : addTotals(readTotals(before), totals);
  const [input, output, cost] = [sum.inputTokens, sum.outputTokens, sum.costPicoUsd].map(String);
  statements.setTotals.run(day, sum.events, input ?? '', output ?? '', cost ?? '', sum.unpriced);
}

function readTotals(row: TotalsRow): ControlTotals {
  return {
    events: row.events,
    inputTokens: BigInt(row.input_tokens),
    outputTokens: BigInt(row.output_tokens),
    costPicoUsd: BigInt(row.cost_pico_usd),
    unpriced: row.unpriced,
  };
}
