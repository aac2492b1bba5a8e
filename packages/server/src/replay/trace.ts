/**
 * What every trace format gives to replay: rows in the file's order, each an
 * event with an id of its own and the instant it belongs to.
 */

import type { Instant, RequestEvent } from '@bellwether/events';

/** One row of a trace file as an event. */
export interface ReplayRow {
  /** The line of the file that it comes from; the first line is 1. */
  readonly row: number;
  readonly event: RequestEvent & { id: string };
  /** The event's timestamp as the file has it. */
  readonly instant: Instant;
}

/** A trace file that has been read once, and found to be good. */
export interface Trace {
  /** How many events its rows make. */
  readonly eventsTotal: number;
  /** What `--start` is the new place of: the first row's instant, or the zero of a trace with relative times. */
  readonly origin: Instant;
  /** Where the origin goes unless told otherwise; `null` where the file's own times are absolute. */
  readonly defaultStart: Instant | null;
  /** The rows, in blocks. Can be called again, and then gives the same rows under the same ids. */
  rows(): AsyncGenerator<readonly ReplayRow[], void, undefined>;
}

/** What the formats can be told. */
export interface TraceOptions {
  readonly path: string;
  /** Provider and model of rows that name none. */
  readonly provider?: string;
  readonly model?: string;
  /** Take repeated blocks of a mooncake trace for prompt-cache reads. */
  readonly prefixCache?: boolean;
  /** The seed of what is drawn where a trace has distributions only. */
  readonly seed?: number;
  /** The wall clock, for the check that no event lies in the future. */
  readonly nowMs: number;
  /** Called now and then during the first reading, with the rows read so far. */
  readonly onChecked?: (rows: number) => void;
}

/** Why a replay could not go on. */
export type ReplayFailure = 'unreadable' | 'bad_row' | 'refused' | 'unreachable' | 'interrupted';

/** A failure of a replay, in words for the person who started it. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly failure: ReplayFailure;
  /** The line of the file at fault, where there is one. */
  readonly row: number | undefined;

  constructor(failure: ReplayFailure, message: string, options: ErrorOptions & { row?: number } = {}) {
    super(message, options);
    this.failure = failure;
    this.row = options.row;
  }
}

/** A row that is not what its format says, with its line in the message. */
export function badRow(row: number, reason: string, cause?: unknown): ReplayError {
  return new ReplayError('bad_row', `Row ${row}: ${reason}`, { row, cause });
}
