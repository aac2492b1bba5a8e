/**
 * What keeps the ledger and hands it on: exports, archives and retention, made from
 * the stores. The server has it for as long as it runs, and commands open it without one.
 */

import { isAbsolute, join, resolve } from 'node:path';
import { BellwetherError } from '@bellwether/events';
import { type ArchiveReport, Archiver, type OnDay } from './archive/archive.ts';
import { ArchiveFiles } from './archive/archive-files.ts';
import { bringBack, type BringBackReport } from './archive/bring-back.ts';
import type { ResilientAuditLog } from './audit/index.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/index.ts';
import { Exporter } from './export/exporter.ts';
import { fixBound } from './export/scope.ts';
import type { Log } from './log.ts';
import { makeRollups } from './open-rollups.ts';
import type { Pricer } from './pricing/pricer.ts';
import { pathInside, rememberFile } from './retention/kept-files.ts';
import {
  type OnRemoved,
  Retention,
  type RetentionPlan,
  type RetentionReport,
} from './retention/retention.ts';
import { keepingStatePart, RetentionClock } from './retention/retention-clock.ts';
import { scheduleRetention } from './retention/schedule.ts';
import { askForReapply } from './erasure/tombstones.ts';
import type { Rollups } from './rollups/rollups.ts';
import { openStateDatabase, type StateDatabase } from './state/state-database.ts';
import type { Stores } from './stores.ts';

/** How long rows from the archive wait for the ledger to have what was taken before them. */
const SETTLE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface KeepingOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly stores: Stores;
  readonly pricer: Pricer;
  readonly audit: Pick<ResilientAuditLog, 'append'>;
  /** Who does what nobody has asked for by name, for the audit log. */
  readonly actor: string;
}

/** How to run retention. */
export interface RetainOptions {
  /** The wall clock is right, however far ahead it seems. */
  readonly trustClock: boolean;
  readonly onRemoved?: OnRemoved;
  /** Who asks; then it is accounted for even if nothing was past its retention. */
  readonly actor?: string;
}

/** What to bring back. */
export interface BringBackRequest {
  readonly directory: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** The parts, opened. */
export interface Keeping {
  readonly exporter: Exporter;
  /** What retention would remove now. */
  plan(): Promise<RetentionPlan>;
  /** Removes what is past its retention. */
  retain(options: RetainOptions): Promise<RetentionReport>;
  /** Archives the days before an instant. */
  archive(directory: string, beforeMs: number, onDay?: OnDay, actor?: string): Promise<ArchiveReport>;
  /** Brings days back from an archive. */
  bringBack(request: BringBackRequest, onDay?: OnDay, actor?: string): Promise<BringBackReport>;
  /** Runs retention by the clock from now on. */
  schedule(): void;
  /** Has what goes on end soon. */
  stop(): void;
  /** Waits for its end, and closes. */
  close(): Promise<void>;
}

/** Makes the parts. */
export function openKeeping(options: KeepingOptions): Keeping {
  const { config, clock, stores } = options;
  const { ledger, journal } = stores;
  const dataDirectory = config.storage.data_dir;
  const encrypted = config.storage.encryption_key_file !== '';
  const compressed = config.metrics.compression_enabled;
  const state = openStateDatabase({ dataDir: dataDirectory, clock, parts: [keepingStatePart] });
  const files = new ArchiveFiles(stores.keyRing);
  const archiver = new Archiver({ connection: ledger.connection, clock, compressed, files });
  const archiveDirectory = resolve(config.retention.archive_dir || join(dataDirectory, 'archive'));
  const time = new RetentionClock(state, clock);
  const retention = new Retention({
    ledger,
    journal,
    clock,
    time,
    // Read at each run, since they may change.
    limits: {
      get eventsDays() {
        return config.retention.events_days;
      },
      get chargesDays() {
        return config.retention.charges_days;
      },
      samplesDays: config.metrics.retention_days,
    },
    archive: config.metrics.archival_enabled ? { archiver, directory: archiveDirectory } : null,
    onArchived: (report) => rememberParts(state, dataDirectory, archiveDirectory, report),
  });
  const rollups = makeRollups(options);
  const jobs = new Jobs(options, { state, archiver, retention, time, rollups });
  let schedule: { stop(): Promise<void> } | null = null;
  const exporter = new Exporter({ ...options, ledger, journal, dataDirectory, compressed, encrypted });
  const stop = (): void => {
    exporter.stop();
    retention.stop();
    rollups.stop();
  };
  return {
    exporter,
    plan: () => retention.plan(),
    retain: (how) => jobs.retain(how),
    archive: (...args) => jobs.archive(...args),
    bringBack: (...args) => jobs.bringBack(...args),
    schedule() {
      schedule = scheduleRetention(clock, () => jobs.retainBySchedule());
    },
    stop,
    async close() {
      stop();
      await schedule?.stop();
      state.close();
    },
  };
}

interface JobParts {
  readonly state: StateDatabase;
  readonly archiver: Archiver;
  readonly retention: Retention;
  readonly time: RetentionClock;
  readonly rollups: Rollups;
}

/** The long pieces of work, one at a time, each accounted for. */
class Jobs {
  readonly #options: KeepingOptions;
  readonly #parts: JobParts;

