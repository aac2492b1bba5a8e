/**
 * Series of the ledger's samples, which are metrics that were pushed or scraped: levels
 * as the mean of each step, counters and deltas as a rate a second, whatever the interval
 * at which they came.
 */

import { BellwetherError } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { asLedgerError } from '../ledger/ledger-error.ts';
import { seriesOn, stepsOf, VALUES_MAX } from './grid.ts';
import { type Aggregate, dimensionsFor, readMeasureName } from './measure-names.ts';
import type { Series, SeriesFilter, SeriesQuery, CountingSeriesSource, UnboundedQuery } from './series.ts';

/** Series of an answer that does not say how many it takes. */
const SERIES_MAX_DEFAULT = 100;
const FILTERS_MAX = 16;
const FILTER_VALUES_MAX = 1000;
/** A counter that was silent for longer rose at a time that nobody knows. */
const SILENCE_MS_MAX = 600_000;

interface EngineSeries extends Readonly<Record<`key_${number}`, string>> {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** Answers for measures called `sample:NAME`; labels are its dimensions. */
export class SampleSeries implements CountingSeriesSource {
  readonly #connection: LedgerConnection;

  constructor(connection: LedgerConnection) {
    this.#connection = connection;
  }

  async query(query: SeriesQuery): Promise<Series[]> {
    const { by, sql, order, parameters } = questionOf(query);
    const timestampsMs = stepsOf(query);
    const seriesMax = by.length === 0 ? 1 : (query.seriesMax ?? SERIES_MAX_DEFAULT);
    if (!(Number.isSafeInteger(seriesMax) && seriesMax >= 1 && seriesMax * timestampsMs.length <= VALUES_MAX))
      throw wrong('series_max', 'That are too many values: ask for fewer series or longer steps.');
    const groups = await this.#ask<EngineSeries>(`${sql} ORDER BY ${order} LIMIT {series_max:UInt32}`, {
      ...parameters,
      series_max: seriesMax,
    });
    const found = groups.map((group) => {
      const labels = Object.fromEntries(by.map((name, i) => [name, group[`key_${i}`] ?? '']));
      const points = group.steps.map((step, i) => [step, group.values[i] ?? Number.NaN] as const);
      return seriesOn(timestampsMs, labels, points, Number.NaN);
    });
    return found.length === 0 && by.length === 0 ? [seriesOn(timestampsMs, {}, [], Number.NaN)] : found;
  }

  async count(query: UnboundedQuery): Promise<number> {
    const { by, sql, parameters } = questionOf(query);
    stepsOf(query);
    if (by.length === 0) return 1;
    const [row] = await this.#ask<{ n: number }>(`SELECT toInt64(count()) AS n FROM (${sql})`, parameters);
    return row?.n ?? 0;
  }

  #ask<R>(sql: string, parameters: Readonly<Record<string, string | number>>): Promise<R[]> {
    return this.#connection.query<R>(sql, parameters).catch((error: unknown) => {
      throw asLedgerError(error);
    });
  }
}

/** A question as the engine is asked it, and in what order its answers come. */
function questionOf(query: UnboundedQuery) {
  const { measure, fromMs, toMs, stepMs } = query;
  const read = readMeasureName(measure);
  if (read.kind !== 'sample') throw new RangeError(`${measure} is none of samples`);
  const by = dimensionsFor(measure, query.by);
  const { sql, order, parameters } = statementOf(read.aggregate, by, query.where);
  const times = { from: fromMs, to: toMs, step: stepMs, silence: SILENCE_MS_MAX };
  return { by, sql, order, parameters: { ...parameters, ...times, name: read.name } };
}

/** One row for each group: the numbers of its steps, and their values. */
function statementOf(aggregate: Aggregate, by: readonly string[], where: readonly SeriesFilter[]) {
  if (where.length > FILTERS_MAX) throw wrong('where', `At most ${FILTERS_MAX} filters can be combined.`);
  const parameters: Record<string, string | number> = {};
  const conditions = where.map(({ dimension, operator, values }, i) => {
    if (values.length > FILTER_VALUES_MAX)
      throw wrong('where', `A filter has at most ${FILTER_VALUES_MAX} values.`);
    parameters[`where_${i}`] = JSON.stringify(values);
    const list = `(SELECT arrayJoin(JSONExtract({where_${i}:String}, 'Array(String)')))`;
    return `${labelOf(dimension, `label_${i}`, parameters)} ${operator === '=' ? 'IN' : 'NOT IN'} ${list}`;
  });
  const keys = by.map((_name, i) => `key_${i}`);
  const columns = by.map((name, i) => `${labelOf(name, `by_${i}`, parameters)} AS key_${i}, `).join('');
  const listed = keys.map((key) => `${key}, `).join('');
  const together = aggregate ?? `if(any(kind) = 'gauge', avg(one), sum(one))`;
  const combined = aggregate === null ? together : `${aggregate}(one)`;
  // A sample that was sent twice is there twice; the last that came holds.
  const samples = `SELECT kind, series, ${listed}toUnixTimestamp64Milli(timestamp) AS at, argMax(value, seq) AS held
    FROM (SELECT kind, concat(source, ' ', toString(labels)) AS series, ${columns}timestamp, value, seq
      FROM ${LEDGER_DATABASE}.samples WHERE name = {name:String}
      AND timestamp >= fromUnixTimestamp64Milli({from:Int64} - {silence:Int64}, 'UTC')
      AND timestamp < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND ${['1', ...conditions].join(' AND ')})
    GROUP BY kind, series, ${listed}timestamp`;
  // A counter that is lower than before began anew.
  const risen = `SELECT kind, series, ${listed}at, held, row_number() OVER w AS nth, lagInFrame(held) OVER w AS before,
      at - lagInFrame(at) OVER w AS passed, if(held >= before, held - before, held) AS rise,
      kind != 'counter' OR (nth > 1 AND passed > 0 AND passed <= {silence:Int64}) AS is_known
    FROM (${samples}) WHERE isFinite(held)
    WINDOW w AS (PARTITION BY kind, series ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
  const stepped = `SELECT kind, series, ${listed}intDiv(at - {from:Int64}, {step:Int64}) AS step,
      multiIf(kind = 'gauge', avg(held), kind = 'delta', sum(held) * 1000 / {step:Int64}, sum(rise) * 1000 / sum(passed)) AS one
    FROM (${risen}) WHERE is_known AND at >= {from:Int64} GROUP BY kind, series, ${listed}step`;
  return {
    sql: `SELECT ${listed}groupArray(step) AS steps, groupArray(value) AS values FROM
      (SELECT ${listed}step, ${combined} AS value FROM (${stepped}) GROUP BY ${listed}step ORDER BY step)
      ${keys.length === 0 ? 'HAVING count() > 0' : `GROUP BY ${keys.join(', ')}`}`,
    order: ['count() DESC', ...keys].join(', '),
    parameters,
  };
}

/** A label as the engine sees it. Job and instance stand in the source where they are no labels of their own. */
function labelOf(name: string, parameter: string, parameters: Record<string, string | number>): string {
  if (name === 'source') return 'toString(source)';
  parameters[parameter] = name;
  const label = `labels[{${parameter}:String}]`;
  const [job, instance] = [`splitByChar(' ', toString(source))[1]`, `splitByChar(' ', toString(source))[2]`];
  if (name === 'job') return `if(${label} = '', ${job}, ${label})`;
  return name === 'instance' ? `if(${label} = '', ${instance}, ${label})` : label;
}

function wrong(field: string, message: string): BellwetherError {
  return new BellwetherError('invalid_parameter', message, { field });
}
