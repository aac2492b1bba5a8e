/**
 * What traffic cost, grouped by any dimensions, exactly: counts are integers and
 * money is decimal text, from the ledger to whoever reads it.
 */

import { formatRfc3339, formatUsd, parseUsd } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection, type QueryParameters } from '../ledger/connection.ts';
import {
  CHARGES,
  countingCharges,
  countingEvents,
  type KeptDay,
  readWithKeptDays,
} from '../ledger/kept-days.ts';
import type { Dimension } from './dimensions.ts';
import { both, rangeCondition, type TimeRange } from '../ledger/time-range.ts';

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
  /**
   * Requests whose events are past their retention, where a dimension was asked for that their charges do not
   * have: they are under its empty text. Absent if there are none.
   */
  readonly coarse_requests?: number;
}

/** Groups of one answer. */
const ROWS_MAX = 10_000;

// 128 bits, since the engine's sum of a 64-bit column overflows silently.
const FIGURES = `
  toInt64(count()) AS n,
  toInt64(countIf(status != 'success')) AS failed,
  toInt128(sum(toUInt128(input_tokens))) AS tokens_in,
  toInt128(sum(toUInt128(output_tokens))) AS tokens_out,
  sum(cost_usd) AS usd,
  toInt64(countIf(cost_usd IS NULL)) AS without_price`;

const CHARGE_FIGURES = `
  sum(events) AS n, sum(errors) AS failed, sum(input_tokens) AS tokens_in, sum(output_tokens) AS tokens_out,
  sum(cost_usd) AS usd, sum(unpriced) AS without_price`;

const SUMS = `
  sum(n) AS requests, sum(failed) AS errors, toString(sum(tokens_in)) AS input, toString(sum(tokens_out)) AS output,
  toString(sum(usd)) AS cost, sum(without_price) AS unpriced`;

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
  return readWithKeptDays(connection, async (days) => {
    const source = sourceOf(range, days);
    const [totals] = await connection.query<EngineFigures>(
      `SELECT ${SUMS} FROM (${source.grouped([])})`,
      source.parameters,
    );
    const groups = by.length === 0 ? [] : await readGroups(connection, source, by);
    const coarse = by.some(({ chargesSql }) => chargesSql === null)
      ? await readCoarse(connection, source)
      : 0;
    return {
      from: range.from === null ? null : formatRfc3339(range.from),
      to: range.to === null ? null : formatRfc3339(range.to),
      by: by.map(({ name }) => name),
      rows: groups.slice(0, ROWS_MAX),
      total: figuresOf(totals),
      truncated: groups.length > ROWS_MAX,
      ...(coarse > 0 ? { coarse_requests: coarse } : {}),
    };
  });
}

/** Events, and the charges of those that are past their retention. */
interface Source {
  /** A SELECT of figures by `key_0`, `key_1`, …; a group may come twice, once of events and once of charges. */
  readonly grouped: (by: readonly Dimension[]) => string;
  /** The condition of the charges that count; null if there are none. */
  readonly charges: string | null;
  readonly parameters: QueryParameters;
}

function sourceOf(range: TimeRange, days: readonly KeptDay[]): Source {
  const events = both(rangeCondition(range), countingEvents(days));
  const charges = both(rangeCondition(range, "toDateTime64(day, 9, 'UTC')"), countingCharges(days, false));
  const ofCharges = `FROM ${CHARGES} WHERE ${charges.sql}`;
  return {
    grouped(by) {
      const keys = (sqlOf: (dimension: Dimension) => string): string =>
        by.map((dimension, i) => `toString(${sqlOf(dimension)}) AS key_${i}, `).join('');
      const names = by.map((_, i) => `key_${i}`).join(', ');
      const groups = by.length === 0 ? '' : ` GROUP BY ${names}`;
      const fromEvents = `SELECT ${keys(({ sql }) => sql)}${FIGURES} FROM ${LEDGER_DATABASE}.events WHERE ${events.sql}${groups}`;
      if (days.length === 0) return fromEvents;
      return `${fromEvents} UNION ALL SELECT ${keys(({ chargesSql }) => chargesSql ?? "''")}${CHARGE_FIGURES} ${ofCharges}${groups}`;
    },
    charges: days.length === 0 ? null : ofCharges,
    parameters: {
      ...events.parameters,
      ...(days.length === 0 ? {} : charges.parameters),
    },
  };
}

async function readGroups(
  connection: LedgerConnection,
  source: Source,
  by: readonly Dimension[],
): Promise<CostRow[]> {
  const names = by.map((_, i) => `key_${i}`).join(', ');
  // Times are read in their order; everything else dearest first.
  const chronological = by.flatMap(({ isTime }, i) => (isTime ? [`key_${i}, `] : [])).join('');
  const rows = await connection.query<EngineFigures & Record<string, string>>(
    `SELECT ${names}, ${SUMS} FROM (${source.grouped(by)}) GROUP BY ${names}
     ORDER BY ${chronological}sum(usd) DESC NULLS LAST, requests DESC, ${names} LIMIT ${ROWS_MAX + 1}`,
    source.parameters,
  );
  return rows.map((row) => ({
    key: Object.fromEntries(by.map(({ name }, i) => [name, row[`key_${i}`] ?? ''])),
    ...figuresOf(row),
  }));
}

/** Requests of which only the charges are left. */
async function readCoarse(connection: LedgerConnection, { charges, parameters }: Source): Promise<number> {
  if (charges === null) return 0;
  const [row] = await connection.query<{ requests: number }>(
    `SELECT sum(events) AS requests ${charges}`,
    parameters,
  );
  return row?.requests ?? 0;
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
