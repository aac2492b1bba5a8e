/**
 * The figures of traffic: how much there was, how well and how fast it was answered,
 * and what it cost, for all requests of a range or group by group. Counts and money
 * are exact; percentiles are within one percent.
 */

import { formatUsd, parseUsd } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { Condition, TimeRange } from '../ledger/time-range.ts';
import type { FigureName } from '../rollups/figures.ts';
import { planFigures } from '../rollups/plan.ts';
import type { Reading } from '../rollups/reading.ts';
import { type Dimension, keysOf } from './dimensions.ts';

/** How long something took, in milliseconds; null where no request says. */
export interface DurationFigures {
  readonly avg: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** The figures of a group of requests. */
export interface TrafficFigures {
  readonly requests: number;
  readonly errors: number;
  /** Errors for each request; null if there are none. */
  readonly error_ratio: number | null;
  readonly requests_per_second: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_tokens: number;
  /** Input and output tokens a second. */
  readonly tokens_per_second: number;
  /** Exact decimal dollars of the requests with a known price. */
  readonly cost_usd: string;
  readonly unpriced_requests: number;
  readonly latency_ms: DurationFigures;
  /** Time to the first token. */
  readonly ttft_ms: DurationFigures;
}

/** The figures of one group; an absent value is an empty text. */
export interface TrafficRow extends TrafficFigures {
  readonly key: Readonly<Record<string, string>>;
}

/** How groups are ordered, the most first; times come in their own order. */
export type TrafficOrder = 'requests' | 'cost' | 'latency_p99';

/** A question for groups. */
export interface TrafficQuestion {
  readonly range: TimeRange & {
    readonly from: NonNullable<TimeRange['from']>;
    readonly to: NonNullable<TimeRange['to']>;
  };
  readonly by: readonly Dimension[];
  readonly order: TrafficOrder;
  readonly limit: number;
}

/** A question whose groups are told apart by names alone. */
type NamedQuestion = Omit<TrafficQuestion, 'by'> & {
  readonly by: readonly Pick<Dimension, 'name' | 'isTime'>[];
};

/** A group, or all of them together. */
interface AnsweredRow {
  readonly row: TrafficRow;
  readonly isTotal: boolean;
}

const DURATIONS = ['latency', 'ttft'] as const;

const SUMS = [
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cost',
  'priced',
] as const satisfies readonly FigureName[];

/** The figures that groups are made of. */
export const trafficFigures: readonly FigureName[] = [
  ...SUMS,
  ...DURATIONS.flatMap((name) => [`${name}_n`, `${name}_us`, `${name}_max`, `${name}_sketch`] as const),
];

const ORDERS: Readonly<Record<TrafficOrder, string>> = {
  requests: 'f_requests DESC',
  cost: 'f_cost DESC, f_requests DESC',
  latency_p99: 'f_latency_n = 0, f_latency_sketch[4] DESC',
};

/** Sums beyond 53 bits come as text; a sketch gives the percentiles 50, 90, 95 and 99. */
type EngineTraffic = Readonly<Record<(typeof SUMS)[number], string>> &
  Readonly<Record<`key_${number}`, string>> &
  Readonly<Record<`${(typeof DURATIONS)[number]}_${'n' | 'us'}`, string>> &
  Readonly<Record<`${(typeof DURATIONS)[number]}_max`, number>> &
  Readonly<Record<`${(typeof DURATIONS)[number]}_sketch`, readonly (number | null)[]>>;

/** The groups of a range, `limit` at most. Without a dimension that is one group, also where there were no requests. */
export async function readTraffic(
  connection: LedgerConnection,
  reading: Reading,
  question: TrafficQuestion,
): Promise<TrafficRow[]> {
  return (await ask(connection, reading, question, false)).map(({ row }) => row);
}

/** The same for one dimension or more, and all requests of the range together, in one question to the ledger. */
export async function readTrafficAndTotal(
  connection: LedgerConnection,
  reading: Reading,
  question: TrafficQuestion,
): Promise<{ readonly rows: readonly TrafficRow[]; readonly total: TrafficFigures }> {
  const rows = await ask(connection, reading, question, true);
  const total = rows.find(({ isTotal }) => isTotal)?.row ?? { key: {}, ...figuresOf(nothing, 1) };
  const { key: _, ...figures } = total;
  return { rows: rows.filter(({ isTotal }) => !isTotal).map(({ row }) => row), total: figures };
}

async function ask(
  connection: LedgerConnection,
  { keptDays, state }: Reading,
  question: TrafficQuestion,
  withTotal: boolean,
): Promise<AnsweredRow[]> {
  const { range, by } = question;
  const plan = planFigures(
    {
      figures: trafficFigures,
      keys: keysOf(by),
      dimensions: by.filter(({ isTime }) => !isTime).map(({ name }) => name),
      filter: { sql: '1', parameters: {} },
      range,
      keptDays,
      chargesApart: false,
      withTotal,
    },
    state,
  );
  return rowsFrom(connection, plan, question, withTotal);
}

/**
 * The groups that a SELECT gives.
 *
 * @param source a SELECT of the keys as `key_0`, `key_1`, … and of {@link trafficFigures} as `f_NAME`.
 */
export async function trafficFrom(
  connection: LedgerConnection,
  source: Condition,
  question: NamedQuestion,
): Promise<TrafficRow[]> {
  return (await rowsFrom(connection, source, question, false)).map(({ row }) => row);
}

/** @param withTotal true if the SELECT has `is_total` too, and a row in which it is 1. */
async function rowsFrom(
  connection: LedgerConnection,
  source: Condition,
  { range, by, order, limit }: NamedQuestion,
  withTotal: boolean,
): Promise<AnsweredRow[]> {
  const seconds = secondsOf(range);
  const keys = by.map((_, i) => `key_${i}`);
  const chronological = by.flatMap(({ isTime }, i) => (isTime ? [`key_${i}`] : []));
  const columns = trafficFigures.map((name) =>
    name.endsWith('_sketch') || name.endsWith('_max')
      ? `f_${name} AS ${name}`
      : `toString(f_${name}) AS ${name}`,
  );
  const told = withTotal ? ['is_total'] : [];
  const rows = await connection.query<EngineTraffic & { readonly is_total?: number }>(
    `SELECT ${[...keys, ...told, ...columns].join(', ')} FROM (${source.sql})
       ORDER BY ${[...told.map((name) => `${name} DESC`), ...chronological, ORDERS[order], ...keys].join(', ')} LIMIT {rows_max:UInt32}`,
    { ...source.parameters, rows_max: withTotal ? limit + 1 : limit },
  );
  return rows.map((row) => ({
    isTotal: row.is_total === 1,
    row: {
      key: Object.fromEntries(by.map(({ name }, i) => [name, row[`key_${i}`] ?? ''])),
      ...figuresOf(row, seconds),
    },
  }));
}

function secondsOf({ from, to }: TrafficQuestion['range']): number {
  return to.epochSeconds - from.epochSeconds + (to.nanoseconds - from.nanoseconds) / 1e9;
}

/** The figures of a range without requests. */
export function nothingIn(range: TrafficQuestion['range']): TrafficFigures {
  return figuresOf(nothing, secondsOf(range));
}

/** What the ledger says of no requests. */
const nothing: EngineTraffic = {
  ...(Object.fromEntries(SUMS.map((name) => [name, '0'])) as Record<(typeof SUMS)[number], string>),
  latency_n: '0',
  latency_us: '0',
  latency_max: 0,
  latency_sketch: [],
  ttft_n: '0',
  ttft_us: '0',
  ttft_max: 0,
  ttft_sketch: [],
};

function figuresOf(row: EngineTraffic, seconds: number): TrafficFigures {
  const [requests, errors] = [Number(row.requests), Number(row.errors)];
  const [input, output] = [Number(row.input_tokens), Number(row.output_tokens)];
  return {
    requests,
    errors,
    error_ratio: requests === 0 ? null : errors / requests,
    requests_per_second: requests / seconds,
    input_tokens: input,
    output_tokens: output,
    cached_tokens: Number(row.cache_read_tokens),
    tokens_per_second: (input + output) / seconds,
    cost_usd: formatUsd(parseUsd(row.cost) ?? 0n),
    unpriced_requests: requests - Number(row.priced),
    latency_ms: durationOf(row, 'latency'),
    ttft_ms: durationOf(row, 'ttft'),
  };
}

function durationOf(row: EngineTraffic, name: (typeof DURATIONS)[number]): DurationFigures {
  const count = Number(row[`${name}_n`]);
  if (count === 0) return { avg: null, p50: null, p90: null, p95: null, p99: null, max: null };
  const [p50 = null, p90 = null, p95 = null, p99 = null] = row[`${name}_sketch`];
  return { avg: Number(row[`${name}_us`]) / 1000 / count, p50, p90, p95, p99, max: row[`${name}_max`] };
}
