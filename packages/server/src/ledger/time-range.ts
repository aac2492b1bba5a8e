/** Ranges of time and tenant, as questions to the ledger take them. */

import { formatRfc3339, type Instant } from '@bellwether/events';

/** From the first instant on, up to and without the second; null is without bound. */
export interface TimeRange {
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** The only tenant whose rows are asked for; absent or null for all. */
  readonly tenant?: string | null;
}

/** A condition for a WHERE clause, with its parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/**
 * The condition of a range on the column `timestamp`, or on another instant to the nanosecond. Every table that
 * is asked has the column `tenant`.
 */
export function rangeCondition({ from, to, tenant = null }: TimeRange, column = 'timestamp'): Condition {
  const parts: string[] = [];
  const parameters: Record<string, string> = {};
  const hours = column === 'timestamp' ? hoursBetween(from?.epochSeconds, to?.epochSeconds) : null;
  if (hours !== null) parts.push(hours);
  if (from !== null) {
    parts.push(`${column} >= toDateTime64({from:String}, 9, 'UTC')`);
    parameters['from'] = engineText(from);
  }
  if (to !== null) {
    parts.push(`${column} < toDateTime64({to:String}, 9, 'UTC')`);
    parameters['to'] = engineText(to);
  }
  if (tenant !== null) {
    parts.push(ofTenant);
    parameters['tenant'] = tenant;
  }
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), parameters };
}

/** The engine counts hours in 32 bits, by which events come until 2106. */
const HOURS_UNTIL = 2 ** 32;

/**
 * What a range of `timestamp` implies for the hour, which the rows of `events` are sorted by: the engine does not find that
 * out by itself, and would read all of each month that the range touches. Epoch seconds; null if nothing is implied.
 */
export function hoursBetween(from: number | undefined, to: number | undefined): string | null {
  const parts = [
    [from, '>='] as const,
    // The hour in which a range ends has rows of it.
    [to, '<='] as const,
  ].flatMap(([bound, compares]) =>
    bound === undefined || bound < 0 || bound >= HOURS_UNTIL
      ? []
      : [`toStartOfHour(timestamp) ${compares} toDateTime(${Math.floor(bound / 3600) * 3600}, 'UTC')`],
  );
  // The rows are told by their instants; the hint chooses the granules and is not computed for each row of them.
  return parts.length === 0 ? null : `indexHint(${parts.join(' AND ')})`;
}

/** The rows of one tenant; the parameter has the same name wherever it stands. */
export const ofTenant = 'tenant = {tenant:String}';

/** Both of two conditions, whose parameters have different names. */
export function both(a: Condition, b: Condition): Condition {
  return { sql: `${a.sql} AND ${b.sql}`, parameters: { ...a.parameters, ...b.parameters } };
}

function engineText(instant: Instant): string {
  return formatRfc3339(instant).replace('T', ' ').replace('Z', '');
}
