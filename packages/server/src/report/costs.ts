/**
 * What traffic cost, grouped by any dimensions, exactly: counts are integers and
 * money is decimal text, from the ledger to whoever reads it.
 */

import { formatRfc3339, formatUsd, parseUsd } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import { CHARGES, countingCharges } from '../ledger/kept-days.ts';
import { both, type Condition, rangeCondition, type TimeRange } from '../ledger/time-range.ts';
import type { FigureName } from '../rollups/figures.ts';
import { type FigureQuestion, planFigures } from '../rollups/plan.ts';
import { readWithRollups } from '../rollups/reading.ts';
import type { RollupState } from '../rollups/rollup-state.ts';
import { type Dimension, keysOf } from './dimensions.ts';

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

const FIGURES: readonly FigureName[] = [
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cost',
  'priced',
];

/** Nothing with a known price is no cost, rather than one of 0. */
const PLANNED_FIGURES = `
  f_requests AS n, f_errors AS failed, f_input_tokens AS tokens_in, f_output_tokens AS tokens_out,
  if(f_priced = 0, NULL, f_cost) AS usd, f_requests - f_priced AS without_price`;

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
  return readWithRollups(connection, async ({ keptDays, state }) => {
    const source = new Source({ range, keptDays }, state);
    const [totals, ...groups] = await readGroups(connection, source, by);
    const coarse = by.some(({ chargesSql }) => chargesSql === null)
      ? await readCoarse(connection, source)
      : 0;
    return {
      from: range.from === null ? null : formatRfc3339(range.from),
      to: range.to === null ? null : formatRfc3339(range.to),
      by: by.map(({ name }) => name),
      rows: groups.slice(0, ROWS_MAX),
      total: totalOf(totals),
      truncated: groups.length > ROWS_MAX,
      ...(coarse > 0 ? { coarse_requests: coarse } : {}),
    };
  });
}

/** Events, from rollups as far as they go, and the charges of those that are past their retention. */
class Source {
  readonly #question: Pick<FigureQuestion, 'range' | 'keptDays'>;
  readonly #state: RollupState;

  constructor(question: Pick<FigureQuestion, 'range' | 'keptDays'>, state: RollupState) {
    this.#question = question;
    this.#state = state;
  }

  /** A SELECT of figures by `key_0`, `key_1`, …; a group may come twice, once of events and once of charges. */
  grouped(by: readonly Dimension[]): Condition {
    const plan = planFigures(
      {
        ...this.#question,
        figures: FIGURES,
        keys: keysOf(by),
        dimensions: by.filter(({ isTime }) => !isTime).map(({ name }) => name),
        filter: { sql: '1', parameters: {} },
        chargesApart: true,
      },
      this.#state,
    );
    const names = by.map((_, i) => `key_${i}, `).join('');
    const events = `SELECT ${names}${PLANNED_FIGURES} FROM (${plan.sql})`;
    const { charges } = this;
    if (charges === null) return { sql: events, parameters: plan.parameters };
    const keys = by.map(({ chargesSql }, i) => `toString(${chargesSql ?? "''"}) AS key_${i}, `).join('');
    const groups = by.length === 0 ? '' : ` GROUP BY ${by.map((_, i) => `key_${i}`).join(', ')}`;
    return {
      sql: `${events} UNION ALL SELECT ${keys}${CHARGE_FIGURES} ${charges.sql}${groups}`,
      parameters: { ...plan.parameters, ...charges.parameters },
    };
  }

  /** The charges that count; null if there are none. */
  get charges(): Condition | null {
    const { range, keptDays } = this.#question;
    if (keptDays.length === 0) return null;
    const inRange = rangeCondition(range, "toDateTime64(day, 9, 'UTC')");
    const { sql, parameters } = both(inRange, countingCharges(keptDays, false));
    return { sql: `FROM ${CHARGES} WHERE ${sql}`, parameters };
  }
}

/** All requests together, and then the groups; without dimensions there are none. */
async function readGroups(
  connection: LedgerConnection,
  source: Source,
  by: readonly Dimension[],
): Promise<CostRow[]> {
  const names = by.map((_, i) => `key_${i}`);
  const { sql, parameters } = source.grouped(by);
  const grouped =
    by.length === 0
      ? ''
      : ` GROUP BY GROUPING SETS ((${names.join(', ')}), ())
     ORDER BY ${[
       `grouping(${names[0]}) DESC`,
       // Times are read in their order; everything else dearest first.
       ...by.flatMap(({ isTime }, i) => (isTime ? [`key_${i}`] : [])),
       'sum(usd) DESC NULLS LAST, requests DESC',
       ...names,
     ].join(', ')} LIMIT ${ROWS_MAX + 2}`;
  const rows = await connection.query<EngineFigures & Record<string, string>>(
    `SELECT ${[...names, SUMS].join(', ')} FROM (${sql})${grouped}`,
    parameters,
  );
  return rows.map((row) => ({
    key: Object.fromEntries(by.map(({ name }, i) => [name, row[`key_${i}`] ?? ''])),
    ...figuresOf(row),
  }));
}

/** Requests of which only the charges are left. */
async function readCoarse(connection: LedgerConnection, { charges }: Source): Promise<number> {
  if (charges === null) return 0;
  const [row] = await connection.query<{ requests: number }>(
    `SELECT sum(events) AS requests ${charges.sql}`,
    charges.parameters,
  );
  return row?.requests ?? 0;
}

/** Without any requests there is no row. */
function totalOf(row: CostRow | undefined): CostFigures {
  if (row === undefined) return figuresOf(undefined);
  const { key: _, ...figures } = row;
  return figures;
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
