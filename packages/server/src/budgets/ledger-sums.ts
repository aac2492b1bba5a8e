/** Asks the ledger what was spent in the periods of a budget. */

import { parseUsd } from '@bellwether/events';
import { budgetDimensions } from '../config/index.ts';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { type Budget, columnOf } from './budget.ts';
import type { Period } from './periods.ts';
import { KEYS_MAX, OVERFLOW_KEY, type Sums } from './sums.ts';

/** The condition on rows that a budget counts, with its parameters. */
export function budgetCondition({ definition }: Budget): {
  readonly sql: string;
  readonly parameters: Record<string, string>;
} {
  const parts: string[] = [];
  const parameters: Record<string, string> = {};
  for (const dimension of budgetDimensions) {
    const values = definition.scope[dimension];
    if (values === undefined) continue;
    // The names come from the closed list of dimensions; what was configured is bound.
    parts.push(`has(JSONExtract({${dimension}:String}, 'Array(String)'), ${columnOf[dimension]})`);
    parameters[dimension] = JSON.stringify(values);
  }
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), parameters };
}

interface KeyRow {
  readonly key: string;
  readonly cost: string | null;
}

/** Adds what the ledger holds of one period to `sums`. */
export async function addLedgerPeriod(
  connection: LedgerConnection,
  budget: Budget,
  period: Period,
  sums: Sums,
): Promise<void> {
  const { id, per } = budget.definition;
  const scope = budgetCondition(budget);
  const source = `FROM ${LEDGER_DATABASE}.events
    WHERE timestamp >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND timestamp < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    AND ${scope.sql}`;
  const parameters = { ...scope.parameters, from: period.startMs, to: period.endMs };
  const key = per === null ? "''" : `toString(${columnOf[per]})`;
  const rows = await connection.query<KeyRow>(
    `SELECT ${key} AS key, toString(sum(cost_usd)) AS cost ${source}
     GROUP BY key HAVING sum(cost_usd) > 0 ORDER BY sum(cost_usd) DESC, key LIMIT ${KEYS_MAX + 1}`,
    parameters,
  );
  for (const row of rows.slice(0, KEYS_MAX)) {
    sums.add(id, period.startMs, row.key, parseUsd(row.cost ?? '0') ?? 0n);
  }
  if (rows.length <= KEYS_MAX) return;
  const [total] = await connection.query<{ cost: string | null }>(
    `SELECT toString(sum(cost_usd)) AS cost ${source}`,
    parameters,
  );
  const kept = [...sums.period(id, period.startMs).values()].reduce((sum, amount) => sum + amount, 0n);
  sums.add(id, period.startMs, OVERFLOW_KEY, (parseUsd(total?.cost ?? '0') ?? 0n) - kept);
}
