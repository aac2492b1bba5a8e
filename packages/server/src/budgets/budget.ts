/** A budget that is ready to be held against requests: its amount, its periods, and which requests it counts. */

import { type PicoUsd, parseUsd } from '@bellwether/events';
import { type BudgetDefinition, type BudgetDimension, budgetDimensions, weekDays } from '../config/index.ts';
import type { LedgerRow } from '../ledger/row.ts';
import { PeriodCalendar } from './periods.ts';

/** What a request is, as far as budgets ask; what is absent is the empty text. */
export type RequestLabels = Readonly<Record<BudgetDimension, string>>;

/** The column of the ledger that each dimension stands for. */
export const columnOf = {
  provider: 'provider',
  team: 'team',
  tenant: 'tenant',
  user: 'user_id',
  model: 'model',
  application: 'application',
  backend: 'backend_id',
  environment: 'environment',
} as const satisfies Record<BudgetDimension, keyof LedgerRow>;

/** A budget. */
export interface Budget {
  readonly definition: BudgetDefinition;
  /** `null` for a tracker, which only counts. */
  readonly amountPicoUsd: PicoUsd | null;
  readonly calendar: PeriodCalendar;
  /** What its sums depend on, as text: if that changes they are counted anew. */
  readonly shape: string;
}

/** Makes a budget of its definition. */
export function budgetOf(definition: BudgetDefinition): Budget {
  const { period, timeZone, weekStart, scope, per, amountUsd } = definition;
  return {
    definition,
    amountPicoUsd: amountUsd === '' ? null : parseUsd(amountUsd),
    calendar: new PeriodCalendar(period, timeZone, weekDays.indexOf(weekStart)),
    shape: JSON.stringify([
      period,
      timeZone,
      weekStart,
      budgetDimensions.map((dimension) => scope[dimension] ?? null),
      per,
    ]),
  };
}

/**
 * A budget without an amount: what is counted so that the gauges can show it.
 *
 * @param id begins with a dot, which no declared budget does.
 */
export function tracker(id: string, period: BudgetDefinition['period'], per: BudgetDimension): Budget {
  return budgetOf({
    id,
    name: id,
    amountUsd: '',
    period,
    timeZone: 'UTC',
    weekStart: 'monday',
    scope: {},
    per,
    softPercent: [],
    hard: false,
  });
}

/** The labels of a row. */
export function labelsOfRow(row: LedgerRow): RequestLabels {
  const text = (dimension: BudgetDimension): string => {
    const value = row[columnOf[dimension]];
    return typeof value === 'string' ? value : '';
  };
  return {
    provider: text('provider'),
    team: text('team'),
    tenant: text('tenant'),
    user: text('user'),
    model: text('model'),
    application: text('application'),
    backend: text('backend'),
    environment: text('environment'),
  };
}

/**
 * Which part of a budget a request counts to: the value of the dimension that the
 * budget is per, or the empty text; `null` if it does not count at all.
 */
export function keyFor({ definition }: Budget, labels: RequestLabels): string | null {
  for (const dimension of budgetDimensions) {
    const values = definition.scope[dimension];
    if (values !== undefined && !values.includes(labels[dimension])) return null;
  }
  return keyOf({ definition }, labels);
}

/** The same for a request of which somebody says that it counts. */
export function keyOf({ definition }: Pick<Budget, 'definition'>, labels: RequestLabels): string {
  return definition.per === null ? '' : labels[definition.per];
}

/** `2026-11-20 10:00:00.123456789`, in UTC, as epoch milliseconds. */
export function rowInstantMs(timestamp: LedgerRow['timestamp']): number {
  const text = String(timestamp);
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`);
}
