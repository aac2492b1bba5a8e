/**
 * The backups of a data directory: made when asked for and by the clock, listed and
 * checked. One is made at a time, and none beside other long work on the ledger.
 */

import { rm } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { BellwetherError } from '@bellwether/events';
import type { AuditLog } from '../audit/index.ts';
import type { Clock, ClockTimer } from '../clock.ts';
import type { CheckOutcome, HealthCheck } from '../health/index.ts';
import type { Log } from '../log.ts';
import { checkBackup } from './check.ts';
import { type BackupReport, createBackup } from './create.ts';
import { SNAPSHOT_FOLDER } from './data-items.ts';
import type { OnProgress } from './progress.ts';
import { type BackupSummary, findBackup, listBackups, summarise } from './repository.ts';
import type { SnapshotSource } from './snapshot.ts';

/** How often it is asked whether a backup is due, and how long after the start for the first time. */
const LOOK_MS = 60_000;
/** How old the newest backup may be, in intervals, before somebody should look. */
const LATE_INTERVALS = 2;
const BACKUP_ELSEWHERE =
  'Backups are made of the embedded engine; those of a remote ledger are its own (BACKUP, or its disks).';

export interface BackupsOptions extends SnapshotSource {
  /** Whether backups are permitted. */
  readonly enabled: boolean;
  /** Where the server keeps its own; empty if it makes none. */
  readonly directory: string;
  readonly intervalMs: number;
  readonly keep: number;
  readonly encryptionKey: string | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Pick<AuditLog, 'append'>;
  /** Who makes the backups that nobody has asked for by name, for the audit log. */
  readonly actor: string;
  /** Hears of how each backup ended. */
  readonly onEnd?: (end: BackupEnd) => void;
}

/** How a backup ended. */
export type BackupEnd = { readonly takenMs: number; readonly bytes: number } | { readonly failed: unknown };

export class Backups {
  readonly #options: BackupsOptions;
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #newestMs: number | null = null;
  #problem: string | null = null;

  constructor(options: BackupsOptions) {
    this.#options = options;
  }

  /**
   * Makes a backup.
   *
   * @param directory where; the configured directory, of which old backups are removed, if it is absent.
   * @throws BellwetherError `backups_disabled`, `needs_embedded_ledger`, `busy`, `invalid_parameter`, `not_ready` or `backup_damaged`.
   */
  async create(
    directory: string | undefined,
    onProgress: OnProgress = () => undefined,
    actor: string = this.#options.actor,
  ): Promise<BackupReport> {
    const { enabled, ledger, clock, audit, onEnd } = this.#options;
    if (!enabled) throw new BellwetherError('backups_disabled');
    if (ledger.engine === null) throw new BellwetherError('needs_embedded_ledger', BACKUP_ELSEWHERE);
    const where = this.#place(directory);
    const isOwn = resolve(this.#options.directory || '\0') === where;
    const end = ledger.longWork.begin('A backup');
    const takenMs = clock.nowMs();
    try {
      const keep = isOwn ? this.#options.keep : null;
      const report = await createBackup({ ...this.#options, directory: where, keep, onProgress });
      if (isOwn) this.#newestMs = takenMs;
      onEnd?.({ takenMs, bytes: report.bytes });
      const { id, events, bytes, new_bytes, removed } = report;
      const details = { id, events, bytes, new_bytes, removed: removed.length };
      await audit.append({ actor, action: 'backup.made', target: where, details });
      return report;
    } catch (error) {
      onEnd?.({ failed: error });
      throw error;
    } finally {
      end();
    }
  }

  /** The backups of a directory, oldest first. */
  list(directory: string | undefined): Promise<BackupSummary[]> {
    return listBackups(this.#place(directory));
  }

  /** Reads a backup from front to back: the newest if none is named. */
  async verify(
    directory: string | undefined,
    id: string | undefined,
    onProgress: OnProgress,
  ): Promise<BackupSummary> {
    return summarise(await checkBackup(findBackup(this.#place(directory), id), onProgress));
  }

  /** Begins to make backups by the clock, and clears away what an earlier life left half done. */
  async start(): Promise<void> {
    const { directory, dataDirectory, enabled, log } = this.#options;
    await rm(join(dataDirectory, SNAPSHOT_FOLDER), { recursive: true, force: true });
    if (directory === '' || !enabled) return;
    try {
      const newest = (await listBackups(resolve(directory))).findLast(({ problem }) => problem === null);
      if (newest?.taken_at) {
        this.#newestMs = Date.parse(newest.taken_at);
        this.#options.onEnd?.({ takenMs: this.#newestMs, bytes: newest.bytes ?? 0 });
      }
    } catch (error) {
      log.warn({ problem: String(error) }, 'the backup directory cannot be read');
    }
    if (!this.#stopped) this.#look();
  }

  /** Sets no further timer. */
  stop(): void {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
  }

  /** Waits for the backup that goes on. */
  async close(): Promise<void> {
    this.stop();
    await this.#running;
  }

  /** The check that says whether backups are made as configured; null if none are. */
  healthCheck(): HealthCheck | null {
    const { directory, enabled, intervalMs, clock } = this.#options;
    if (directory === '' || !enabled) return null;
    const startedMs = clock.nowMs();
    const run = async (): Promise<CheckOutcome> => {
      if (this.#problem !== null)
        return { status: 'degraded', message: 'The last backup failed; the log says why.' };
      const ageMs = clock.nowMs() - (this.#newestMs ?? startedMs);
      if (ageMs > LATE_INTERVALS * intervalMs)
        return { status: 'degraded', message: 'The newest backup is too old.' };
      return {
        status: 'healthy',
        message: this.#newestMs === null ? 'The first is due.' : 'They are made in time.',
      };
    };
    return { name: 'backup', component: 'storage', componentType: 'component', critical: false, run };
  }

  #look(): void {
    const { clock } = this.#options;
    this.#timer = clock
      .setTimeout(() => {
        this.#running = this.#makeIfDue().then(() => {
          if (!this.#stopped) this.#look();
        });
      }, LOOK_MS)
      .unref();
  }

  /** What fails is logged, and tried again at the next look. */
  async #makeIfDue(): Promise<void> {
    const { clock, intervalMs, ledger, log } = this.#options;
    // Of a backup from the future nobody knows how old it is: the clock was set back since, and one is due too.
    const isDue = this.#newestMs === null || Math.abs(clock.nowMs() - this.#newestMs) >= intervalMs;
    if (!isDue || ledger.loader === null || ledger.longWork.current !== null) return;
    try {
      const { id, events, bytes, new_bytes } = await this.create(undefined);
      this.#problem = null;
      log.info({ backup: id, events, bytes, newBytes: new_bytes }, 'a backup was made');
    } catch (error) {
      this.#problem = String(error);
      log.error({ problem: this.#problem }, 'the backup failed; it is tried again');
    }
  }

  #place(directory: string | undefined): string {
    const where = directory ?? this.#options.directory;
    if (directory === undefined && where === '')
      throw new BellwetherError('invalid_parameter', 'There is no backup.directory; name one.', {
        field: 'directory',
      });
    if (directory !== undefined && !isAbsolute(directory))
      throw new BellwetherError('invalid_parameter', 'directory must be an absolute path.', {
        field: 'directory',
      });
    return resolve(where);
  }
}
