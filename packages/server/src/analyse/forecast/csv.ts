/**
 * Reads a series from CSV text: columns `timestamp,value` with or without a
 * header, or values alone. Empty cells and NA are gaps. Times are ISO 8601 (UTC
 * where no zone is given) or numbers: seconds to nanoseconds since the epoch by
 * their size, smaller ones are plain positions.
 */
import type { Series } from './grid.ts';

/** A line of a CSV that cannot be read; the message names it. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
}

const timeNames = new Set([
  'timestamp',
  'timestamps',
  'time',
  'date',
  'datetime',
  'ds',
  't',
  'hour',
  'day',
  'week',
]);
const valueNames = new Set(['value', 'values', 'y', 'v', 'count', 'amount', 'cost']);
const missing = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '-']);
/** Numbers from this size on are instants; smaller ones are positions. */
const instantLeast = 1e8;

/** Parses CSV text. Throws CsvError for a cell that is neither a number nor missing, or when there are no rows. */
export function parseCsv(text: string): Series {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const rows: { line: number; cells: string[] }[] = [];
  lines.forEach((content, index) => {
    if (content.trim() !== '') rows.push({ line: index + 1, cells: cellsOf(content) });
  });
  const first = rows[0];
  if (first === undefined) throw new CsvError('the file has no rows');
  const header = isHeader(first.cells) ? rows.shift()!.cells : undefined;
  if (rows.length === 0) throw new CsvError('the file has a header and no rows');
  const { time, value } = columnsOf(header, rows[0]!.cells.length);
  const values = rows.map(({ line, cells }) => numberOf(cells[value] ?? '', line));
  if (time === undefined) return { values };
  const stamps = rows.map(({ line, cells }) => timeOf(cells[time] ?? '', line));
  const isPosition = stamps.every((stamp) => stamp.isNumber && Math.abs(stamp.value) < instantLeast);
  const timestampsMs = stamps.map((stamp) =>
    stamp.isNumber && !isPosition ? epochMs(stamp.value) : stamp.value,
  );
  return { timestampsMs, values, times: isPosition ? 'positions' : 'instants' };
}

function cellsOf(line: string): string[] {
  const separator = line.includes(',') ? ',' : line.includes(';') ? ';' : '\t';
  const cells: string[] = [];
  for (let at = 0; at <= line.length; ) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*/.exec(line.slice(at));
    const end = line.indexOf(separator, at + (quoted?.[0].length ?? 0));
    const stop = end < 0 ? line.length : end;
    cells.push(quoted ? quoted[1]!.replaceAll('""', '"') : line.slice(at, stop).trim());
    at = stop + 1;
  }
  return cells;
}

/** A first row is a header when its last cells are words rather than numbers or gaps. */
function isHeader(cells: readonly string[]): boolean {
  const isWord = (cell: string): boolean =>
    !missing.has(cell.toLowerCase()) && !Number.isFinite(Number(cell));
  return cells.length === 1 ? isWord(cells[0]!) : cells.slice(1).every((cell) => isWord(cell));
}

function columnsOf(
  header: readonly string[] | undefined,
  width: number,
): { time: number | undefined; value: number } {
  const names = (header ?? []).map((name) => name.toLowerCase());
  const named = names.findIndex((name) => valueNames.has(name));
  if (width === 1) return { time: undefined, value: 0 };
  const time = Math.max(
    0,
    names.findIndex((name) => timeNames.has(name)),
  );
  return { time, value: named >= 0 ? named : time === 0 ? 1 : 0 };
}

function numberOf(cell: string, line: number): number {
  if (missing.has(cell.toLowerCase())) return Number.NaN;
  const value = Number(cell);
  if (!Number.isFinite(value))
    throw new CsvError(`line ${line}: ${JSON.stringify(cell)} is no finite number`);
  return value;
}

function timeOf(cell: string, line: number): { value: number; isNumber: boolean } {
  if (cell !== '' && Number.isFinite(Number(cell))) return { value: Number(cell), isNumber: true };
  const match =
    /^(\d{4}-\d{2}(?:-\d{2})?)(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
      cell,
    );
  const [, day = '', clock = '00:00', zone = 'Z'] = match ?? [];
  const value =
    match === null
      ? Number.NaN
      : Date.parse(`${day.padEnd(10, '-01')}T${clock.replace(',', '.')}${zone.toUpperCase()}`);
  if (Number.isNaN(value)) throw new CsvError(`line ${line}: ${JSON.stringify(cell)} is no time`);
  return { value, isNumber: false };
}

/** Seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by their size. */
function epochMs(stamp: number): number {
  const size = Math.abs(stamp);
  if (size < 1e11) return stamp * 1e3;
  if (size < 1e14) return stamp;
  return size < 1e17 ? stamp / 1e3 : stamp / 1e6;
}
