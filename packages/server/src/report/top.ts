/** The dearest values of one dimension, e.g. users: sums only, which the rollups have where they have no percentiles. */

import { formatUsd, parseUsd } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import { planFigures } from '../rollups/plan.ts';
import type { Reading } from '../rollups/reading.ts';
import { keysOf, readDimensions } from './dimensions.ts';
import type { Period } from './periods.ts';

/** One value and its sums. */
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

interface EngineTop {
  readonly value: string;
  readonly requests: number;
  readonly errors: number;
  readonly input: string;
  readonly output: string;
  readonly cost: string;
  readonly unpriced: number;
}

/** The values with the highest cost, then with the most requests. Requests without a value are not among them. */
export async function readTop(
  connection: LedgerConnection,
  { keptDays, state }: Reading,
  period: Period,
  name: string,
  limit: number,
): Promise<TopRow[]> {
  const by = readDimensions(name);
  const filter = { sql: `${by[0]?.sql} != {nothing:String}`, parameters: { nothing: '' } };
  const plan = planFigures(
    {
      figures: ['requests', 'errors', 'input_tokens', 'output_tokens', 'cost', 'priced'],
      keys: keysOf(by),
      dimensions: [name],
      filter,
      range: period,
      keptDays,
      chargesApart: false,
    },
    state,
  );
  const rows = await connection.query<EngineTop>(
    `SELECT key_0 AS value, f_requests AS requests, f_errors AS errors, toString(f_input_tokens) AS input,
       toString(f_output_tokens) AS output, toString(f_cost) AS cost, f_requests - f_priced AS unpriced
       FROM (${plan.sql}) ORDER BY f_cost DESC, f_requests DESC, key_0 LIMIT {rows_max:UInt32}`,
    { ...plan.parameters, rows_max: limit },
  );
  return rows.map(({ value, requests, errors, input, output, cost, unpriced }) => ({
    key: { [name]: value },
    requests,
    errors,
    input_tokens: Number(input),
    output_tokens: Number(output),
    cost_usd: formatUsd(parseUsd(cost) ?? 0n),
    unpriced_requests: unpriced,
  }));
}