  constructor(options: KeepingOptions, parts: JobParts) {
    this.#options = options;
    this.#parts = parts;
  }

  async retain({ trustClock, onRemoved, actor }: RetainOptions): Promise<RetentionReport> {
    const { retention, time, rollups } = this.#parts;
    const end = this.#options.stores.ledger.longWork.begin('Retention');
    try {
      if (trustClock) time.trustWall();
      // What is not in rollups yet would be in none once its rows are gone.
      await rollups.catchUp();
      const report = await retention.run(onRemoved);
      const cells = await rollups.expire(time.nowMs());
      const { metrics } = this.#options.stores;
      const past = report.events_removed + report.events_left;
      metrics.showRetention('events', past === 0 ? 1 : report.events_removed / past);
      const gone = cells.minutes + cells.hoursAndDays;
      const records = report.feedback_removed + report.samples_removed;
      const charges = report.charge_days_removed + report.identity_runs_removed;
      if (actor !== undefined || report.events_removed + charges + records + gone > 0)
        await this.#account('retention.ran', 'ledger', { ...report, rollup_cells_removed: gone }, actor);
      return report;
    } finally {
      end();
    }
  }

  /** Retention by the clock: what fails is logged and tried again the next time. */
  async retainBySchedule(): Promise<void> {
    const { log, stores } = this.#options;
    if (stores.ledger.loader === null || stores.ledger.longWork.current !== null) return;
    try {
      const report = await this.retain({ trustClock: false });
      if (report.events_removed > 0) log.info({ ...report }, 'events past their retention were removed');
    } catch (error) {
      log.error({ problem: String(error) }, 'retention failed; it goes on at its next run');
    }
  }

  async archive(directory: string, beforeMs: number, onDay?: OnDay, actor?: string): Promise<ArchiveReport> {
    const { archiver, state } = this.#parts;
    const { ledger, journal } = this.#options.stores;
    const path = absolute(directory);
    const end = ledger.longWork.begin('An archive');
    try {
      const bound = await fixBound(ledger, journal);
      const days = await archiver.days(bound, Math.floor(beforeMs / DAY_MS) * DAY_MS);
      const report = await archiver.archive(path, days, bound, onDay);
      rememberParts(state, this.#options.config.storage.data_dir, path, report);
      const { rows, bytes, unchanged } = report;
      await this.#account('archive.written', path, { days: days.length, unchanged, rows, bytes }, actor);
      return report;
    } finally {
      end();
    }
  }

  async bringBack(request: BringBackRequest, onDay?: OnDay, actor?: string): Promise<BringBackReport> {
    const { config, clock, stores } = this.#options;
    const { connection } = stores.ledger;
    const directory = absolute(request.directory);
    const end = stores.ledger.longWork.begin('A return from the archive');
    try {
      const holdMs = config.retention.restored_days * DAY_MS;
      const report = await bringBack({
        ...request,
        directory,
        connection,
        files: new ArchiveFiles(stores.keyRing),
        rowChanges: stores.ledger.rowChanges,
        learn: (source) => stores.identities.learn(source),
        settle: () => stores.ledger.settle(SETTLE_MS),
        clock,
        holdMs,
        ...(onDay === undefined ? {} : { onDay }),
      });
      await askForReapply(config.storage.data_dir);
      await this.#account('archive.restored', directory, { ...request, ...report }, actor);
      return report;
    } finally {
      end();
    }
  }

  async #account(
    action: 'retention.ran' | 'archive.written' | 'archive.restored',
    target: string,
    details: Readonly<Record<string, string | number | null>>,
    actor = this.#options.actor,
  ): Promise<void> {
    const { audit } = this.#options;
    await audit.append({ actor, action, target, details });
  }
}

/** Remembers the files of an archive that lies in the data directory. */
function rememberParts(
  state: StateDatabase,
  dataDirectory: string,
  directory: string,
  { parts }: ArchiveReport,
): void {
  for (const part of parts) {
    const path = pathInside(dataDirectory, join(directory, part.file));
    const day = part.file.slice('day='.length, 'day=2026-01-01'.length);
    const { rows, sha256, archived_at: createdAt } = part;
    if (path !== null)
      rememberFile(state, { path, kind: 'archive', from: day, to: day, rows, sha256, createdAt });
  }
}

function absolute(directory: string): string {
  if (!isAbsolute(directory))
    throw new BellwetherError('invalid_parameter', 'directory must be an absolute path.', {
      field: 'directory',
    });
  return resolve(directory);
}
