/** Samples, asked of the ledger: the series of a name, with one value for each instant. */

import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { rangeCondition, type TimeRange } from '../ledger/time-range.ts';
import type { Labels } from './sample.ts';
import { TENANT_LABEL } from './tenant-label.ts';

/** A question. */
export interface SampleQuestion {
  readonly name: string;
  /** Of this source only. */
  readonly source?: string;
  /** With these labels, whatever others there are. */
  readonly labels: Labels;
  /** The only tenant whose series may be seen; null for all. */
  readonly tenant: string | null;
  readonly range: TimeRange;
  readonly seriesMax: number;
  /** Values of each series at most, the newest. */
  readonly valuesMax: number;
}

/** A series of the answer. */
export interface SampleSeries {
  readonly name: string;
  readonly source: string;
  readonly kind: string;
  readonly labels: Labels;
  /** `[milliseconds since the epoch, value]`, oldest first. A value that is no finite number is null. */
  readonly values: readonly (readonly [number, number | null])[];
}

const SAMPLES = `${LEDGER_DATABASE}.samples`;
const OF_TENANT = `labels['${TENANT_LABEL}'] = {tenant:String}`;

/** Asks. */
export async function readSamples(
  connection: LedgerConnection,
  { name, source, labels, tenant, range, seriesMax, valuesMax }: SampleQuestion,
): Promise<SampleSeries[]> {
  const times = rangeCondition(range);
  const conditions = [`name = {name:String}`, times.sql];
  const parameters: Record<string, string | number> = { ...times.parameters, name, seriesMax, valuesMax };
  if (source !== undefined) {
    conditions.push('source = {source:String}');
    parameters['source'] = source;
  }
  Object.entries(labels).forEach(([label, value], i) => {
    conditions.push(`labels[{label${i}:String}] = {value${i}:String}`);
    parameters[`label${i}`] = label;
    parameters[`value${i}`] = value;
  });
  if (tenant !== null) {
    conditions.push(OF_TENANT);
    parameters['tenant'] = tenant;
  }
  // A sample that was sent twice is there twice; the last that came holds.
  return connection.query<SampleSeries>(
    `SELECT name, source, kind, labels,
       arrayReverse(arraySlice(arrayReverseSort(at -> at.1, groupArray((toUnixTimestamp64Milli(timestamp), held))), 1, {valuesMax:UInt32})) AS values
     FROM (
       SELECT name, source, kind, labels, timestamp, argMax(if(isFinite(value), value, NULL), seq) AS held
       FROM ${SAMPLES} WHERE ${conditions.join(' AND ')} GROUP BY name, source, kind, labels, timestamp
     )
     GROUP BY name, source, kind, labels ORDER BY source, toString(labels), kind LIMIT {seriesMax:UInt32}`,
    parameters,
  );
}

/** A name that there are samples of. */
export interface SampleName {
  readonly name: string;
  readonly kinds: readonly string[];
  readonly series: number;
  readonly newest: string;
}

/**
 * The names of a range, in order.
 *
 * @param tenant the only one whose series count; null for all.
 */
export async function readSampleNames(
  connection: LedgerConnection,
  range: TimeRange,
  tenant: string | null,
  namesMax: number,
): Promise<SampleName[]> {
  const { sql, parameters } = rangeCondition(range);
  return connection.query<SampleName>(
    `SELECT name, arraySort(groupUniqArray(kind)) AS kinds, uniqExact(source, toString(labels)) AS series,
       concat(replaceOne(toString(max(timestamp)), ' ', 'T'), 'Z') AS newest
     FROM ${SAMPLES} WHERE ${sql}${tenant === null ? '' : ` AND ${OF_TENANT}`} GROUP BY name ORDER BY name LIMIT {namesMax:UInt32}`,
    { ...parameters, namesMax, ...(tenant === null ? {} : { tenant }) },
  );
}
