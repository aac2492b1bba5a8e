/**
 * Reads a series from CSV as it streams in: columns `timestamp,value`, with or
 * without a header, in steps of any length. Only as much is held as one chunk.
 */

import { parseInstant } from './instants.ts';

/** One row of a series. */
export interface SeriesRow {
  /** The line it stands on, from 1. */
  readonly line: number;
  /** The timestamp as it stands there. */
  readonly timestamp: string;
  readonly timestampMs: number;
  readonly value: number;
}

/** A row that cannot be read. */
export class SeriesCsvError extends Error {
  override readonly name = 'SeriesCsvError';
  /** The line it stands on, from 1. */
  readonly line: number;

  /** @param line the line of the row, from 1. */
  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
    this.line = line;
  }
}

/** Lines longer than this are refused, so that a file without line ends does not fill the memory. */
const LINE_CHARACTERS_MAX = 65_536;
const SHOWN_CHARACTERS_MAX = 60;
/** Larger values are refused: no measurement is so large, and differences of such would overflow. */
const VALUE_MAX = 1e300;

/**
 * Reads rows, a batch per chunk.
 *
 * @throws SeriesCsvError for a row without an instant or without a number as its value; an empty cell is neither.
 */
export async function* readSeries(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly SeriesRow[]> {
  // It also takes off a byte order mark.
  const decoder = new TextDecoder();
  const reader = new RowReader();
  let rest = '';
  for await (const chunk of chunks) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf('\n');
    rest = text.slice(end + 1);
    if (end >= 0) yield reader.rows(text.slice(0, end));
    if (rest.length > LINE_CHARACTERS_MAX)
      throw new SeriesCsvError(reader.line + 1, `longer than ${LINE_CHARACTERS_MAX} characters`);
  }
  rest += decoder.decode();
  if (rest !== '') yield reader.rows(rest);
}

/** Knows the columns and the line it is on. */
class RowReader {
  /** The number of the last line read. */
  line = 0;
  #timeColumn = 0;
  #valueColumn = 1;
  #begun = false;

  /** The rows of some whole lines. */
  rows(text: string): SeriesRow[] {
    const rows: SeriesRow[] = [];
    for (const content of text.split('\n')) {
      this.line += 1;
      const line = content.endsWith('\r') ? content.slice(0, -1) : content;
      const cells = cellsOf(line);
      if (cells.length === 1 && cells[0] === '') continue;
      if (!this.#begun) {
        this.#begun = true;
        if (this.#isHeader(cells)) continue;
      }
      rows.push(this.#row(cells));
    }
    return rows;
  }

  /** Whether the first row names columns; if it does, takes note of which is which. */
  #isHeader(cells: readonly string[]): boolean {
    const names = cells.map((cell) => cell.toLowerCase());
    const isHeader =
      names.length > 1 && names.every((name) => Number.isNaN(parseInstant(name)) && !isNumber(name));
    if (!isHeader) return false;
    if (names.includes('timestamp') && names.includes('value')) {
      this.#timeColumn = names.indexOf('timestamp');
      this.#valueColumn = names.indexOf('value');
    }
    return true;
  }

  #row(cells: readonly string[]): SeriesRow {
    const timestamp = cells[this.#timeColumn];
    const number = cells[this.#valueColumn];
    if (timestamp === undefined || number === undefined)
      throw new SeriesCsvError(this.line, 'a timestamp and a value are needed');
    const timestampMs = parseInstant(timestamp);
    if (Number.isNaN(timestampMs))
      throw new SeriesCsvError(this.line, `${shown(timestamp)} is not a timestamp`);
    if (!isNumber(number))
      throw new SeriesCsvError(this.line, `${shown(number)} is not a number within ${VALUE_MAX}`);
    return { line: this.line, timestamp, timestampMs, value: Number(number) };
  }
}

function cellsOf(line: string): string[] {
  if (!line.includes('"')) return plainCells(line);
  return Array.from(line.matchAll(/\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(?:,|$)/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'),
  );
}

function plainCells(line: string): string[] {
  const cells: string[] = [];
  let from = 0;
  for (let comma = line.indexOf(','); comma >= 0; comma = line.indexOf(',', from)) {
    cells.push(line.slice(from, comma).trim());
    from = comma + 1;
  }
  cells.push(line.slice(from).trim());
  return cells;
}

function isNumber(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) && Math.abs(Number(text)) <= VALUE_MAX;
}

function shown(text: string): string {
  return JSON.stringify(
    text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text,
  );
}
