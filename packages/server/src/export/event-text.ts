/**
 * How the engine writes rows of the ledger for people and programs: every column as
 * it is stored, money and counts exact, instants in RFC 3339 to the nanosecond. The
 * statements are made of the ledger's own column table, nothing a caller says.
 */

import { type LedgerColumn, ledgerColumns } from '../ledger/columns.ts';
import { FORMULA_START, PLAIN_NUMBER } from './csv-cell.ts';

/** The columns of an export: all that the ledger has, in its order. */
export const exportedColumns: readonly LedgerColumn[] = ledgerColumns;

/** The first line of a CSV file. */
export const csvHeader: string = exportedColumns.map(({ name }) => `"${name}"`).join(',');

/** A pattern as a text of SQL. */
const quoted = (pattern: string): string => `'${pattern.replaceAll('\\', '\\\\')}'`;

/** SQL of a text cell that no spreadsheet runs: an apostrophe goes before what could start a formula. */
function harmless(sql: string): string {
  return `if(match(${sql}, ${quoted(FORMULA_START)}) AND NOT match(${sql}, ${quoted(PLAIN_NUMBER)}), concat('''', ${sql}), ${sql})`;
}

function isInstant({ type }: LedgerColumn): boolean {
  return type.startsWith('DateTime64');
}

function isText({ type }: LedgerColumn): boolean {
  return type === 'String' || type === 'LowCardinality(String)';
}

function rfc3339(name: string): string {
  return `concat(replaceOne(toString(${name}), ' ', 'T'), 'Z')`;
}

function csvCell(column: LedgerColumn): string {
  if (isInstant(column)) return rfc3339(column.name);
  if (column.type.startsWith('Map(')) return `if(empty(${column.name}), '', toJSONString(${column.name}))`;
  return isText(column) ? harmless(`toString(${column.name})`) : column.name;
}

/** The columns of a SELECT whose answer in the format CSV is the lines of the file. */
export const csvColumns: string = exportedColumns
  .map((column, i) => `${csvCell(column)} AS c${i}`)
  .join(', ');

/** Settings of those statements. */
export const csvSettings = "format_csv_null_representation = '', output_format_csv_crlf_end_of_line = 0";

const plain = exportedColumns.filter(({ type }) => !type.startsWith('Map('));

function jsonValue(column: LedgerColumn): string {
  if (isInstant(column)) return rfc3339(column.name);
  return isText(column) ? `nullIf(toString(${column.name}), '')` : column.name;
}

function jsonType(column: LedgerColumn): string {
  if (isInstant(column)) return 'String';
  return isText(column) ? 'Nullable(String)' : column.type;
}

const tuple = `CAST(tuple(${plain.map(jsonValue).join(', ')}), 'Tuple(${plain
  .map((column) => `${column.name} ${jsonType(column)}`)
  .join(', ')
  .replaceAll("'", "''")})')`;

/**
 * The one column of a SELECT whose answer in the format TSVRaw is one JSON object a
 * line. What an event does not have is left out, as in what was sent.
 */
export const jsonLine = `concat(substring(toJSONString(${tuple}) AS object, 1, length(object) - 1), if(empty(attributes), '', concat(',"attributes":', toJSONString(attributes))), '}')`;

/** Settings of those statements. */
export const jsonSettings =
  'output_format_json_skip_null_value_in_named_tuples = 1, output_format_json_escape_forward_slashes = 0';

/** The columns of a Parquet file: as they are stored, labels as plain texts. */
export const parquetColumns: string = exportedColumns
  .map((column) => {
    if (column.type === 'LowCardinality(String)') return `toString(${column.name}) AS ${column.name}`;
    if (column.type.startsWith('Map('))
      return `CAST(${column.name}, 'Map(String, String)') AS ${column.name}`;
    return column.name;
  })
  .join(', ');

/** Settings of a Parquet file. Small row groups keep the memory of its writer small. */
export function parquetSettings(compressed: boolean): string {
  return `output_format_parquet_compression_method = '${compressed ? 'zstd' : 'none'}', output_format_parquet_row_group_size = 16384, output_format_parquet_batch_size = 512, output_format_parquet_string_as_string = 1, output_format_parquet_parallel_encoding = 0`;
}

/** Exports go on for as long as they take; the bound on questions is not theirs. Small blocks and buffers keep memory small. */
export const unhurried =
  'max_execution_time = 0, max_threads = 1, max_block_size = 1024, max_read_buffer_size = 65536';
