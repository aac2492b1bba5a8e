/** Series of the ledger's events: any measure by any dimensions on a grid of whole minutes. */

import type { Instant } from '@bellwether/events';
import { BellwetherError } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { countingEvents, readWithKeptDays } from '../ledger/kept-days.ts';
import { asLedgerError } from '../ledger/ledger-error.ts';
import { both, type Condition, rangeCondition } from '../ledger/time-range.ts';
import { columnsOf, filterCondition } from './dimensions.ts';
import { seriesOn, stepsOf, VALUES_MAX } from './grid.ts';
import { emptyValue, figures, type Measure, measureOf } from './measures.ts';
import type { MeasuresSource, Series, SeriesQuery } from './series.ts';

/** Series of an answer that does not say how many it takes. */
const SERIES_MAX_DEFAULT = 100;

/** A group of the engine's answer: its values by the number of the step, for each measure. */
interface EngineSeries extends Readonly<Record<`key_${number}`, string>> {
  readonly steps: readonly number[];
  /** Null stands for not a number. */
  readonly [values: `values_${number}`]: readonly (number | null)[];
}

/** Answers from the rows of `events`. */
export class LedgerSeries implements MeasuresSource {
  readonly #connection: LedgerConnection;

  constructor(connection: LedgerConnection) {
    this.#connection = connection;
  }

  async query({ measure, ...query }: SeriesQuery): Promise<Series[]> {
    const found = await this.queryAll([measure], query);
    return [...(found.get(measure) ?? [])];
  }

  async queryAll(
    names: readonly string[],
    query: Omit<SeriesQuery, 'measure'>,
  ): Promise<ReadonlyMap<string, readonly Series[]>> {
    const measures = names.map(measureOf);
    const columns = columnsOf(query.by);
    const filter = filterCondition(query.where);
    const timestampsMs = stepsOf(query);
    const seriesMax = columns.length === 0 ? 1 : (query.seriesMax ?? SERIES_MAX_DEFAULT);
    requireBounded(seriesMax, timestampsMs.length * measures.length);
    try {
      const groups = await readWithKeptDays(this.#connection, (days) => {
        const rows = both(both(rangeCondition(rangeOf(query)), filter), countingEvents(days));
        return this.#read(measures, columns, rows, query, seriesMax);
      });
      return new Map(
        measures.map((measure, index) => [
          measure.name,
          seriesOfGroups(groups, columns, timestampsMs, emptyValue(measure), index),
        ]),
      );
    } catch (error) {
      throw asLedgerError(error);
    }
  }

  #read(
    measures: readonly Measure[],
    columns: readonly string[],
    rows: Condition,
    { fromMs, stepMs }: Omit<SeriesQuery, 'measure'>,
    seriesMax: number,
  ): Promise<EngineSeries[]> {
    const keys = columns.map((_, i) => `key_${i}`);
    const aliased = columns.map((column, i) => `${column} AS key_${i}`);
    const summed = [...new Set(['requests' as const, ...measures.flatMap((measure) => measure.figures)])].map(
      (name) => `${figures.get(name)?.sql} AS f_${name}`,
    );
    const values = measures.map(({ sql }, i) => `groupArray(${sql}) AS values_${i}`);
    const step = 'intDiv(toUnixTimestamp64Second(timestamp) - {start:Int64}, {seconds:UInt32}) AS step';
    return this.#connection.query<EngineSeries>(
      `SELECT ${[...keys, 'groupArray(step) AS steps', ...values].join(', ')} FROM (
         SELECT ${[...aliased, step, ...summed].join(', ')}
         FROM ${LEDGER_DATABASE}.events WHERE ${rows.sql} GROUP BY ${[...keys, 'step'].join(', ')}
       ) ${keys.length === 0 ? 'HAVING sum(f_requests) > 0' : `GROUP BY ${keys.join(', ')}`}
       ORDER BY ${['sum(f_requests) DESC', ...keys].join(', ')} LIMIT {series_max:UInt32}`,
      { ...rows.parameters, start: fromMs / 1000, seconds: stepMs / 1000, series_max: seriesMax },
    );
  }
}

/** The series of the measure with this number. */
function seriesOfGroups(
  groups: readonly EngineSeries[],
  columns: readonly string[],
  timestampsMs: readonly number[],
  empty: number,
  index: number,
): Series[] {
  const series = groups.map((group) => {
    const labels = Object.fromEntries(columns.map((name, i) => [name, group[`key_${i}`] ?? '']));
    const values = group[`values_${index}`] ?? [];
    const points = group.steps.map((step, i) => [step, values[i] ?? Number.NaN] as const);
    return seriesOn(timestampsMs, labels, points, empty);
  });
  return series.length === 0 && columns.length === 0 ? [seriesOn(timestampsMs, {}, [], empty)] : series;
}

function requireBounded(seriesMax: number, steps: number): void {
  if (Number.isSafeInteger(seriesMax) && seriesMax >= 1 && seriesMax * steps <= VALUES_MAX) return;
  throw new BellwetherError(
    'invalid_parameter',
    `${seriesMax} series of ${steps} steps are not between one and ${VALUES_MAX} values: ask for fewer series or longer steps.`,
    { field: 'series_max' },
  );
}

function rangeOf({ fromMs, toMs }: Pick<SeriesQuery, 'fromMs' | 'toMs'>): { readonly from: Instant; readonly to: Instant } {
  const instant = (ms: number): Instant => ({ epochSeconds: ms / 1000, nanoseconds: 0 });
  return { from: instant(fromMs), to: instant(toMs) };
}
