/**
 * The figures that the ledger adds up over requests, each in four forms: from rows at
 * once, from rows as a part, from cells of a rollup as a part, and from parts to the
 * whole. All four give the same, since figures are added in whole numbers (durations
 * in microseconds, scores in billionths) and sketches are merged bucket by bucket.
 */

/** The durations of an event, without their unit. */
export const durations = ['latency', 'ttft', 'queue'] as const;
export type Duration = (typeof durations)[number];

/** The scores of an event, without their ending. */
export const scores = ['quality', 'accuracy', 'relevance', 'completeness', 'satisfaction'] as const;
export type Score = (typeof scores)[number];

/** The percentiles that sketches are asked for, in the order of their answer. */
export const percentiles = [50, 90, 95, 99] as const;

/**
 * The relative error of quantiles. They are DDSketches (Masson, Rim, Lee: "DDSketch", VLDB 2019), whose error does not
 * grow when they are merged.
 */
export const QUANTILE_ERROR = 0.01;

const SKETCH = `quantilesDD%(${[QUANTILE_ERROR, ...percentiles.map((p) => p / 100)].join(', ')})`;

/** How a figure is kept and added up. */
export type FigureKind = 'count' | 'sum' | 'money' | 'maximum' | 'sketch' | 'distinct';

/** A figure. */
export interface Figure {
  readonly name: FigureName;
  readonly kind: FigureKind;
  /** The aggregate over rows of `events`, whole. */
  readonly ofRows: string;
  /** The same as a part that can be merged. */
  readonly partOfRows: string;
}

/** The names of the figures. A sketch gives a list, by {@link percentiles}. */
export type FigureName =
  | 'requests'
  | 'errors'
  | 'input_tokens'
  | 'output_tokens'
  | 'cache_read_tokens'
  | 'cache_write_tokens'
  | 'reasoning_tokens'
  | 'cost'
  | 'priced'
  | 'revenue'
  | 'valued'
  | 'request_bytes'
  | 'response_bytes'
  | 'cache_asked'
  | 'cache_hits'
  | 'users'
  | 'sessions'
  | `${Duration}_n`
  | `${Duration}_us`
  | `${Duration}_max`
  | `${Duration}_sketch`
  | `${Score}_n`
  | `${Score}_billionths`;

type Entry = readonly [FigureName, Figure];

function entry(name: FigureName, kind: FigureKind, ofRows: string, partOfRows = ofRows): Entry {
  return [name, { name, kind, ofRows, partOfRows }];
}

function count(name: FigureName, expression: string): Entry {
  return entry(name, 'count', `toInt64(${expression})`);
}

/** A sum of whole numbers that may be absent; 128 bits, since the engine's sum of a 64-bit column overflows silently. */
function sum(name: FigureName, whole: string): Entry {
  return entry(name, 'sum', `toInt128(ifNull(sum(toInt128(${whole})), 0))`);
}

function money(name: FigureName, column: string): Entry {
  return entry(name, 'money', `ifNull(sum(${column}), toDecimal128(0, 12))`);
}

function distinct(name: FigureName, column: string): Entry {
  const [whole, part] = ['uniqExactIf', 'uniqExactStateIf'].map((f) => `${f}(${column}, ${column} != '')`);
  return entry(name, 'distinct', `toInt64(${whole})`, part);
}

function ofDuration(name: Duration): Entry[] {
  const column = `${name}_ms`;
  return [
    count(`${name}_n`, `count(${column})`),
    sum(`${name}_us`, `round(${column} * 1000)`),
    entry(`${name}_max`, 'maximum', `ifNull(max(${column}), 0)`),
    entry(`${name}_sketch`, 'sketch', `${aggregate('')}(${column})`, `${aggregate('State')}(${column})`),
  ];
}

function ofScore(name: Score): Entry[] {
  const column = `${name}_score`;
  return [count(`${name}_n`, `count(${column})`), sum(`${name}_billionths`, `round(${column} * 1e9)`)];
}

/** The sketch's function with an ending, e.g. `quantilesDDMerge(0.01, 0.5, …)`. */
function aggregate(ending: '' | 'State' | 'Merge' | 'MergeState'): string {
  return SKETCH.replace('%', ending);
}

/** The figures by name. */
export const figures: ReadonlyMap<FigureName, Figure> = new Map<FigureName, Figure>([
  count('requests', 'count()'),
  count('errors', "countIf(status != 'success')"),
  sum('input_tokens', 'input_tokens'),
  sum('output_tokens', 'output_tokens'),
  sum('cache_read_tokens', 'cache_read_tokens'),
  sum('cache_write_tokens', 'cache_write_tokens'),
  sum('reasoning_tokens', 'reasoning_tokens'),
  money('cost', 'cost_usd'),
  count('priced', 'count(cost_usd)'),
  money('revenue', 'revenue_usd'),
  count('valued', 'count(revenue_usd)'),
  sum('request_bytes', 'request_bytes'),
  sum('response_bytes', 'response_bytes'),
  count('cache_asked', 'count(cache_hit)'),
  count('cache_hits', 'countIf(ifNull(cache_hit, false))'),
  distinct('users', 'user_id'),
  distinct('sessions', 'session_id'),
  ...durations.flatMap(ofDuration),
  ...scores.flatMap(ofScore),
]);

/** A figure by its name. */
export function figureOf(name: FigureName): Figure {
  const figure = figures.get(name);
  if (figure === undefined) throw new Error(`There is no figure ${name}.`);
  return figure;
}

/** Whether a figure is of scores, which may be given long after a request. */
export function isOfScores(name: FigureName): boolean {
  return scores.some((score) => name.startsWith(`${score}_`));
}

/** The type of a figure's column in a rollup. */
export const columnTypes: Readonly<Record<Exclude<FigureKind, 'distinct'>, string>> = {
  count: 'UInt64',
  sum: 'Int128',
  money: 'Decimal(38, 12)',
  maximum: 'Float64',
  sketch: `AggregateFunction(${aggregate('')}, Nullable(Float64))`,
};

/** A figure of cells of a rollup, as a part. Users are kept as a dimension, so they are counted there. */
export function partOfCells({ name, kind, partOfRows }: Figure): string {
  if (kind === 'distinct') return partOfRows;
  if (kind === 'count') return `toInt64(sum(${name}))`;
  if (kind === 'maximum') return `max(${name})`;
  return kind === 'sketch' ? `${aggregate('MergeState')}(${name})` : `sum(${name})`;
}

/** A figure of parts, whole. */
export function ofParts({ kind }: Figure, part: string): string {
  if (kind === 'distinct') return `toInt64(uniqExactMerge(${part}))`;
  if (kind === 'maximum') return `max(${part})`;
  return kind === 'sketch' ? `${aggregate('Merge')}(${part})` : `sum(${part})`;
}

/** A figure of parts, as a part again; of distinct values there is none. */
export function partOfParts({ kind }: Figure, part: string): string {
  if (kind === 'maximum') return `max(${part})`;
  return kind === 'sketch' ? `${aggregate('MergeState')}(${part})` : `sum(${part})`;
}

/** Sketches that were written down as bytes, whole. */
export function ofSketchBytes(bytes: string): string {
  return `${aggregate('Merge')}(CAST(${bytes}, '${columnTypes.sketch}'))`;
}
