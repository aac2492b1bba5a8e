/** Tells whoever alerts when a budget becomes soft, exceeded or ok again. */

import type { Clock } from '../clock.ts';
import type { Budgets } from './budgets.ts';
import type { DeskParts } from './desk.ts';
import { type BudgetCondition, type BudgetFigures, figuresAt, keysOf } from './view.ts';

/** A budget, or one value of the dimension it is per, that fares otherwise than before. */
export interface ConditionChange {
  readonly budget: string;
  readonly from: BudgetCondition;
  readonly to: BudgetCondition;
  readonly figures: BudgetFigures;
}

/** How long changes are gathered, so that a burst of reservations is looked at once. */
const GATHER_MS = 250;

/**
 * Watches budgets and calls `onChange` for each change of condition. What holds at
 * the start is no change; a new period begins as `ok`, which is one.
 *
 * @returns ends the watch.
 */
export function watchConditions(
  budgets: Omit<DeskParts, 'state'> & Pick<Budgets, 'ready' | 'onChange'>,
  clock: Clock,
  onChange: (change: ConditionChange) => void,
): () => void {
  let known = new Map<string, BudgetCondition>();
  let first = true;
  let waiting = false;
  let ended = false;
  const look = (): void => {
    waiting = false;
    if (ended || !budgets.ready) return;
    const now = new Map<string, BudgetCondition>();
    const nowMs = clock.nowMs();
    for (const [id, budget] of budgets.budgets) {
      if (budget.amountPicoUsd === null) continue;
      const { startMs } = budget.calendar.at(nowMs);
      const before = (key: string): string => JSON.stringify([id, key]);
      const past = [...known.keys()].flatMap((name) => {
        const [of, key] = JSON.parse(name) as [string, string];
        return of === id ? [key] : [];
      });
      for (const key of new Set([...keysOf(budgets, budget, startMs), ...past])) {
        const figures = figuresAt(budgets, budget, startMs, key);
        const was = known.get(before(key)) ?? 'ok';
        // Only what is not ok is remembered, so that the memory is bounded by what needs attention.
        if (figures.state !== 'ok') now.set(before(key), figures.state);
        if (!first && figures.state !== was) onChange({ budget: id, from: was, to: figures.state, figures });
      }
    }
    known = now;
    first = false;
  };
  budgets.onChange(() => {
    if (waiting || ended) return;
    waiting = true;
    clock.setTimeout(look, GATHER_MS).unref();
  });
  look();
  return () => {
    ended = true;
  };
}
