/**
 * Traces with one event per line. The file is read twice: the first reading
 * hashes its content and checks every row, so that a file with a bad row is
 * refused before anything of it is sent; the second gives the events.
 */

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { type Instant, type RequestEvent } from '@bellwether/events';
import { readLines } from './lines.ts';
import { ReplayError, type ReplayRow, type Trace, type TraceOptions } from './trace.ts';

/** What a line says; the id is optional, since most formats have none. */
export interface LineEvent {
  readonly event: RequestEvent;
  readonly instant: Instant;
}

/**
 * Reads a file's lines one after the other.
 *
 * @returns the line's event, or `null` for a line without one (a header, an empty line).
 * @throws ReplayError of kind `bad_row`.
 */
export type LineReader = (line: string, row: number) => LineEvent | null;

/** A format of one event per line. */
export interface LineFormat {
  /** Makes a reader, which may keep what it learns from earlier lines. */
  reader(options: TraceOptions): LineReader;
  /** Where a trace with relative times starts unless told otherwise; absent if its times are absolute. */
  readonly defaultStart?: Instant;
}

/** How much of the content's hash an id carries: 128 bits, in hexadecimal digits. */
const HASH_DIGITS = 32;

const EPOCH: Instant = { epochSeconds: 0, nanoseconds: 0 };

/** The part of the ids that stands for the content of a file. */
export function idPrefixOf(contentSha256: string): string {
  return contentSha256.slice(0, HASH_DIGITS);
}

/** Reads a file once and gives its trace. */
export async function openLineTrace(format: LineFormat, options: TraceOptions): Promise<Trace> {
  const { path, onChecked } = options;
  const hash = createHash('sha256');
  const read = format.reader(options);
  const version = await versionOf(path);
  let eventsTotal = 0;
  let lastRow = 0;
  let first: Instant | undefined;
  for await (const { firstRow, lines } of readLines(path, hash)) {
    for (const [index, line] of lines.entries()) {
      const found = read(line, firstRow + index);
      if (found === null) continue;
      eventsTotal += 1;
      first ??= found.instant;
    }
    lastRow = firstRow + lines.length - 1;
    onChecked?.(eventsTotal);
  }
  const idPrefix = idPrefixOf(hash.digest('hex'));
  const defaultStart = format.defaultStart ?? null;
  return {
    eventsTotal,
    origin: defaultStart === null ? (first ?? EPOCH) : EPOCH,
    defaultStart,
    rows: async function* rows() {
      if ((await versionOf(path)) !== version) throw changed(path);
      yield* readRows(path, { read: format.reader(options), idPrefix, lastRow });
    },
  };
}

async function* readRows(
  path: string,
  { read, idPrefix, lastRow }: { read: LineReader; idPrefix: string; lastRow: number },
): AsyncGenerator<readonly ReplayRow[], void, undefined> {
  for await (const { firstRow, lines } of readLines(path)) {
    const rows: ReplayRow[] = [];
    for (const [index, line] of lines.entries()) {
      const row = firstRow + index;
      // What was appended since the first reading is not in the hash, and so has no id.
      if (row > lastRow) throw changed(path);
      const found = read(line, row);
      if (found === null) continue;
      const { event, instant } = found;
      event.id ??= `${idPrefix}-${row}`;
      rows.push({ row, event: event as ReplayRow['event'], instant });
    }
    yield rows;
  }
}

/** What changes when a file is written to. */
async function versionOf(path: string): Promise<string> {
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch (error) {
    throw new ReplayError('unreadable', `The file ${path} does not exist or may not be read.`, {
      cause: error,
    });
  }
}

function changed(path: string): ReplayError {
  return new ReplayError('unreadable', `The file ${path} was written to while it was being read.`);
}
