/**
 * Rows of an export of rollups: the figures of each hour (of users: of each day), one
 * rollup after the other within each day. They are planned as any question is, so what is
 * not in cells yet is in them all the same, and what is left of removed rows is too.
 */

import type { LedgerConnection } from '../ledger/connection.ts';
import type { Condition, TimeRange } from '../ledger/time-range.ts';
import { durations, type FigureName, isOfScores, percentiles, scores } from '../rollups/figures.ts';
import { type Key, planFigures } from '../rollups/plan.ts';
import { type Reading, readWithRollups } from '../rollups/reading.ts';
import { DAY, figuresOf, HOUR, type RollupSet, rollupSets } from '../rollups/rollup-sets.ts';
import { csvCell, harmlessText } from './csv-cell.ts';

/** A row: what a rollup does not have is null. Money and sums of more than 53 bits are texts, since they are exact. */
export type RollupRow = Readonly<Record<string, string | number | null>>;

interface Column {
  readonly name: string;
  /** The engine's type, as Parquet has it. */
  readonly type: string;
  /** The SQL over figures, and the figures that it is made of. */
  readonly sql: string;
  readonly figures: readonly FigureName[];
}

const dimensions: readonly string[] = [...new Set(rollupSets.flatMap((set) => set.dimensions))];

function column(name: string, type: string, sql: string): Column {
  const figures = [...new Set([...sql.matchAll(/\bf_(\w+)/g)].map(([, figure]) => figure as FigureName))];
  return { name, type, sql, figures };
}

const sums = [
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'request_bytes',
  'response_bytes',
];

const columns: readonly Column[] = [
  column('requests', 'Int64', 'f_requests'),
  column('errors', 'Int64', 'f_errors'),
  ...sums.map((name) => column(name, 'Decimal(38, 0)', `toString(f_${name})`)),
  column('cost_usd', 'Decimal(38, 12)', 'toString(f_cost)'),
  column('unpriced_requests', 'Int64', 'f_requests - f_priced'),
  column('revenue_usd', 'Decimal(38, 12)', 'toString(f_revenue)'),
  ...durations.flatMap((name) => [
    column(
      `${name}_avg_ms`,
      'Float64',
      `if(f_${name}_n = 0, NULL, toFloat64(f_${name}_us) / 1000 / f_${name}_n)`,
    ),
    column(`${name}_max_ms`, 'Float64', `if(f_${name}_n = 0, NULL, f_${name}_max)`),
    ...percentiles.map((p, i) =>
      column(`${name}_p${p}_ms`, 'Float64', `if(f_${name}_n = 0, NULL, f_${name}_sketch[${i + 1}])`),
    ),
  ]),
  ...scores.map((name) =>
    column(
      `${name}_score`,
      'Float64',
      `if(f_${name}_n = 0, NULL, toFloat64(f_${name}_billionths) / 1e9 / f_${name}_n)`,
    ),
  ),
];

const names: readonly string[] = [
  'rollup',
  'at',
  'seconds',
  ...dimensions,
  ...columns.map(({ name }) => name),
];

const texts: ReadonlySet<string> = new Set(dimensions);

/** The rows as CSV and JSON, and as the engine reads them back for Parquet. */
export const rollupText = {
  csvHeader: names.join(','),
  csvLine: (row: RollupRow): string =>
    names
      .map((name) => {
        const value = String(row[name] ?? '');
        return csvCell(texts.has(name) ? harmlessText(value) : value);
      })
      .join(','),
  jsonLine: (row: RollupRow): string =>
    JSON.stringify(Object.fromEntries(names.map((name) => [name, row[name] ?? null]))),
  structure: [
    'rollup String',
    "at DateTime('UTC')",
    'seconds UInt32',
    ...dimensions.map((name) => `${name} Nullable(String)`),
    ...columns.map(({ name, type }) => `${name} Nullable(${type})`),
  ].join(', '),
};

