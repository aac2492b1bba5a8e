/** Counts what became of the rows of a replay. */

import type { Clock } from '../clock.ts';
import type { TraceFormat } from './formats.ts';
import { grouped } from './progress.ts';
import type { ReplayRow } from './trace.ts';
import type { Receipt } from './answers.ts';

/** What became of a replay. The counts are of rows that the server has taken. */
export interface ReplaySummary {
  readonly file: string;
  readonly format: TraceFormat;
  /** Rows that were sent and taken, of all that are to be sent. */
  readonly rows: number;
  readonly rowsTotal: number;
  /** Of those, the ones that were new to the server, and the ones that it had already. */
  readonly accepted: number;
  readonly duplicates: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Time spent on sending. */
  readonly seconds: number;
}

/** The running count. */
export class Tally {
  rows = 0;
  /** The batch that failed first. */
  failed: readonly ReplayRow[] = [];
  readonly #file: string;
  readonly #format: TraceFormat;
  readonly #rowsTotal: number;
  readonly #clock: Clock;
  readonly #startMs: number;
  #accepted = 0;
  #duplicates = 0;
  #inputTokens = 0;
  #outputTokens = 0;

  constructor(file: string, format: TraceFormat, rowsTotal: number, clock: Clock) {
    this.#file = file;
    this.#format = format;
    this.#rowsTotal = rowsTotal;
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  /** Counts a batch that the server has taken. */
  add(rows: readonly ReplayRow[], { accepted, duplicates }: Receipt): void {
    this.rows += rows.length;
    this.#accepted += accepted;
    this.#duplicates += duplicates;
    for (const { event } of rows) {
      this.#inputTokens += event.input_tokens ?? 0;
      this.#outputTokens += event.output_tokens ?? 0;
    }
  }

  /** How far the replay came, as a sentence. */
  progress(): string {
    if (this.rows === 0) return 'No row was stored by this replay.';
    return `${grouped(this.rows)} of ${grouped(this.#rowsTotal)} rows are stored; replaying the file again does not count them twice.`;
  }

  summary(): ReplaySummary {
    return {
      file: this.#file,
      format: this.#format,
      rows: this.rows,
      rowsTotal: this.#rowsTotal,
      accepted: this.#accepted,
      duplicates: this.#duplicates,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      seconds: (this.#clock.monotonicMs() - this.#startMs) / 1000,
    };
  }
}
