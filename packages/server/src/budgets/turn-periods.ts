/** Sees to the turn of periods: forgets the sums of those that nothing asks for any longer. */

import type { BudgetState } from './budget-state.ts';
import type { Counted, Sums } from './sums.ts';

/** How long the keys of reservations that have ended are remembered. */
export const REMEMBER_MS = 24 * 3_600_000;

/**
 * Forgets what lies before the period before the present one.
 *
 * @returns from when on the sums of each budget are complete now; a budget is left out if its present period is
 * not among them, which is so when a clock was set back.
 */
export function turnPeriods(
  { state, spent }: { readonly state: BudgetState; readonly spent: Sums },
  counted: readonly Counted[],
  nowMs: number,
): Map<string, number> {
  const completeFrom = new Map<string, number>();
  for (const { budget, completeFromMs } of counted) {
    const { id } = budget.definition;
    const current = budget.calendar.at(nowMs);
    const previous = budget.calendar.before(current);
    if (current.startMs < completeFromMs) continue;
    completeFrom.set(id, completeFromMs);
    // One more is kept, so that a clock that is set back by a little does no harm.
    if (completeFromMs >= budget.calendar.before(previous).startMs) continue;
    const definition = JSON.stringify(budget.definition);
    state.write(() => {
      state.dropSums(id, previous.startMs);
      state.setShape({ budget: id, shape: budget.shape, completeFromMs: previous.startMs, definition });
      state.forgetClosed(nowMs - REMEMBER_MS);
    });
    spent.drop(id, previous.startMs);
    completeFrom.set(id, previous.startMs);
  }
  return completeFrom;
}
