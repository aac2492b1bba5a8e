/**
 * A directory of backups: a folder for each, named by its time, so that names sort as
 * the backups were taken. A backup appears whole, by one rename.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { BellwetherError } from '@bellwether/events';
import { companions, dataItems, RESTORE_FOLDER, SNAPSHOT_FOLDER } from './data-items.ts';
import { syncFolder } from './file-copy.ts';
import { type BackupManifest, damaged, MANIFEST, readBackupManifest } from './manifest.ts';

const ID = /^\d{4}-\d\d-\d\dT\d{6}Z-[0-9a-f]{4}$/;
const UNFINISHED = '.unfinished-';
const REMOVED = '.removed-';

/** What is said of a backup in a list. */
export interface BackupSummary {
  readonly id: string;
  /** RFC 3339; null if the manifest cannot be read. */
  readonly taken_at: string | null;
  readonly events: number | null;
  readonly files: number | null;
  readonly bytes: number | null;
  readonly version: string | null;
  readonly encrypted: boolean | null;
  /** The fingerprint of the key that a restore needs; null for none. */
  readonly encryption_key: string | null;
  /** Why it cannot be used; null if its manifest is sound. */
  readonly problem: string | null;
}

/** A name for a backup taken now. */
export function newBackupId(nowMs: number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '');
  return `${time}Z-${randomBytes(2).toString('hex')}`;
}

/** The names of the backups in a directory, oldest first; none if there is no such directory. */
export function backupIds(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => ID.test(name))
    .toSorted();
}

/** The backups of a directory, oldest first. */
export async function listBackups(directory: string): Promise<BackupSummary[]> {
  return Promise.all(backupIds(directory).map((id) => summaryOf(directory, id)));
}

async function summaryOf(directory: string, id: string): Promise<BackupSummary> {
  try {
    return summarise(await readBackupManifest(join(directory, id)));
  } catch (error) {
    const unknown = {
      taken_at: null,
      events: null,
      files: null,
      bytes: null,
      version: null,
      encrypted: null,
      encryption_key: null,
    };
    return { id, ...unknown, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** A manifest in a few words. */
export function summarise(manifest: BackupManifest): BackupSummary {
  const { id, taken_at, journal, files, bytes, software, encryption_key: key } = manifest;
  return {
    id,
    taken_at,
    events: journal.events,
    files: files.length,
    bytes,
    version: software.version,
    encrypted: key !== null,
    encryption_key: key,
    problem: null,
  };
}

/**
 * The folder of a backup: of the one that is named, of the newest if none is, or the directory itself if it is one.
 *
 * @throws BellwetherError `backup_damaged` if there is none.
 */
export function findBackup(directory: string, id?: string): string {
  if (id === undefined && existsSync(join(directory, MANIFEST))) return directory;
  const ids = backupIds(directory);
  const found = id === undefined ? ids.at(-1) : ids.find((candidate) => candidate === id);
  if (found === undefined) throw damaged(`there is no backup ${id ?? ''} in ${directory}`.replace('  ', ' '));
  return join(directory, found);
}

/**
 * Makes the directory if need be, and clears away what was broken off.
 *
 * @throws BellwetherError `invalid_parameter` if it is within what is backed up.
 */
export async function prepareRepository(directory: string, dataDirectory: string): Promise<void> {
  const inside = relative(resolve(dataDirectory), resolve(directory));
  const [first = ''] = inside.split(/[\\/]/);
  const reserved = [...dataItems, ...companions, SNAPSHOT_FOLDER, RESTORE_FOLDER];
  const isReserved = inside === '' || (first !== '..' && !isAbsolute(inside) && reserved.includes(first));
  if (isReserved)
    throw new BellwetherError('invalid_parameter', `${directory} is part of what is backed up.`, {
      field: 'directory',
    });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(directory))
    if (name.startsWith(UNFINISHED) || name.startsWith(REMOVED))
      await rm(join(directory, name), { recursive: true, force: true });
}

/** Where a backup is put together. */
export function unfinishedFolder(directory: string, id: string): string {
  return join(directory, `${UNFINISHED}${id}`);
}

/** Gives a backup that is whole its name. */
export async function finishBackup(directory: string, id: string): Promise<void> {
  await rename(unfinishedFolder(directory, id), join(directory, id));
  await syncFolder(directory);
}

/** Removes the oldest backups but the newest `keep`; gives the names of those that went. */
export async function pruneBackups(directory: string, keep: number): Promise<string[]> {
  const gone = backupIds(directory).slice(0, -keep);
  for (const id of gone) {
    // Under another name first: half a backup must not pass for a whole one.
    await rename(join(directory, id), join(directory, `${REMOVED}${id}`));
    await rm(join(directory, `${REMOVED}${id}`), { recursive: true, force: true });
  }
  return gone;
}
