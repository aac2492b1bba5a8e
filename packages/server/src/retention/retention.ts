/**
 * Retention: what is past its time goes. Events become charges by the day, which are
 * exact and kept longer; where the archive is on they are in it, checked, before they
 * go. Nothing goes before both its time and its arrival are past, by a clock that
 * cannot be set ahead.
 */

import type { Clock } from '../clock.ts';
import type { Archiver, ArchiveReport } from '../archive/archive.ts';
import { boundCondition, EVENTS, fixBound, type UpperBound } from '../export/scope.ts';
import type { Journal } from '../journal/journal.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import { CHARGES, countingCharges, type KeptDay, readKeptDays } from '../ledger/kept-days.ts';
import type { Ledger } from '../ledger/ledger.ts';
import {
  nextVersion,
  removeOldVersions,
  writeCharges,
  writeExpiredCharges,
  writeKeptDays,
} from '../ledger/charges.ts';
import { removeEvents } from './remove.ts';
import { type RemovedRecords, removeRecords } from './remove-records.ts';
import type { RetentionClock } from './retention-clock.ts';

const DAY_MS = 86_400_000;
/** Days that go together. */
const DAYS_AT_ONCE = 31;

/** How long things are kept, in days. */
export interface RetentionLimits {
  readonly eventsDays: number;
  /** At least as long as events. */
  readonly chargesDays: number;
  readonly samplesDays: number;
}

export interface RetentionOptions {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly time: RetentionClock;
  readonly limits: RetentionLimits;
  /** Where events are archived before they go; null if they are not. */
  readonly archive: { readonly archiver: Archiver; readonly directory: string } | null;
  /** Called with what was archived. */
  readonly onArchived: (report: ArchiveReport) => void;
}

/** A day whose events are past their retention. */
export interface DueDay {
  readonly day: string;
  readonly rows: number;
}

/** What would go now. */
export interface RetentionPlan {
  /** RFC 3339: events go whose day and arrival are before. */
  readonly events_before: string;
  readonly charges_before: string;
  readonly events: readonly DueDay[];
  /** Days of charges that are past their retention. */
  readonly charges: readonly string[];
  /** By how much retention's clock is behind the wall clock, in seconds. */
  readonly clock_behind_seconds: number;
}

/** What a run did. */
export interface RetentionReport {
  readonly events_removed: number;
  readonly days_removed: number;
  readonly parts_dropped: number;
  readonly archived_rows: number;
  readonly charge_days_removed: number;
  readonly identity_runs_removed: number;
  /** Ratings go as the events do that they are of. */
  readonly feedback_removed: number;
  readonly samples_removed: number;
  /** Events that are past their retention and still there, e.g. since the run was ended. */
  readonly events_left: number;
}

/** Told of each group of days that has gone. */
export type OnRemoved = (progress: { readonly days: readonly string[]; readonly rows: number }) => void;

export class Retention {
  readonly #options: RetentionOptions;
  #stopping = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Ends a run after the group of days that is under way. */
  stop(): void {
    this.#stopping = true;
  }

