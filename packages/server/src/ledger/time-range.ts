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

/** The rows of one tenant; the parameter has the same name wherever it stands. */
export const ofTenant = 'tenant = {tenant:String}';

/** Both of two conditions, whose parameters have different names. */
export function both(a: Condition, b: Condition): Condition {
  return { sql: `${a.sql} AND ${b.sql}`, parameters: { ...a.parameters, ...b.parameters } };
}

function engineText(instant: Instant): string {
  return formatRfc3339(instant).replace('T', ' ').replace('Z', '');
}
