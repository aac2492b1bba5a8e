/**
 * What traffic cost, grouped by any dimensions, exactly: counts are integers and
 * money is decimal text, from the ledger to whoever reads it.
 */

import { formatRfc3339, formatUsd, parseUsd } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import type { Dimension } from './dimensions.ts';
import { type Condition, rangeCondition, type TimeRange } from '../ledger/time-range.ts';

/** The figures of a group of requests. */
export interface CostFigures {
  readonly requests: number;
  readonly errors: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** Exact decimal dollars of the requests with a known price. */
  readonly cost_usd: string;
  /** Requests without a known price, which `cost_usd` does not include. */
  readonly unpriced_requests: number;
}

/** The figures of one group, with the values of its dimensions; an absent value is an empty text. */
export interface CostRow extends CostFigures {
  readonly key: Readonly<Record<string, string>>;
}

/** The answer to what something cost. */
export interface CostReport {
  /** RFC 3339; null if there was no bound. */
  readonly from: string | null;
  readonly to: string | null;
  readonly by: readonly string[];
  /** In order of time if a dimension is one, and dearest first. */
  readonly rows: readonly CostRow[];
  readonly total: CostFigures;
  /** True if there are more groups than rows; the total holds them all. */
  readonly truncated: boolean;
  /** What the machines of self-hosted models cost beside that, where there are any: used by requests, and by nobody. */
  readonly self_hosted?: { readonly allocated_usd: string; readonly idle_usd: string };
}

/** Groups of one answer. */
const ROWS_MAX = 10_000;

// 128 bits, since the engine's sum of a 64-bit column overflows silently.
const FIGURES = `
  count() AS requests,
  countIf(status != 'success') AS errors,
  toString(sum(toUInt128(input_tokens))) AS input,
  toString(sum(toUInt128(output_tokens))) AS output,
  toString(sum(cost_usd)) AS cost,
  countIf(cost_usd IS NULL) AS unpriced`;

interface EngineFigures {
  readonly requests: number;
  readonly errors: number;
  readonly input: string | null;
  readonly output: string | null;
  readonly cost: string | null;
  readonly unpriced: number;
}

/** Asks the ledger what the requests of a range cost. */
export async function readCosts(
  connection: LedgerConnection,
  range: TimeRange,
  by: readonly Dimension[],
): Promise<CostReport> {
  const where = rangeCondition(range);
  const source = `FROM ${LEDGER_DATABASE}.events WHERE ${where.sql}`;
  const [totals] = await connection.query<EngineFigures>(`SELECT ${FIGURES} ${source}`, where.parameters);
  const groups = by.length === 0 ? [] : await readGroups(connection, source, where.parameters, by);
  return {
    from: range.from === null ? null : formatRfc3339(range.from),
    to: range.to === null ? null : formatRfc3339(range.to),
    by: by.map(({ name }) => name),
    rows: groups.slice(0, ROWS_MAX),
    total: figuresOf(totals),
    truncated: groups.length > ROWS_MAX,
  };
}

async function readGroups(
  connection: LedgerConnection,
  source: string,
  parameters: Condition['parameters'],
  by: readonly Dimension[],
): Promise<CostRow[]> {
  const keys = by.map(({ sql }, i) => `toString(${sql}) AS key_${i}`).join(', ');
  const names = by.map((_, i) => `key_${i}`).join(', ');
  // Times are read in their order; everything else dearest first.
  const chronological = by.flatMap(({ isTime }, i) => (isTime ? [`key_${i}, `] : [])).join('');
  const rows = await connection.query<EngineFigures & Record<string, string>>(
    `SELECT ${keys}, ${FIGURES} ${source} GROUP BY ${names}
     ORDER BY ${chronological}sum(cost_usd) DESC NULLS LAST, requests DESC, ${names} LIMIT ${ROWS_MAX + 1}`,
    parameters,
  );
  return rows.map((row) => ({
    key: Object.fromEntries(by.map(({ name }, i) => [name, row[`key_${i}`] ?? ''])),
    ...figuresOf(row),
  }));
}

function figuresOf(figures: EngineFigures | undefined): CostFigures {
  return {
    requests: figures?.requests ?? 0,
    errors: figures?.errors ?? 0,
    input_tokens: Number(figures?.input ?? 0),
    output_tokens: Number(figures?.output ?? 0),
    cost_usd: formatUsd(parseUsd(figures?.cost ?? '0') ?? 0n),
    unpriced_requests: figures?.unpriced ?? 0,
  };
}
