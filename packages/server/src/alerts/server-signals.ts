/** The signals that the server itself gives: its budgets and its health checks. */

import { signalDescriptions } from './check-rules.ts';
import type { Signal, SignalSource } from './signals.ts';

/** How the status of a check is told as a figure. */
const HEALTH_FIGURES = { healthy: 0, degraded: 1, unhealthy: 2 } as const;

/** One place of a budget, as the budgets tell it. */
interface BudgetPlace {
  readonly key: Readonly<Record<string, string>>;
  readonly percent: number;
  readonly remaining_usd: string;
}

/** A budget. */
interface BudgetFigures {
  readonly id: string;
  readonly entries: readonly BudgetPlace[];
}

/**
 * `budget_used_percent` and `budget_remaining_usd`, by budget and what it is per.
 *
 * @param budgets what is known of the budgets at an instant; may throw while that is not known.
 */
export function budgetSignals(budgets: (nowMs: number) => readonly BudgetFigures[]): readonly SignalSource[] {
  const signals = (nowMs: number, figure: (place: BudgetPlace) => number): Signal[] =>
    budgets(nowMs).flatMap(({ id, entries }) =>
      entries.map((place) => ({ labels: { budget: id, ...place.key }, value: figure(place) })),
    );
  return [
    {
      name: 'budget_used_percent',
      description: signalDescriptions['budget_used_percent'] ?? '',
      read: (nowMs) => signals(nowMs, ({ percent }) => percent),
    },
    {
      name: 'budget_remaining_usd',
      description: signalDescriptions['budget_remaining_usd'] ?? '',
      // A figure to hold against a threshold; the exact amount is the budget's own.
      read: (nowMs) => signals(nowMs, ({ remaining_usd: remaining }) => Number(remaining)),
    },
  ];
}

/** A health check and its last result. */
interface CheckResult {
  readonly check: { readonly name: string; readonly component: string };
  readonly result: { readonly status: keyof typeof HEALTH_FIGURES; readonly atMs: number | null };
}

/** `health_status` by check and component: 0 healthy, 1 degraded, 2 unhealthy. */
export function healthSignals(checks: () => readonly CheckResult[]): SignalSource {
  return {
    name: 'health_status',
    description: signalDescriptions['health_status'] ?? '',
    read: () =>
      checks().map(({ check, result }) => ({
        labels: { check: check.name, component: check.component },
        // A check that has not run yet says nothing.
        value: result.atMs === null ? Number.NaN : HEALTH_FIGURES[result.status],
      })),
  };
}
