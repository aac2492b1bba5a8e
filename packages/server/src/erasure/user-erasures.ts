/**
 * Erases users from everything that the server keeps: the ledger, the journal, the files
 * of exports and the archive, and again whatever older data come in later. The tombstone
 * is written first, so that an erasure that is broken off is finished at the next start.
 */

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BellwetherError } from '@bellwether/events';
import type { ArchiveFiles } from '../archive/archive-files.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Clock } from '../clock.ts';
import type { Pseudonymise } from '../ingest/pseudonyms.ts';
import type { Journal } from '../journal/journal.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import { forgetFile, keptFiles } from '../retention/kept-files.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { eraseFromArchive } from './erase-archive.ts';
import { awaitOldParts, daysOfErased, eraseFromLedger } from './erase-ledger.ts';
import {
  copyErasures,
  erasedCondition,
  mergeErasures,
  readErasures,
  type Tombstone,
  tombstoneOf,
  writeErasures,
} from './tombstones.ts';

/** How long what was acknowledged may take to be in the ledger. */
const SETTLE_MS = 60_000;

export interface UserErasuresOptions {
  readonly dataDirectory: string;
  readonly archiveDirectory: string;
  readonly archiveFiles: ArchiveFiles;
  /** Where backups are kept; empty if nowhere. */
  readonly backupDirectory: string;
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly state: StateDatabase;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly actor: string;
  readonly pseudonymise: Pseudonymise;
}

/** Which step has begun. */
export type OnErasureStep = (progress: { readonly step: string }) => void;

/** What was erased; it does not say whose. */
export interface ErasureReport {
  readonly id: string;
  readonly events: number;
  readonly feedback: number;
  readonly archived_events: number;
  readonly archive_files: number;
  readonly exports_removed: number;
  /** True if nothing of it is left on disk that the server knows of, but for backups. */
  readonly complete: boolean;
}

export class UserErasures {
  readonly #options: UserErasuresOptions;

  constructor(options: UserErasuresOptions) {
    this.#options = options;
  }

  /** The erasures that are known, without who it was. */
  list(): readonly Pick<Tombstone, 'id' | 'erased_at' | 'scope'>[] {
    return readErasures(this.#options.dataDirectory).erasures.map(({ id, erased_at, scope }) => ({
      id,
      erased_at,
      scope,
    }));
  }

  /**
   * Erases a user, by the id as it was sent.
   *
   * @param tenant null for all tenants.
   * @param actor who wants it, for the audit log.
   * @throws BellwetherError `invalid_parameter` for an empty id, `not_ready` if the ledger does not take what waits, or
   *   `busy` beside other long work.
   */
  async erase(
    user: string,
    tenant: string | null,
    onStep: OnErasureStep,
    actor: string = this.#options.actor,
  ): Promise<ErasureReport> {
    if (user === '')
      throw new BellwetherError('invalid_parameter', 'user must not be empty.', { field: 'user' });
    const { dataDirectory, backupDirectory, clock, ledger, audit, pseudonymise } = this.#options;
    if (ledger.loader === null) throw new BellwetherError('not_ready');
    const end = ledger.longWork.begin('An erasure');
    try {
      const before = readErasures(dataDirectory);
      // Events from before pseudonyms were switched on have the id itself.
      const names = [...new Set([pseudonymise(user), user])];
      const nowMs = clock.nowMs();
      const made = names.map((name) => tombstoneOf(name, tenant, nowMs, before.erasures));
      await writeErasures(
        dataDirectory,
        mergeErasures([before, { erasures_version: 1, reapply: true, erasures: made }], true),
      );
      if (backupDirectory !== '' && existsSync(backupDirectory))
        await copyErasures(dataDirectory, backupDirectory);
      const report = { id: made[0]?.id ?? '', ...(await this.#carryOut(made, onStep)) };
      const known = readErasures(dataDirectory);
      await writeErasures(dataDirectory, { ...known, reapply: before.reapply });
      const { id, ...details } = report;
      await audit.append({ actor, action: 'user.erased', target: id, details });
      return report;
    } finally {
      end();
    }
  }

  /** Carries out again what older data have made necessary, or what was broken off; does nothing else. */
  async reapply(): Promise<void> {
    const { dataDirectory, ledger, log, audit, actor } = this.#options;
    const known = readErasures(dataDirectory);
    if (!known.reapply || known.erasures.length === 0) return;
    const end = ledger.longWork.begin('An erasure');
    try {
      const report = await this.#carryOut(known.erasures, () => undefined);
      await writeErasures(dataDirectory, { ...readErasures(dataDirectory), reapply: false });
      log.warn({ ...report }, 'erasures were carried out again on older data');
      await audit.append({ actor, action: 'user.erased', target: 'again', details: { ...report } });
    } finally {
      end();
    }
  }

  async #carryOut(
    tombstones: readonly Tombstone[],
    onStep: OnErasureStep,
  ): Promise<Omit<ErasureReport, 'id'>> {
    const { ledger, journal, clock, archiveDirectory, archiveFiles, state } = this.#options;
    const { loader, connection } = ledger;
    if (loader === null) throw new BellwetherError('not_ready');
    const condition = erasedCondition(tombstones);
    onStep({ step: 'ledger' });
    if (!(await ledger.settle(SETTLE_MS))) throw new BellwetherError('not_ready');
    const days = await daysOfErased(connection, condition);
    const erased = await ledger.rowChanges.during(days, () =>
      loader.between(() => eraseFromLedger(connection, condition)),
    );
    const oldPartsGone = await awaitOldParts(connection, erased.tables, clock);
    onStep({ step: 'journal' });
    await journal.scrub();
    onStep({ step: 'exports' });
    const exports = await this.#removeExports();
    onStep({ step: 'archive' });
    const archived = existsSync(join(archiveDirectory, 'manifest.json'))
      ? await eraseFromArchive(
          connection,
          { directory: archiveDirectory, files: archiveFiles },
          condition,
          clock.nowMs(),
        )
      : { rows: 0, files: 0 };
    // The log has what was deleted until it is written back.
    state.read(() => state.connection.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'));
    return {
      events: erased.events,
      feedback: erased.feedback,
      archived_events: archived.rows,
      archive_files: archived.files,
      exports_removed: exports,
      complete: oldPartsGone,
    };
  }

  /** Exports that are kept hold rows of many users and can be made again: they go. */
  async #removeExports(): Promise<number> {
    const { state, dataDirectory } = this.#options;
    let removed = 0;
    for (const { path, kind } of keptFiles(state)) {
      if (kind !== 'export') continue;
      await rm(join(dataDirectory, path), { force: true });
      forgetFile(state, path);
      removed += 1;
    }
    return removed;
  }
}
