/**
 * Puts a backup in the place of a data directory that nobody uses. All hashes are
 * checked first; then the files are gathered beside what is there; then they take its
 * place in a step that is finished even if the process is killed in it.
 */

import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BellwetherError } from '@bellwether/events';
import { type KeyRing, requireKey } from '../encryption/index.ts';
import { mergeErasures, readErasures, writeErasures } from '../erasure/tombstones.ts';
import { checkBackup } from './check.ts';
import { dataItems, RESTORE_FOLDER } from './data-items.ts';
import { copyFileDurably, inLanes, syncFolder } from './file-copy.ts';
import { decideRestore, finishRestore } from './finish-restore.ts';
import { type BackupManifest, damaged, FILES, readBackupManifest } from './manifest.ts';
import { Meter, type OnProgress, tellPhase } from './progress.ts';

const LANES = 4;

export interface RestoreOptions {
  /** The folder of the backup. */
  readonly backup: string;
  readonly dataDirectory: string;
  /** True to put it in the place of data that are there. */
  readonly replace: boolean;
  /** The keys that the data will be opened with; null for none. */
  readonly keyRing: KeyRing | null;
  readonly onProgress: OnProgress;
}

/** What is in place now. */
export interface RestoreReport {
  readonly id: string;
  readonly taken_at: string;
  readonly events: number;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Restores a backup.
 *
 * @throws EncryptionError if the backup cannot be opened with that key.
 * @throws BellwetherError `backup_damaged` for a backup that is not whole, `invalid_parameter` if there are data and
 *   they are not to be replaced, `busy` if a server uses them. Nothing has changed then.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const { backup, dataDirectory, replace, keyRing, onProgress } = options;
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  // One that was decided earlier is not ours to undo.
  finishRestore(dataDirectory);
  if (!replace && holdsData(dataDirectory))
    throw new BellwetherError(
      'invalid_parameter',
      `${dataDirectory} holds data; --replace puts the backup in their place.`,
      {
        field: 'replace',
      },
    );
  const release = holdJournal(dataDirectory);
  try {
    requireKey((await readBackupManifest(backup)).encryption_key, keyRing, backup);
    const manifest = await checkBackup(backup, onProgress);
    await stage(backup, dataDirectory, manifest, onProgress);
    await keepErasures(backup, dataDirectory);
    const items = readdirSync(join(dataDirectory, RESTORE_FOLDER));
    decideRestore(dataDirectory, { backup: manifest.id, items });
    release();
    tellPhase('switch', onProgress);
    finishRestore(dataDirectory);
    const { id, taken_at, journal, files, bytes } = manifest;
    return { id, taken_at, events: journal.events, files: files.length, bytes };
  } finally {
    release();
  }
}

/** Gathers the files in the data directory, on disk. */
async function stage(
  backup: string,
  dataDirectory: string,
  { files, folders, links }: BackupManifest,
  onProgress: OnProgress,
): Promise<void> {
  const staged = join(dataDirectory, RESTORE_FOLDER);
  await rm(staged, { recursive: true, force: true });
  await mkdir(staged, { mode: 0o700 });
  for (const path of folders) await mkdir(join(staged, path), { recursive: true, mode: 0o700 });
  const meter = new Meter('stage', files, onProgress);
  await inLanes(files, LANES, async ({ path, bytes, sha256 }) => {
    const copied = await copyFileDurably(join(backup, FILES, path), join(staged, path));
    if (copied.sha256 !== sha256) throw damaged(`${path} of the backup has changed while it was restored`);
    meter.add(bytes);
  });
  for (const { path, target } of links) await symlink(target, join(staged, path));
  for (const path of ['', ...folders]) await syncFolder(join(staged, path));
}

/** What was erased since the backup is erased again: what is known here and beside the backup goes in with it. */
async function keepErasures(backup: string, dataDirectory: string): Promise<void> {
  const staged = join(dataDirectory, RESTORE_FOLDER);
  const known = [staged, dirname(backup), dataDirectory].map(readErasures);
  const merged = mergeErasures(known, true);
  if (merged.erasures.length > 0) await writeErasures(staged, merged);
}

/** True if there is anything in the directory that a restore would take away. */
export function holdsData(dataDirectory: string): boolean {
  return existsSync(dataDirectory) && readdirSync(dataDirectory).some((name) => dataItems.includes(name));
}

/**
 * Holds the journal that is there, so that no server starts meanwhile.
 *
 * @returns what lets it go; calling that again does nothing.
 */
function holdJournal(dataDirectory: string): () => void {
  const path = join(dataDirectory, 'journal', 'journal.db');
  if (!existsSync(path)) return () => undefined;
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK;');
  } catch (error) {
    db?.close();
    const SQLITE_BUSY = 5;
    const code = (error as { errcode?: number }).errcode ?? 0;
    if ((code & 0xff) === SQLITE_BUSY)
      throw new BellwetherError(
        'busy',
        `A server runs on ${dataDirectory}; stop it first.`,
        {},
        { cause: error },
      );
    // A journal that cannot be read any more is what a restore is for.
    return () => undefined;
  }
  return () => {
    db?.close();
    db = null;
  };
}
