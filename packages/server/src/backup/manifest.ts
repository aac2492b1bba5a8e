/**
 * The manifest of a backup: every file of it with its hash, what the stores held at
 * that moment, and by what version they were written. The manifest has a hash of its
 * own beside it, so that damage to either shows. What it does not name is not part of
 * the backup, and nothing that it names may lead out of the data directory.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { BellwetherError } from '@bellwether/events';
import { dataItems } from './data-items.ts';

/** One file of a backup. */
export interface BackupFile {
  /** Relative to the data directory, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A symbolic link, as the engine uses them between its own folders. */
export interface BackupLink {
  readonly path: string;
  /** Relative to the link's folder. */
  readonly target: string;
}

/** What the journal knew at the moment of the backup. */
export interface BackedUpJournal {
  readonly id: string;
  readonly last_block: number;
  readonly last_seq: number;
  /** The last block whose rows are in the ledger of this backup. */
  readonly loaded_block: number;
  /** Events ever accepted. */
  readonly events: number;
}

/** The whole manifest. */
export interface BackupManifest {
  readonly backup_version: 1;
  readonly id: string;
  readonly software: { readonly name: 'bellwether'; readonly version: string };
  /** RFC 3339: the moment that the backup is of. */
  readonly taken_at: string;
  readonly journal: BackedUpJournal;
  /** Rows of each table of the ledger. */
  readonly tables: Readonly<Record<string, number>>;
  /** The id of the key that the data are encrypted with; null if they are not. */
  readonly encryption_key: string | null;
  readonly files: readonly BackupFile[];
  readonly links: readonly BackupLink[];
  /** Folders, among them those without a file. */
  readonly folders: readonly string[];
  readonly bytes: number;
}

export const MANIFEST = 'manifest.json';
export const MANIFEST_HASH = 'manifest.sha256';
/** The folder of a backup with its files. */
export const FILES = 'files';

/** The text of a manifest and of the file with its hash. */
export function printManifest(manifest: BackupManifest): { readonly text: string; readonly hash: string } {
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  return { text, hash: `${createHash('sha256').update(text).digest('hex')}\n` };
}

/**
 * Reads the manifest of a backup's folder.
 *
 * @throws BellwetherError `backup_damaged` if it is not there, was changed, or names what no backup has.
 */
export async function readBackupManifest(folder: string): Promise<BackupManifest> {
  let text: string;
  let hash: string;
  try {
    text = await readFile(join(folder, MANIFEST), 'utf8');
    hash = await readFile(join(folder, MANIFEST_HASH), 'utf8');
  } catch (error) {
    throw damaged(`${folder} holds no backup that is whole`, error);
  }
  if (createHash('sha256').update(text).digest('hex') !== hash.trim())
    throw damaged(`the manifest of ${folder} is not what was written`);
  // Its hash is right, so it is what a version of this program has written, or what somebody made to look so.
  const manifest = JSON.parse(text) as BackupManifest;
  if (manifest.backup_version !== 1) throw damaged(`the backup in ${folder} was made by a newer version`);
  const { files, links, folders } = manifest;
  const isSound =
    [...files, ...links].every(({ path }) => isPathOfData(path)) &&
    folders.every(isPathOfData) &&
    links.every(
      ({ path, target }) =>
        !posix.isAbsolute(target) && isPathOfData(posix.join(posix.dirname(path), target)),
    ) &&
    // What is below a link would be made wherever that leads.
    links.every(({ path }) => {
      const isBelow = (other: string): boolean => other.startsWith(`${path}/`);
      return (
        !files.some((file) => isBelow(file.path)) &&
        !links.some((link) => isBelow(link.path)) &&
        !folders.some(isBelow)
      );
    });
  if (!isSound) throw damaged(`the manifest of ${folder} names a file that no backup has`);
  return manifest;
}

/** True for a path that stays within what is backed up of a data directory. */
function isPathOfData(path: string): boolean {
  const [item = '', ...rest] = path.split('/');
  return (
    dataItems.includes(item) &&
    rest.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part)) &&
    !posix.isAbsolute(path)
  );
}

/** An error for a backup that cannot be used. */
export function damaged(problem: string, cause?: unknown): BellwetherError {
  return new BellwetherError('backup_damaged', `${problem}.`, {}, { cause });
}
