/** Series of the ledger's events: any measure by any dimensions on a grid of whole minutes. */

import { BellwetherError, type Instant } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import { asLedgerError } from '../ledger/ledger-error.ts';
import { type Key, type Plan, planFigures } from '../rollups/plan.ts';
import { readWithRollups } from '../rollups/reading.ts';
import { columnsOf, filterCondition } from './dimensions.ts';
import { seriesOn, stepsOf, VALUES_MAX } from './grid.ts';
import { emptyValue, type Measure, measureOf } from './measures.ts';
import type { Series, SeriesQuery, CountingSeriesSource, UnboundedQuery } from './series.ts';

/** Series of an answer that does not say how many it takes. */
const SERIES_MAX_DEFAULT = 100;

/** A group of the engine's answer: its values by the number of the step. */
interface EngineSeries
  extends Readonly<Record<`key_${number}`, string>>,
    /** Of each measure; null stands for not a number. */
    Readonly<Record<`values_${number}`, readonly (number | null)[]>> {
  readonly steps: readonly number[];
}

/** Answers from rollups as far as they go, and from the rows of `events`. */
export class LedgerSeries implements CountingSeriesSource {
  readonly #connection: LedgerConnection;

  constructor(connection: LedgerConnection) {
    this.#connection = connection;
  }

  async query(query: SeriesQuery): Promise<Series[]> {
    const [series = []] = await this.queryMeasures(query, [query.measure]);
    return series;
  }

  async count(query: UnboundedQuery): Promise<number> {
    const measure = measureOf(query.measure);
    const columns = columnsOf(query.by);
    stepsOf(query);
    filterCondition(query.where);
    if (columns.length === 0) return 1;
    try {
      return await readWithRollups(this.#connection, async ({ keptDays, state }) => {
        const plan = planFigures({ ...figuresOf(query, [measure], columns), keptDays }, state);
        const [row] = await this.#connection.query<{ n: number }>(
          `SELECT toInt64(count()) AS n FROM
             (SELECT 1 FROM (${plan.sql}) WHERE f_requests > 0 GROUP BY ${columns.map((_, i) => `key_${i}`).join(', ')})`,
          { ...plan.parameters },
        );
        return row?.n ?? 0;
      });
    } catch (error) {
      throw asLedgerError(error);
    }
  }

  async queryMeasures(query: Omit<SeriesQuery, 'measure'>, names: readonly string[]): Promise<Series[][]> {
    const measures = names.map(measureOf);
    const columns = columnsOf(query.by);
    const timestampsMs = stepsOf(query);
    const seriesMax = columns.length === 0 ? 1 : (query.seriesMax ?? SERIES_MAX_DEFAULT);
    requireBounded(seriesMax, timestampsMs.length);
    // Read before the ledger is asked, so that a mistake is the caller's.
    filterCondition(query.where);
    try {
      const groups = await readWithRollups(this.#connection, ({ keptDays, state }) => {
        const plan = planFigures({ ...figuresOf(query, measures, columns), keptDays }, state);
        return this.#read(measures, columns, plan, query, seriesMax);
      });
      return measures.map((measure, n) => {
        const empty = emptyValue(measure);
        const series = groups.map(({ steps, ...group }) => {
          const labels = Object.fromEntries(columns.map((name, i) => [name, group[`key_${i}`] ?? '']));
          const values = group[`values_${n}`] ?? [];
          const points = steps.map((step, i) => [step, values[i] ?? Number.NaN] as const);
          return seriesOn(timestampsMs, labels, points, empty);
        });
        return series.length === 0 && columns.length === 0 ? [seriesOn(timestampsMs, {}, [], empty)] : series;
      });
    } catch (error) {
      throw asLedgerError(error);
    }
  }

  #read(
    measures: readonly Measure[],
    columns: readonly string[],
    plan: Plan,
    { stepMs }: Pick<SeriesQuery, 'stepMs'>,
    seriesMax: number,
  ): Promise<EngineSeries[]> {
    const keys = columns.map((_, i) => `key_${i}`);
    const values = measures.map(({ sql }, n) => `groupArray(${sql}) AS values_${n}`);
    return this.#connection.query<EngineSeries>(
      `SELECT ${[...keys, ''].join(', ')}groupArray(step) AS steps, ${values.join(', ')}
       FROM (${plan.sql}) WHERE f_requests > 0
       ${keys.length === 0 ? 'HAVING sum(f_requests) > 0' : `GROUP BY ${keys.join(', ')}`}
       ORDER BY ${['sum(f_requests) DESC', ...keys].join(', ')} LIMIT {series_max:UInt32}`,
      { ...plan.parameters, seconds: stepMs / 1000, series_max: seriesMax },
    );
  }
}

/** The question for figures that a question for series comes to. */
function figuresOf(
  query: Omit<SeriesQuery, 'measure'>,
  measures: readonly Measure[],
  columns: readonly string[],
) {
  const { fromMs, toMs, stepMs, where } = query;
  const instant = (ms: number): Instant => ({ epochSeconds: ms / 1000, nanoseconds: 0 });
  const [start, seconds] = [fromMs / 1000, stepMs / 1000];
  const stepOf = (epochSeconds: string): string => `intDiv(${epochSeconds} - ${start}, ${seconds})`;
  const keys: Key[] = [
    ...columns.map((name, i) => ({
      alias: `key_${i}`,
      ofRows: name,
      ofCells: name,
      widthMax: Number.POSITIVE_INFINITY,
    })),
    {
      alias: 'step',
      ofRows: stepOf('toUnixTimestamp64Second(timestamp)'),
      ofCells: stepOf('toInt64(toUnixTimestamp(at))'),
      widthMax: seconds,
    },
  ];
  return {
    figures: [...new Set(['requests', ...measures.flatMap(({ figures }) => figures)] as const)],
    keys,
    dimensions: [...columns, ...where.map(({ dimension }) => dimension)],
    filter: filterCondition(where),
    range: { from: instant(fromMs), to: instant(toMs) },
    chargesApart: false,
  };
}

function requireBounded(seriesMax: number, steps: number): void {
  if (Number.isSafeInteger(seriesMax) && seriesMax >= 1 && seriesMax * steps <= VALUES_MAX) return;
  throw new BellwetherError(
    'invalid_parameter',
    `${seriesMax} series of ${steps} steps are not between one and ${VALUES_MAX} values: ask for fewer series or longer steps.`,
    { field: 'series_max' },
  );
}
