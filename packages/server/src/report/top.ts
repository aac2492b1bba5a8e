/**
 * The dearest groups, e.g. users: sums only, which the rollups have where they have no percentiles, and which are
 * added up in a third of the time.
 */

import { formatUsd, parseUsd } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import { planFigures } from '../rollups/plan.ts';
import type { Reading } from '../rollups/reading.ts';
import { keysOf, readDimensions } from './dimensions.ts';
import type { Period } from './periods.ts';

/** One group and its sums. */
export interface TopRow {
  readonly key: Readonly<Record<string, string>>;
  readonly requests: number;
  readonly errors: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** Exact decimal dollars of the requests with a known price. */
  readonly cost_usd: string;
  readonly unpriced_requests: number;
}

interface EngineTop extends Readonly<Record<`key_${number}`, string>> {
  readonly requests: number;
  readonly errors: number;
  readonly input: string;
  readonly output: string;
  readonly cost: string;
  readonly unpriced: number;
}

/**
 * The groups with the highest cost, then with the most requests. Requests without a value of the first dimension are
 * not among them.
 *
 * @param names dimensions, separated by commas.
 */
export async function readTop(
  connection: LedgerConnection,
  { keptDays, state }: Reading,
  period: Period,
  names: string,
  limit: number,
): Promise<TopRow[]> {
  const by = readDimensions(names);
  const keys = by.map((_, i) => `key_${i}`).join(', ');
  const filter = { sql: `${by[0]?.sql} != {nothing:String}`, parameters: { nothing: '' } };
  const plan = planFigures(
    {
      figures: ['requests', 'errors', 'input_tokens', 'output_tokens', 'cost', 'priced'],
      keys: keysOf(by),
      dimensions: by.map(({ name }) => name),
      filter,
      range: period,
      keptDays,
      chargesApart: false,
    },
    state,
  );
  const rows = await connection.query<EngineTop>(
    `SELECT ${keys}, f_requests AS requests, f_errors AS errors, toString(f_input_tokens) AS input,
       toString(f_output_tokens) AS output, toString(f_cost) AS cost, f_requests - f_priced AS unpriced
       FROM (${plan.sql}) ORDER BY f_cost DESC, f_requests DESC, ${keys} LIMIT {rows_max:UInt32}`,
    { ...plan.parameters, rows_max: limit },
  );
  return rows.map(({ requests, errors, input, output, cost, unpriced, ...keyed }) => ({
    key: Object.fromEntries(by.map(({ name }, i) => [name, keyed[`key_${i}`] ?? ''])),
    requests,
    errors,
    input_tokens: Number(input),
    output_tokens: Number(output),
    cost_usd: formatUsd(parseUsd(cost) ?? 0n),
    unpriced_requests: unpriced,
  }));
}