/** The rows of a range, in groups, day by day. With a backend they are those of the rollup that knows it. */
export async function* rollupRows(
  connection: LedgerConnection,
  range: TimeRange,
  backend: string | null,
): AsyncGenerator<RollupRow[]> {
  const sets = rollupSets.filter((set) => backend === null || set.dimensions.includes('backend_id'));
  for (const day of await daysOf(connection, range))
    for (const set of sets) {
      const rows = await readWithRollups(connection, (reading) =>
        readDay(connection, reading, set, day, backend),
      );
      if (rows.length > 0) yield rows;
    }
}

async function readDay(
  connection: LedgerConnection,
  { keptDays, state }: Reading,
  set: RollupSet,
  range: TimeRange,
  backend: string | null,
): Promise<RollupRow[]> {
  const seconds = set.widths.includes(HOUR) ? HOUR : DAY;
  const stored = new Set(figuresOf(set, seconds).map(({ name }) => name));
  const has = ({ figures }: Column): boolean => figures.every((name) => stored.has(name) || isOfScores(name));
  const filter: Condition =
    backend === null
      ? { sql: '1', parameters: {} }
      : { sql: 'backend_id = {backend:String}', parameters: { backend } };
  const start = (epochSeconds: string): string => `intDiv(${epochSeconds}, ${seconds}) * ${seconds}`;
  const keys: Key[] = [
    {
      alias: 'start',
      ofRows: start('toUnixTimestamp64Second(timestamp)'),
      ofCells: start('toInt64(toUnixTimestamp(at))'),
      widthMax: seconds,
    },
    ...set.dimensions.map((name) => ({
      alias: `d_${name}`,
      ofRows: `toString(${name})`,
      ofCells: `toString(${name})`,
      widthMax: Number.POSITIVE_INFINITY,
    })),
  ];
  const wanted = columns.filter(has);
  const plan = planFigures(
    {
      figures: [...new Set(wanted.flatMap(({ figures }) => figures))],
      keys,
      dimensions: set.dimensions,
      filter,
      range,
      keptDays,
      chargesApart: false,
    },
    state,
  );
  const aliases = keys.map(({ alias }) => alias);
  const rows = await connection.query<Record<string, string | number | null>>(
    `SELECT ${[...aliases, ...wanted.map(({ name, sql }) => `${sql} AS c_${name}`)].join(', ')}
     FROM (${plan.sql}) ORDER BY ${aliases.join(', ')} SETTINGS max_execution_time = 0`,
    plan.parameters,
  );
  return rows.map((row) => ({
    rollup: set.name,
    at: new Date(Number(row['start']) * 1000).toISOString().replace('.000', ''),
    seconds,
    ...Object.fromEntries(set.dimensions.map((name) => [name, row[`d_${name}`] ?? ''])),
    ...Object.fromEntries(wanted.map(({ name }) => [name, row[`c_${name}`] ?? null])),
  }));
}

/** The days of a range that the ledger has anything of, the first and the last as the range cuts them. */
async function daysOf(connection: LedgerConnection, range: TimeRange): Promise<TimeRange[]> {
  const { from, to } = range;
  const set = rollupSets.find(({ widths }) => widths.includes(DAY) && widths.includes(HOUR));
  const days = await connection.query<{ start: number }>(
    `SELECT toUnixTimestamp(toDateTime(d, 'UTC')) AS start FROM (
       SELECT DISTINCT toDate(timestamp) AS d FROM bellwether.events
       UNION DISTINCT SELECT DISTINCT toDate(at) AS d FROM ${set?.table ?? ''} WHERE width = ${HOUR}) ORDER BY start`,
  );
  return days.flatMap(({ start }) => {
    const end = start + DAY;
    if (from !== null && from.epochSeconds >= end) return [];
    if (to !== null && (to.epochSeconds < start || (to.epochSeconds === start && to.nanoseconds === 0)))
      return [];
    return [
      {
        ...range,
        from: from !== null && from.epochSeconds >= start ? from : { epochSeconds: start, nanoseconds: 0 },
        to: to !== null && to.epochSeconds < end ? to : { epochSeconds: end, nanoseconds: 0 },
      },
    ];
  });
}
