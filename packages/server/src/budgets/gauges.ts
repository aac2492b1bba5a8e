/**
 * What the gauges of budgets show, read at a scrape. A provider's spend is counted
 * over the calendar month in UTC, unless a budget of its own counts it in another
 * time zone: then spend and what is left are of the same month.
 */

import { usdAsNumber } from '@bellwether/events';
import type { BudgetDimension } from '../config/index.ts';
import { type Budget, tracker } from './budget.ts';
import type { DeskParts } from './desk.ts';
import { figuresAt, keysOf } from './view.ts';

/** What every server counts, whether budgets are declared or not. */
export const gaugeTrackers: readonly Budget[] = [tracker('.monthly-spend', 'month', 'provider')];

/** The figures that the gauges show. */
export interface BudgetGauges {
  /** Dollars by provider. */
  readonly monthlySpend: ReadonlyMap<string, number>;
  readonly monthlyRemaining: ReadonlyMap<string, number>;
  /** Percent by backend. */
  readonly dailyUsage: ReadonlyMap<string, number>;
  readonly monthlyUsage: ReadonlyMap<string, number>;
}

/** Series of one gauge. */
const SERIES_MAX = 1000;

/** Reads the figures of an instant. */
export function readGauges(parts: DeskParts, nowMs: number): BudgetGauges {
  const monthlySpend = new Map<string, number>();
  const monthlyRemaining = new Map<string, number>();
  const dailyUsage = new Map<string, number>();
  const monthlyUsage = new Map<string, number>();
  for (const budget of gaugeTrackers) {
    const { startMs } = budget.calendar.at(nowMs);
    for (const [provider, amount] of parts.spent.period(budget.definition.id, startMs))
      put(monthlySpend, provider, usdAsNumber(amount));
  }
  for (const budget of parts.budgets.values()) {
    const { period } = budget.definition;
    for (const { value, spent, remaining } of ofDimension(parts, budget, 'provider', nowMs)) {
      if (period !== 'month') continue;
      put(monthlySpend, value, spent);
      put(monthlyRemaining, value, remaining);
    }
    for (const { value, percent } of ofDimension(parts, budget, 'backend', nowMs)) {
      if (period === 'day') put(dailyUsage, value, percent);
      if (period === 'month') put(monthlyUsage, value, percent);
    }
  }
  return { monthlySpend, monthlyRemaining, dailyUsage, monthlyUsage };
}

function put(gauge: Map<string, number>, label: string, value: number): void {
  if (gauge.has(label) || gauge.size < SERIES_MAX) gauge.set(label, value);
}

interface Figure {
  readonly value: string;
  readonly spent: number;
  readonly remaining: number;
  readonly percent: number;
}

/** The figures of a budget by the values of one dimension: it must be limited by that and by nothing else. */
function ofDimension(parts: DeskParts, budget: Budget, dimension: BudgetDimension, nowMs: number): Figure[] {
  const { scope, per } = budget.definition;
  const limitedBy = Object.keys(scope);
  if (budget.amountPicoUsd === null || limitedBy.some((name) => name !== dimension)) return [];
  const values = scope[dimension];
  const single = per === null && values?.length === 1 ? values[0] : undefined;
  if (per !== dimension && single === undefined) return [];
  const { startMs } = budget.calendar.at(nowMs);
  return keysOf(parts, budget, startMs)
    .slice(0, SERIES_MAX)
    .map((key) => {
      const { spent_usd, limit_usd, percent } = figuresAt(parts, budget, startMs, key);
      const [spent, limit] = [Number(spent_usd), Number(limit_usd)];
      return { value: single ?? key, spent, remaining: limit - spent, percent };
    });
}
