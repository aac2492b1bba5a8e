/** What advisers are given. */

import type { LedgerConnection } from '../ledger/connection.ts';
import { countingEvents, readWithKeptDays } from '../ledger/kept-days.ts';
import { both, type Condition, rangeCondition } from '../ledger/time-range.ts';
import type { Pricer } from '../pricing/index.ts';
import { type Period, periodText } from '../report/periods.ts';

/** A question for advice. */
export interface AdviceQuestion {
  readonly connection: LedgerConnection;
  readonly pricer: Pricer;
  readonly period: Period;
}

/** Requests that advice needs at the least. */
export const REQUESTS_MIN = 100;

/** Asks with the condition of the events of the period that count. */
export function readEvents<R>(
  { connection, period }: AdviceQuestion,
  read: (events: Condition) => Promise<R>,
): Promise<R> {
  return readWithKeptDays(connection, (days) => read(both(rangeCondition(period), countingEvents(days))));
}

/** A condition that columns have certain values. The names of columns are those of this program. */
export function valuesCondition(values: Readonly<Record<string, string>>): Condition {
  const entries = Object.entries(values);
  return {
    sql: entries.map(([name]) => `${name} = {value_${name}:String}`).join(' AND ') || '1',
    parameters: Object.fromEntries(entries.map(([name, value]) => [`value_${name}`, value])),
  };
}

/** The path of the query that shows the requests of a period, group by group. */
export function evidencePath(path: 'costs' | 'performance', period: Period, by: string): string {
  return `/api/v1/${path}?${new URLSearchParams({ ...periodText(period), by }).toString()}`;
}
