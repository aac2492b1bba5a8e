/**
 * One pass over the rollups: computes what is due under a new version and publishes it
 * with one row. A crash before that row leaves cells that do not count, which the next
 * pass removes; doing a pass again gives the same.
 */

import type { LedgerConnection } from '../ledger/connection.ts';
import { countingEvents, readKeptDays } from '../ledger/kept-days.ts';
import { ROLLUP_CHANGES } from '../ledger/row-changes.ts';
import { both, type Condition } from '../ledger/time-range.ts';
import { buildDays, buildFromRows } from './build.ts';
import {
  changedHours,
  type DueHour,
  firstHour,
  lateHours,
  newHours,
  publishedCells,
  requestsPerUserHour,
} from './due.ts';
import { frozenDays } from './frozen-days.ts';
import { DAY, HOUR, MINUTE, rollupSets, rollupsWithHours } from './rollup-sets.ts';
import { engineTime, publish, removeUnpublished } from './publish.ts';
import { readRollupState, type RollupState, STALE } from './rollup-state.ts';

/** Rows of one statement: its cells are held in memory, a few for each row where traffic is thin. */
const STATEMENT_ROWS_MAX = 50_000;
/** Hours, or days, that one statement names. */
const STATEMENT_STARTS_MAX = 100;
/** The time, in seconds, that one statement reaches over: some 32 months, each of which is a part with syncs of its own. */
const STATEMENT_SPAN_MAX = 32 * 30 * DAY;
/** New rows after which a pass publishes what it has and leaves the rest to the next one. */
const PASS_ROWS_MAX = 2_000_000;

/** Shares of a rollup's density, from which its finest cells are kept and below which they are given up. */
export interface FineShares {
  readonly from: number;
  readonly until: number;
}

/** What is given up is not computed again, so it is not given up at once. */
export const FINE_SHARES: FineShares = { from: 1, until: 0.5 };

/** What a pass is given. */
export interface PassOptions {
  readonly connection: LedgerConnection;
  /** Everything up to this number of this journal is in the ledger. */
  readonly bound: { readonly journal: string; readonly seq: number };
  /** Hours that end later are left to the rows, epoch seconds. */
  readonly horizonMax: number;
  /** Where minutes and hours begin if nothing was computed yet, epoch seconds. */
  readonly minutesFrom: number;
  readonly hoursFrom: number;
  readonly fineShares: FineShares;
  readonly nowMs: number;
  /** Asked between statements: true to give the pass up. What it has written does not count, and the next removes it. */
  readonly isStopping?: () => boolean;
}

/** What a pass did. */
export interface PassReport {
  /** The version that was published; null if nothing was due. */
  readonly version: number | null;
  /** Hours that were computed for the first time, and again. */
  readonly newHours: number;
  readonly repairedHours: number;
  /** True if more hours wait for the next pass. */
  readonly hasMore: boolean;
}

/** Runs a pass. Nobody may change or remove rows meanwhile; rows may be added. */
export async function runPass(options: PassOptions): Promise<PassReport> {
  const { connection, bound, horizonMax } = options;
  const state = await stateFor(options);
  const fresh = await chooseNew(connection, state, horizonMax);
  const late = await lateHours(connection, state, bound);
  const changed = await changedHours(connection, state, state.changed);
  const isDue =
    fresh.horizon > state.horizon ||
    late.length > 0 ||
    state.changed.length > 0 ||
    bound.seq > state.seq ||
    bound.journal !== state.journal;
  const report = {
    newHours: fresh.hours.length,
    repairedHours: new Set([...late, ...changed]).size,
    hasMore: fresh.horizon < horizonMax,
  };
  if (!isDue) return { version: null, ...report };
  await new Pass(options, state, fresh.horizon).run(fresh.hours, late, changed);
  return { version: state.version + 1, ...report };
}

/** The state to go on from; of a journal that has not been read before nothing is in the cells. */
async function stateFor({ connection, bound }: PassOptions): Promise<RollupState> {
  const state = await readRollupState(connection);
  if (state.journal === bound.journal) return state;
  const all = { id: 0, from: 0, to: state.horizon };
  // Another journal took the place of the one before: rows of that one that no pass has seen are found by looking at all.
  return { ...state, seq: 0, changed: state.horizon > 0 ? [...state.changed, all] : state.changed };
}

