/** Sees to the turn of periods: forgets the sums of those that nothing asks for any longer. */

import { type DeskParts, end } from './desk.ts';
import type { Counted } from './sums.ts';

/** How long the keys of reservations that have ended are remembered. */
export const REMEMBER_MS = 24 * 3_600_000;

/**
 * Forgets what lies before the period before the present one.
 *
 * @returns from when on the sums of each budget are complete now; a budget is left out if its present period is
 * not among them, which is so when a clock was set back.
 */
export function turnPeriods(
  parts: Pick<DeskParts, 'state' | 'spent' | 'holds'>,
  counted: readonly Counted[],
  nowMs: number,
): Map<string, number> {
  const completeFrom = new Map<string, number>();
  const { state, spent } = parts;
  let turned = false;
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
    turned = true;
  }
  if (turned) endPast(parts, Math.min(...completeFrom.values()), nowMs);
  return completeFrom;
}

/** Ends the commitments of periods that no budget asks for any longer: their events have not come. */
function endPast(parts: Pick<DeskParts, 'state' | 'holds'>, beforeMs: number, nowMs: number): void {
  const past = parts.holds
    .values()
    .filter(({ state, createdMs }) => state === 'committed' && createdMs < beforeMs);
  parts.state.write(() => {
    for (const reservation of past) end(parts, reservation, 'settled', nowMs);
  });
}
