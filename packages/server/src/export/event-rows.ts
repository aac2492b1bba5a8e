/** The bytes of an export of events, slice after slice as the engine writes them. */

import type { LedgerConnection } from '../ledger/connection.ts';
import {
  csvColumns,
  csvHeader,
  csvSettings,
  jsonLine,
  jsonSettings,
  parquetColumns,
  parquetSettings,
  unhurried,
} from './event-text.ts';
import { conditionOf, EVENTS, type Scope } from './scope.ts';
import { type Slice, within } from './slices.ts';

/** Called when a slice has been handed on, with the rows it has. */
export type OnSlice = (rows: number) => void;

const ORDER = 'ORDER BY timestamp, journal, seq';

/** Events as CSV with a header. */
export async function* csvBytes(
  connection: LedgerConnection,
  scope: Scope,
  slices: readonly Slice[],
  onSlice: OnSlice,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${csvHeader}\n`);
  for (const slice of slices) {
    const { sql, parameters } = conditionOf(within(scope, slice));
    yield* connection.bytes(
      `SELECT ${csvColumns} FROM ${EVENTS} WHERE ${sql} ${ORDER} SETTINGS ${unhurried}, ${csvSettings} FORMAT CSV`,
      parameters,
    );
    onSlice(slice.rows);
  }
}

/**
 * Events as JSON, one object a line, or all of them as one array.
 *
 * @throws Error if the engine gives another number of rows than it counted.
 */
export async function* jsonBytes(
  connection: LedgerConnection,
  scope: Scope,
  slices: readonly Slice[],
  array: boolean,
  onSlice: OnSlice,
): AsyncGenerator<Uint8Array> {
  // In an array every object but the first follows a comma.
  let skip = array ? 1 : 0;
  if (array) yield Buffer.from('[\n');
  for (const slice of slices) {
    const { sql, parameters } = conditionOf(within(scope, slice));
    const line = array ? `concat(',', ${jsonLine})` : jsonLine;
    let lines = 0;
    const bytes = connection.bytes(
      `SELECT ${line} AS line FROM ${EVENTS} WHERE ${sql} ${ORDER} SETTINGS ${unhurried}, ${jsonSettings} FORMAT TSVRaw`,
      parameters,
    );
    for await (const chunk of bytes) {
      lines += countLines(chunk);
      yield skip === 0 ? chunk : chunk.subarray(skip);
      skip = 0;
    }
    if (lines !== slice.rows) throw new Error(`The engine gave ${lines} of ${slice.rows} rows.`);
    onSlice(slice.rows);
  }
  if (array) yield Buffer.from(']\n');
}

/** Line ends of a piece: within a line JSON writes them as two characters. */
function countLines(chunk: Uint8Array): number {
  const LINE_END = 10;
  let lines = 0;
  for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, at + 1)) lines += 1;
  return lines;
}

/** Events as one Parquet file, in the order in which the ledger keeps them. */
export function parquetBytes(
  connection: LedgerConnection,
  scope: Scope,
  compressed: boolean,
): AsyncIterable<Uint8Array> {
  const { sql, parameters } = conditionOf(scope);
  return connection.bytes(
    `SELECT ${parquetColumns} FROM ${EVENTS} WHERE ${sql} SETTINGS ${unhurried}, ${parquetSettings(compressed)} FORMAT Parquet`,
    parameters,
  );
}