  /** What would go now. */
  async plan(): Promise<RetentionPlan> {
    const { time, limits } = this.#options;
    const nowMs = time.nowMs();
    const bound = await this.#bound();
    const kept = await readKeptDays(this.#connection);
    const eventsBefore = startOfDay(nowMs - limits.eventsDays * DAY_MS);
    const chargesBefore = startOfDay(nowMs - limits.chargesDays * DAY_MS);
    return {
      events_before: new Date(eventsBefore).toISOString(),
      charges_before: new Date(chargesBefore).toISOString(),
      events: await this.#dueEvents(eventsBefore, bound, kept, nowMs),
      charges: await this.#dueCharges(chargesBefore, kept),
      clock_behind_seconds: Math.round(time.behindMs / 1000),
    };
  }

  /** Removes what is past its time. Being broken off anywhere, it goes on where it was the next time. */
  async run(onRemoved: OnRemoved = () => undefined): Promise<RetentionReport> {
    this.#stopping = false;
    const bound = await this.#bound();
    await this.#finishRemovals();
    const plan = await this.plan();
    let [events, days, parts, archived] = [0, 0, 0, 0];
    for (let at = 0; at < plan.events.length && !this.#stopping; at += DAYS_AT_ONCE) {
      const group = plan.events.slice(at, at + DAYS_AT_ONCE).map(({ day }) => day);
      archived += await this.#archive(group, bound);
      await this.#turnIntoCharges(group, bound);
      const removed = await this.#finishRemovals();
      events += removed.rows;
      parts += removed.parts;
      days += group.length;
      onRemoved({ days: group, rows: removed.rows });
    }
    if (plan.charges.length > 0 && !this.#stopping) await this.#expireCharges(plan.charges);
    await removeOldVersions(this.#connection);
    const records = await this.#removeRecords(Date.parse(plan.events_before));
    return {
      events_removed: events,
      days_removed: days,
      parts_dropped: parts,
      archived_rows: archived,
      charge_days_removed: this.#stopping ? 0 : plan.charges.length,
      identity_runs_removed: await this.#expireIdentities(Date.parse(plan.charges_before)),
      feedback_removed: records.feedback,
      samples_removed: records.samples,
      events_left: (await this.plan()).events.reduce((sum, { rows }) => sum + rows, 0),
    };
  }

  async #removeRecords(feedbackBeforeMs: number): Promise<RemovedRecords> {
    if (this.#stopping) return { feedback: 0, samples: 0 };
    const { time, limits } = this.#options;
    const samplesBeforeMs = startOfDay(time.nowMs() - limits.samplesDays * DAY_MS);
    return removeRecords(this.#options.ledger, { feedbackBeforeMs, samplesBeforeMs });
  }

  get #connection(): LedgerConnection {
    return this.#options.ledger.connection;
  }

  #bound(): Promise<UpperBound> {
    return fixBound(this.#options.ledger, this.#options.journal);
  }

  /** Days before a time of which no event arrived later; one that did keeps its day. */
  async #dueEvents(
    beforeMs: number,
    bound: UpperBound,
    kept: readonly KeptDay[],
    nowMs: number,
  ): Promise<DueDay[]> {
    const { sql, parameters } = boundCondition(bound);
    const rows = await this.#connection.query<DueDay>(
      `SELECT toString(toDate(timestamp)) AS day, count() AS rows FROM ${EVENTS}
       WHERE timestamp < fromUnixTimestamp64Milli({before:Int64}) AND ${sql} GROUP BY day
       HAVING max(received_at) < fromUnixTimestamp64Milli({before:Int64}) ORDER BY day`,
      { ...parameters, before: beforeMs },
    );
    const busy = new Set(
      kept.filter((day) => day.state === 'restoring' || day.held_ms > nowMs).map(({ day }) => day),
    );
    return rows.filter(({ day }) => !busy.has(day));
  }

  async #dueCharges(beforeMs: number, kept: readonly KeptDay[]): Promise<string[]> {
    const before = new Date(beforeMs).toISOString().slice(0, 10);
    const { sql, parameters } = countingCharges(kept, false);
    const rows = await this.#connection.query<{ due: string }>(
      `SELECT toString(day) AS due FROM ${CHARGES} WHERE ${sql} AND day < toDate({before:String})
       GROUP BY day HAVING max(arrived) < toDate({before:String}) ORDER BY day`,
      { ...parameters, before },
    );
    // A day whose events were brought back is not past.
    const there = new Set(kept.filter(({ state }) => state === 'removed').map(({ day }) => day));
    return rows.map(({ due }) => due).filter((day) => there.has(day));
  }

  async #archive(days: readonly string[], bound: UpperBound): Promise<number> {
    const { archive } = this.#options;
    if (archive === null) return 0;
    const { archiver, directory } = archive;
    const report = await archiver.archive(directory, days, bound);
    this.#options.onArchived(report);
    for (const day of days) {
      const missing = await archiver.missing(directory, day, bound);
      if (missing > 0)
        throw new Error(`${missing} events of ${day} are not in the archive; none of it goes.`);
    }
    return report.rows;
  }

  /** From here on the days' charges count, and their events do not. */
  async #turnIntoCharges(days: readonly string[], bound: UpperBound): Promise<void> {
    const version = await nextVersion(this.#connection);
    await writeCharges(this.#connection, { days, bound, version, events: 'added' });
    const rows = days.map((day): KeptDay => {
      const { journal, seq } = bound;
      const head = { day, version, charges: version, state: 'removing' } as const;
      return { ...head, bound_journal: journal, bound_seq: seq, held_ms: 0 };
    });
    await writeKeptDays(this.#connection, rows, this.#options.clock.nowMs());
  }

  /** Takes the events off the disk that do not count any more: those of this run and of one that was broken off. */
  async #finishRemovals(): Promise<{ readonly rows: number; readonly parts: number }> {
    const nowMs = this.#options.clock.nowMs();
    const days = (await readKeptDays(this.#connection)).filter(
      ({ state, held_ms: heldMs }) => state === 'removing' || (state === 'restoring' && heldMs < nowMs),
    );
    let [rows, parts] = [0, 0];
    for (const group of Map.groupBy(days, (day) => `${day.bound_journal} ${day.bound_seq}`).values()) {
      const [first] = group;
      if (first === undefined) continue;
      const bound = { journal: first.bound_journal, seq: first.bound_seq };
      const names = group.map(({ day }) => day);
      // Rollups keep the sums of these rows; nobody may compute them from what is left in between.
      const removed = await this.#options.ledger.rowChanges.apart(() =>
        removeEvents(this.#connection, names, bound),
      );
      const version = await nextVersion(this.#connection);
      const done = group.map((day): KeptDay => ({ ...day, version, state: 'removed' }));
      await writeKeptDays(this.#connection, done, nowMs);
      rows += removed.rows;
      parts += removed.parts;
    }
    return { rows, parts };
  }

  async #expireCharges(days: readonly string[]): Promise<void> {
    const connection = this.#connection;
    const version = await nextVersion(connection);
    const kept = (await readKeptDays(connection)).filter(({ day }) => days.includes(day));
    await writeExpiredCharges(connection, days, version);
    const rows = kept.map((day): KeptDay => ({ ...day, version, charges: version, state: 'expired' }));
    await writeKeptDays(connection, rows, this.#options.clock.nowMs());
  }

  /**
   * Forgets identities of which nothing is left to count twice: they arrived before the retention of charges, and
   * before every event and every charge that is there still. A re-send that old is a new event, and the only one.
   */
  async #expireIdentities(beforeMs: number): Promise<number> {
    const { sql, parameters } = countingCharges(await readKeptDays(this.#connection), false);
    const [oldest] = await this.#connection.query<{ events: number; charges: number }>(
      `SELECT (SELECT toUnixTimestamp64Milli(min(received_at)) FROM ${EVENTS}) AS events,
       (SELECT toUnixTimestamp(toDateTime(min(arrived), 'UTC')) * 1000 FROM ${CHARGES} WHERE ${sql}) AS charges`,
      parameters,
    );
    const bounds = [beforeMs, oldest?.events ?? 0, oldest?.charges ?? 0].filter((ms) => ms > 0);
    return this.#options.journal.expireIdentities(Math.min(...bounds));
  }
}

function startOfDay(epochMs: number): number {
  return Math.floor(epochMs / DAY_MS) * DAY_MS;
}
