/** Ranges of time, as questions to the ledger take them. */

import { formatRfc3339, type Instant } from '@bellwether/events';

/** From the first instant on, up to and without the second; null is without bound. */
export interface TimeRange {
  readonly from: Instant | null;
  readonly to: Instant | null;
}

/** A condition for a WHERE clause, with its parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** The condition of a range on the column `timestamp`, or on another instant to the nanosecond. */
export function rangeCondition({ from, to }: TimeRange, column = 'timestamp'): Condition {
  const parts: string[] = [];
  const parameters: Record<string, string> = {};
  if (from !== null) {
    parts.push(`${column} >= toDateTime64({from:String}, 9, 'UTC')`);
    parameters['from'] = engineText(from);
  }
  if (to !== null) {
    parts.push(`${column} < toDateTime64({to:String}, 9, 'UTC')`);
    parameters['to'] = engineText(to);
  }
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), parameters };
}

/** Both of two conditions, whose parameters have different names. */
export function both(a: Condition, b: Condition): Condition {
  return { sql: `${a.sql} AND ${b.sql}`, parameters: { ...a.parameters, ...b.parameters } };
}

function engineText(instant: Instant): string {
  return formatRfc3339(instant).replace('T', ' ').replace('Z', '');
}