/** The next hours, and the horizon behind them. */
async function chooseNew(
  connection: LedgerConnection,
  state: RollupState,
  horizonMax: number,
): Promise<{ readonly horizon: number; readonly hours: readonly DueHour[] }> {
  const from = state.horizon > 0 ? state.horizon : ((await firstHour(connection)) ?? horizonMax);
  if (from >= horizonMax) return { horizon: Math.max(state.horizon, Math.min(from, horizonMax)), hours: [] };
  const hours = await newHours(connection, from, horizonMax);
  let rows = 0;
  const taken = hours.findIndex((hour) => (rows += hour.rows) > PASS_ROWS_MAX);
  if (taken < 0) return { horizon: horizonMax, hours };
  const chosen = hours.slice(0, taken + 1);
  return { horizon: (chosen.at(-1)?.hour ?? from) + HOUR, hours: chosen };
}

/** The work of one pass. */
class Pass {
  readonly #options: PassOptions;
  readonly #before: RollupState;
  readonly #version: number;
  readonly #horizon: number;

  constructor(options: PassOptions, before: RollupState, horizon: number) {
    this.#options = options;
    this.#before = before;
    this.#version = before.version + 1;
    this.#horizon = horizon;
  }

  async run(fresh: readonly DueHour[], late: readonly number[], changed: readonly number[]): Promise<void> {
    const { connection } = this.#options;
    await removeUnpublished(connection, this.#before.version);
    const kept = await readKeptDays(connection);
    const frozen = await frozenDays(connection, kept);
    const isFrozen = (start: number): boolean => frozen.has(dayOf(start));
    // Of a day whose rows are gone nothing can be computed anew: what came late is added in cells of its own.
    const [added, repaired] = [
      late.filter(isFrozen),
      [...late, ...changed].filter((hour) => !isFrozen(hour)),
    ];
    const all = countingEvents(kept);
    const { journal, seq } = this.#options.bound;
    const bounded = both(all, {
      sql: '(journal != {until_journal:String} OR seq <= {until_seq:UInt64})',
      parameters: { until_journal: journal, until_seq: seq },
    });
    const onlyLate = both(bounded, {
      sql: 'journal = {late_journal:String} AND seq > {late_seq:UInt64}',
      parameters: { late_journal: journal, late_seq: this.#before.seq },
    });
    const again = [...new Set(repaired)].toSorted((a, b) => a - b);
    await this.#markStale(HOUR, again);
    const parts = [
      [[...(await this.#withRows(again)), ...fresh], bounded],
      [await this.#withRows(added), onlyLate],
    ] as const;
    for (const [hours, rows] of parts) await this.#buildHours(hours, rows);
    const days = this.#daysDue([...again, ...fresh.map(({ hour }) => hour)]);
    const addedDays = this.#daysDue(added).filter((day) => day + DAY <= this.#before.horizon);
    const wholeDays = days.filter((day) => !addedDays.includes(day));
    await this.#markStale(DAY, wholeDays);
    await this.#buildDays(wholeDays, bounded, false);
    await this.#buildDays(addedDays, onlyLate, true);
    const fineFrom = await this.#fineFrom(fresh);
    for (const [hours, rows] of parts) await this.#buildFine(hours, rows, fineFrom);
    await this.#publish(fineFrom);
  }

  /** Days that are over and have one of these hours, and those that the new horizon closes. */
  #daysDue(hours: readonly number[]): number[] {
    const days = new Set(hours.map((hour) => Math.floor(hour / DAY) * DAY));
    const opened = Math.floor(this.#before.horizon / DAY) * DAY;
    // The day that was open at the last pass has cells of hours from then.
    if (this.#before.horizon > 0) days.add(opened);
    return [...days].filter((day) => day + DAY <= this.#horizon).toSorted((a, b) => a - b);
  }

  async #withRows(hours: readonly number[]): Promise<DueHour[]> {
    const [first, last] = [hours[0], hours.at(-1)];
    if (first === undefined || last === undefined) return [];
    const counted = await newHours(this.#options.connection, first, last + HOUR);
    const wanted = new Set(hours);
    return counted.filter(({ hour }) => wanted.has(hour));
  }

  async #markStale(width: number, starts: readonly number[]): Promise<void> {
    const { connection, nowMs } = this.#options;
    for (const group of inGroups(starts)) {
      const cells = await publishedCells(connection, this.#before, width, group);
      if (cells.length === 0) continue;
      const noted = engineTime(nowMs);
      const lines = cells.map(({ start, version }) =>
        JSON.stringify({ since: this.#version, width, at: start, version, noted_at: noted }),
      );
      await connection.insertJsonLines(STALE, [Buffer.from(`${lines.join('\n')}\n`)]);
    }
  }

  async #buildHours(hours: readonly DueHour[], rows: Condition): Promise<void> {
    const scope = { version: this.#version, rows };
    for (const set of rollupsWithHours)
      for (const group of byRows(hours)) {
        this.#goOn();
        await buildFromRows(this.#options.connection, set, HOUR, scope, group);
      }
  }

  /** Computes the finest cells of each rollup, where they are kept. */
  async #buildFine(
    hours: readonly DueHour[],
    rows: Condition,
    fineFrom: RollupState['minutesFrom'],
  ): Promise<void> {
    const scope = { version: this.#version, rows };
    for (const set of rollupSets) {
      const from = fineFrom[set.name] ?? this.#horizon;
      for (const group of byRows(hours.filter(({ hour }) => hour >= from))) {
        this.#goOn();
        await buildFromRows(this.#options.connection, set, set.fine.width, scope, group);
      }
    }
  }

  /**
   * Where the finest cells of each rollup begin: they are kept while cells of the next width have so many requests that
   * they are fewer than the rows. An hour without them is answered from rows.
   */
  async #fineFrom(fresh: readonly DueHour[]): Promise<Record<string, number>> {
    const { connection, minutesFrom: earliest, fineShares } = this.#options;
    const { horizon, minutesFrom: before } = this.#before;
    const density = await requestsPerCell(connection, this.#version);
    const found: Record<string, number> = {};
    for (const { name, fine } of rollupSets) {
      const from = before[name] ?? horizon;
      const areKept = from < horizon;
      const ofNext = density[`${name}.${fine.width === MINUTE ? HOUR : DAY}`];
      const has = ofNext ?? (fine.width === HOUR ? 24 * (await requestsPerUserHour(connection, fresh)) : 0);
      if (has < fine.densityFrom * fineShares[areKept ? 'until' : 'from']) found[name] = this.#horizon;
      else found[name] = areKept ? from : Math.max(horizon, earliest);
    }
    return found;
  }

  async #buildDays(days: readonly number[], rows: Condition, onlyThis: boolean): Promise<void> {
    const scope = { version: this.#version, rows };
    const cells = { version: this.#version, hasStale: true, onlyThis };
    for (const group of inGroups(days, 7)) {
      this.#goOn();
      await buildDays(this.#options.connection, scope, group, cells);
    }
  }

  /** @throws Error if the pass is to be given up. */
  #goOn(): void {
    if (this.#options.isStopping?.() === true) throw new Error('The pass was given up.');
  }

  async #publish(minutesFrom: RollupState['minutesFrom']): Promise<void> {
    const { connection, bound, nowMs } = this.#options;
    const repaired = this.#before.changed
      .filter(({ id }) => id > 0)
      .map(({ id, from, to }) => JSON.stringify({ id, from_at: from, to_at: to, repaired: this.#version }));
    if (repaired.length > 0)
      await connection.insertJsonLines(ROLLUP_CHANGES, [Buffer.from(`${repaired.join('\n')}\n`)]);
    const published = {
      version: this.#version,
      journal: bound.journal,
      seq: Math.max(bound.seq, this.#before.journal === bound.journal ? this.#before.seq : 0),
      horizon: this.#horizon,
      minutesFrom,
      hoursFrom: this.#before.version === 0 ? this.#options.hoursFrom : this.#before.hoursFrom,
      requestsPerCell: await requestsPerCell(connection, this.#version),
    };
    await publish(connection, published, nowMs);
  }
}

async function requestsPerCell(
  connection: LedgerConnection,
  version: number,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { name, table } of rollupSets) {
    const rows = await connection.query<{ width: number; requests: number; cells: number }>(
      `SELECT width, toFloat64(sum(requests)) AS requests, count() AS cells FROM ${table} WHERE version <= {version:UInt64} GROUP BY width`,
      { version },
    );
    for (const { width, requests, cells } of rows) found[`${name}.${width}`] = requests / cells;
  }
  return found;
}

function byRows(hours: readonly DueHour[]): number[][] {
  const groups: { rows: number; hours: number[] }[] = [];
  for (const { hour, rows } of hours) {
    const last = groups.at(-1);
    const fits =
      last !== undefined &&
      last.rows + rows <= STATEMENT_ROWS_MAX &&
      last.hours.length < STATEMENT_STARTS_MAX &&
      Math.abs(hour - (last.hours[0] ?? hour)) < STATEMENT_SPAN_MAX;
    if (fits) {
      last.hours.push(hour);
      last.rows += rows;
    } else groups.push({ rows, hours: [hour] });
  }
  return groups.map((group) => group.hours);
}

function inGroups(starts: readonly number[], size = STATEMENT_STARTS_MAX): number[][] {
  return Array.from({ length: Math.ceil(starts.length / size) }, (_, i) =>
    starts.slice(i * size, (i + 1) * size),
  );
}

function dayOf(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().slice(0, 10);
}
