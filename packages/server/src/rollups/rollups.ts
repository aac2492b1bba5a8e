/**
 * Keeps the rollups: computes hours once they are over, repairs those that late rows came
 * to or whose rows were changed, and removes what is no longer needed. Questions are
 * answered right however far behind it is, since what is not in cells is read from rows.
 */

import type { Clock, ClockTimer } from '../clock.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { TakeTurn } from '../ledger/turns.ts';
import type { Log } from '../log.ts';
import { type CellLimits, type ExpiredCells, removeExpired, removeStale } from './expire.ts';
import { FINE_SHARES, type FineShares, type PassReport, runPass } from './pass.ts';
import { HOUR } from './rollup-sets.ts';
import { readRollupState } from './rollup-state.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** How often it is looked whether something is due. */
const LOOK_MS = 60_000;
/** How long an hour has been over when it is computed, so that most of its late rows are there. */
const SETTLED_MS = 5 * 60_000;
/** How long late rows wait for others to be taken in with. */
const LATE_MS = 5 * 60_000;
/** How often cells that were computed anew are removed. */
const STALE_MS = HOUR_MS;

export interface RollupsOptions {
  readonly connection: LedgerConnection;
  /** The last row of the journal that the ledger holds without a gap before it. Fails while it does not catch up. */
  readonly bound: () => Promise<{ readonly journal: string; readonly seq: number }>;
  /** Waits until nobody changes or removes rows. */
  readonly takeTurn: TakeTurn;
  readonly clock: Clock;
  readonly log: Log;
  /** How long cells are kept, in days. */
  readonly minutesDays: number;
  readonly hoursDays: number;
  readonly fineShares?: FineShares;
}

export class Rollups {
  readonly #options: RollupsOptions;
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopping = false;
  #failed = false;
  #lastPassMs = Number.NEGATIVE_INFINITY;
  #lastStaleMs = Number.NEGATIVE_INFINITY;

  constructor(options: RollupsOptions) {
    this.#options = options;
  }

  /** Computes everything that is due now, pass by pass. Stops early if told to. */
  async catchUp(): Promise<PassReport> {
    let [repairedHours, newHours] = [0, 0];
    for (;;) {
      const report = await this.#options.takeTurn(() => this.#pass());
      repairedHours += report.repairedHours;
      newHours += report.newHours;
      if (!report.hasMore || this.#stopping) return { ...report, newHours, repairedHours };
    }
  }

  /** Removes cells past their retention by `nowMs`, the clock of retention, which cannot be set ahead. */
  async expire(nowMs: number): Promise<ExpiredCells> {
    const { connection, takeTurn, clock } = this.#options;
    return takeTurn(() => removeExpired(connection, this.#limits(nowMs), clock.nowMs()));
  }

  /** Looks every minute from now on. */
  start(): void {
    this.#timer = this.#options.clock.setTimeout(() => this.#look(), 0);
  }

  /** Gives up the pass that is under way, after its statement. */
  stop(): void {
    this.#stopping = true;
    this.#options.clock.clearTimeout(this.#timer);
  }

  /** Waits for its end. */
  async close(): Promise<void> {
    this.stop();
    await this.#running;
  }

  #look(): void {
    this.#running = this.#lookOnce().finally(() => {
      if (this.#stopping) return;
      this.#timer = this.#options.clock.setTimeout(() => this.#look(), LOOK_MS);
      this.#timer.unref();
    });
  }

  async #lookOnce(): Promise<void> {
    const { connection, clock, log, takeTurn } = this.#options;
    try {
      const nowMs = clock.nowMs();
      // Pauses are measured by time that passes: a clock that is set back would make one last for days.
      const passedMs = clock.monotonicMs();
      const state = await readRollupState(connection);
      const isDue =
        this.#horizonMax(nowMs) > state.horizon ||
        state.changed.length > 0 ||
        passedMs - this.#lastPassMs >= LATE_MS;
      if (isDue) {
        await this.catchUp();
        this.#lastPassMs = passedMs;
      }
      if (passedMs - this.#lastStaleMs >= STALE_MS && !this.#stopping) {
        await takeTurn(() => removeStale(connection, nowMs));
        this.#lastStaleMs = passedMs;
      }
      this.#failed = false;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      // Every minute the same line would hide the others.
      if (!this.#failed && !this.#stopping)
        log.warn({ problem }, 'the rollups could not be computed; trying again');
      this.#failed = true;
    }
  }

  async #pass(): Promise<PassReport> {
    const { connection, bound, clock, fineShares = FINE_SHARES } = this.#options;
    const nowMs = clock.nowMs();
    return runPass({
      connection,
      bound: await bound(),
      horizonMax: this.#horizonMax(nowMs),
      ...this.#limits(nowMs),
      fineShares,
      nowMs,
      isStopping: () => this.#stopping,
    });
  }

  #limits(nowMs: number): CellLimits {
    const { minutesDays, hoursDays } = this.#options;
    const startOf = (days: number): number =>
      Math.max(0, Math.floor((nowMs - days * DAY_MS) / DAY_MS) * (DAY_MS / 1000));
    return { minutesFrom: startOf(minutesDays), hoursFrom: startOf(hoursDays) };
  }

  #horizonMax(nowMs: number): number {
    return floorHour(nowMs - SETTLED_MS);
  }
}

function floorHour(epochMs: number): number {
  return Math.max(0, Math.floor(epochMs / HOUR_MS) * HOUR);
}
