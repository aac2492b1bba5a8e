/**
 * Writes business figures to the SQL server, again and again: the days that have
 * changed since the last time, each as a whole. A server that is away delays them:
 * what is to be written is on disk, and a day that is written twice is the same.
 */

import type { Clock, ClockTimer } from '../../clock.ts';
import type { HourChanges, LedgerMark } from '../../ledger/changed-hours.ts';
import { LEDGER_DATABASE, type LedgerConnection } from '../../ledger/connection.ts';
import { readKeptDays } from '../../ledger/kept-days.ts';
import type { BusinessSettings } from '../settings.ts';
import { readDayRows } from './day-rows.ts';
import type { ExportState } from './export-state.ts';
import type { DayRows } from './sql-target.ts';

/** Pauses after a failure: the first, and the longest. */
const RETRY_MS = 1000;
const RETRY_MS_MAX = 300_000;

/** Somewhere that days are written to. */
export interface DayTarget {
  /** True if it was empty, so that everything is to be written. */
  readonly isNew: boolean;
  writeDay(day: number, rows: DayRows): Promise<void>;
  close(): Promise<void>;
}

/** How the export fares. */
export interface ExportStatus {
  /** Days that wait to be written. */
  readonly pendingDays: number;
  /** When everything was written at last, epoch milliseconds; `null` if it never was. */
  readonly completeMs: number | null;
  /** Why the last run failed; `null` if it did not. */
  readonly problem: string | null;
}

export interface SqlExporterOptions {
  readonly connection: LedgerConnection;
  readonly clock: Clock;
  readonly state: ExportState;
  readonly settings: BusinessSettings;
  /** Names the target and what the figures depend on besides the ledger: another name writes everything. */
  readonly targetName: string;
  /** Opens the target; it is closed at once when `signal` is aborted. */
  readonly open: (signal: AbortSignal) => Promise<DayTarget>;
  /** Which hours of the ledger have changed; see `changedHours`. */
  readonly changes: (mark: LedgerMark | null) => Promise<HourChanges>;
  readonly intervalMs: number;
  /** Hears of each day that was written. */
  readonly onDay: () => void;
  /** Hears of each run that failed. */
  readonly onFailure: (error: unknown) => void;
  /** Hears how many days wait, again and again while days are written. */
  readonly onPending: (days: number) => void;
  /** Hears of each run that ended, with how it stands. */
  readonly onRun: (status: ExportStatus) => void;
}

export class SqlExporter {
  readonly #options: SqlExporterOptions;
  #status: ExportStatus = { pendingDays: 0, completeMs: null, problem: null };
  #timer: ClockTimer | undefined;
  #running = Promise.resolve();
  #retryMs = RETRY_MS;
  readonly #stopping = new AbortController();
  /** Whether the target was seen in this life of the process: it may have been emptied before. */
  #wasOpen = false;

  constructor(options: SqlExporterOptions) {
    this.#options = options;
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  get status(): ExportStatus {
    return this.#status;
  }

  /** Begins; the ledger must be ready. */
  start(): void {
    this.#running = this.#run();
  }

  /** Gives up what is under way, which stays to be written, and ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#options.clock.clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, intervalMs, state, onFailure, onRun } = this.#options;
    let pauseMs = intervalMs;
    try {
      await this.#lookAndWrite();
      this.#retryMs = RETRY_MS;
      const pendingDays = state.days().length;
      const completeMs = pendingDays === 0 ? clock.nowMs() : this.#status.completeMs;
      this.#status = { pendingDays, completeMs, problem: null };
    } catch (error) {
      pauseMs = Math.min(this.#retryMs, Math.max(intervalMs, RETRY_MS_MAX));
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
      const problem = error instanceof Error ? error.message : String(error);
      this.#status = { ...this.#status, pendingDays: pendingOf(state), problem };
      if (!this.#stopped) onFailure(error);
    }
    onRun(this.#status);
    if (this.#stopped) return;
    this.#timer = clock
      .setTimeout(() => {
        this.#running = this.#run();
      }, pauseMs)
      .unref();
  }

  async #lookAndWrite(): Promise<void> {
    const { connection, state, targetName, changes, settings, open, onDay } = this.#options;
    const { mark, hours } = await changes(state.mark(targetName));
    const changed = hours === null ? await this.#everyDay() : hours.map((hour) => Math.floor(hour / 24));
    state.note(targetName, mark, [...new Set(changed)]);
    if (this.#tellPending() === 0 && this.#wasOpen) return;
    const target = await open(this.#stopping.signal);
    this.#wasOpen = true;
    try {
      if (target.isNew) {
        state.note(targetName, mark, await this.#everyDay());
        this.#tellPending();
      }
      for (const day of state.days()) {
        if (this.#stopped) return;
        // What retention has removed from the ledger stays as it was written.
        const kept = new Set((await readKeptDays(connection)).map(({ day: name }) => name));
        if (!kept.has(new Date(day * 86_400_000).toISOString().slice(0, 10))) {
          await target.writeDay(day, {
            business_hourly: readDayRows(connection, day, 'hour', settings),
            business_daily: readDayRows(connection, day, 'day', settings),
            business_daily_totals: readDayRows(connection, day, 'total', settings),
          });
          onDay();
        }
        state.done(day);
        this.#tellPending();
      }
    } finally {
      await target.close();
    }
  }

  /** Tells how many days wait while a run is under way, which may take long. */
  #tellPending(): number {
    const pendingDays = this.#options.state.days().length;
    this.#status = { ...this.#status, pendingDays };
    this.#options.onPending(pendingDays);
    return pendingDays;
  }

  async #everyDay(): Promise<number[]> {
    const rows = await this.#options.connection.query<{ day: number }>(
      `SELECT DISTINCT toInt64(intDiv(toUnixTimestamp64Second(timestamp), 86400)) AS day FROM ${LEDGER_DATABASE}.events`,
    );
    return rows.map(({ day }) => day);
  }
}

function pendingOf(state: ExportState): number {
  try {
    return state.days().length;
  } catch {
    return 0;
  }
}
