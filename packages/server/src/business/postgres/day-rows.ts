/** Reads the business figures of one day from the ledger, as rows of the SQL tables. */

import type { LedgerConnection } from '../../ledger/connection.ts';
import { rangeCondition, type TimeRange } from '../../ledger/time-range.ts';
import { readRows } from '../rows.ts';
import type { BusinessSettings } from '../settings.ts';
import { WORTH_SUMS, type WorthSums, worthOf } from '../worth.ts';
import { sqlDimensions } from './schema.ts';

/** A row: the values of its columns by name. Amounts are exact decimal text. */
export type SqlRow = Readonly<Record<string, string | number>>;

const SECONDS_A_DAY = 86_400;

/** The range of a day of the epoch. */
function rangeOfDay(day: number): TimeRange {
  const instant = (epochSeconds: number) => ({ epochSeconds, nanoseconds: 0 });
  return { from: instant(day * SECONDS_A_DAY), to: instant((day + 1) * SECONDS_A_DAY) };
}

type Group = WorthSums & { readonly hour: number } & Readonly<Record<string, string | number>>;

/** Which rows of a day. */
export type DayGrain = 'hour' | 'day' | 'total';

/**
 * Reads a day by hours and dimensions, by dimensions, or as one row, in groups as they come.
 *
 * @param day days since the epoch, in UTC.
 */
export async function* readDayRows(
  connection: LedgerConnection,
  day: number,
  grain: DayGrain,
  settings: BusinessSettings,
): AsyncGenerator<SqlRow[]> {
  // Days that retention has begun to remove are left out before, so no day moves under this.
  const rated = await readRows(connection, rangeOfDay(day), async (rows) => rows.rated);
  const { sql, parameters } = rangeCondition(rangeOfDay(day));
  const dimensions = grain === 'total' ? [] : sqlDimensions;
  const keys = [...(grain === 'hour' ? ['hour'] : []), ...dimensions];
  const columns = [
    ...(grain === 'hour' ? ['toInt64(intDiv(toUnixTimestamp64Second(timestamp), 3600)) AS hour'] : []),
    ...dimensions.map((name) => `toString(${name}) AS ${name}`),
    WORTH_SUMS,
  ];
  const groups = connection.stream<Group>(
    `SELECT ${columns.join(', ')} FROM ${rated} WHERE ${sql}
     ${keys.length === 0 ? 'HAVING requests > 0' : `GROUP BY ${keys.join(', ')}`}`,
    parameters,
  );
  for await (const group of groups)
    yield group.map((sums) => ({
      ...(grain === 'hour'
        ? { hour: new Date(sums.hour * 3_600_000).toISOString() }
        : { day: new Date(day * SECONDS_A_DAY * 1000).toISOString().slice(0, 10) }),
      ...Object.fromEntries(dimensions.map((name) => [name, withoutNul(sums[name])])),
      ...measuresOf(sums, settings),
      ...(grain === 'hour' ? {} : { users: sums.users, sessions: sums.sessions }),
    }));
}

function measuresOf(sums: WorthSums, settings: BusinessSettings): SqlRow {
  const worth = worthOf(sums, settings);
  return {
    requests: worth.requests,
    successes: worth.successes,
    tokens: worth.tokens,
    revenue_usd: worth.revenue_usd,
    requests_with_default_revenue: worth.requests_with_default_revenue,
    cost_usd: worth.cost_usd,
    requests_with_default_cost: worth.requests_with_default_cost,
    rated_requests: sums.rated,
    satisfaction_sum: billionths(sums.satisfaction),
    graded_requests: sums.graded,
    quality_sum: billionths(sums.quality),
  };
}

function billionths(sum: number): string {
  const text = String(sum).padStart(10, '0');
  return `${text.slice(0, -9)}.${text.slice(-9)}`;
}

/** PostgreSQL has no text with a zero byte. */
function withoutNul(value: string | number | undefined): string {
  return String(value ?? '').replaceAll('\0', '\u{FFFD}');
}
