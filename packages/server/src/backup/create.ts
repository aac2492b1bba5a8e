/**
 * Makes a backup: takes a snapshot, copies it, reads the copy back, and only then
 * gives it a name. What has not changed since the last backup of the directory is not
 * copied again but gets a second name there, so a daily backup takes the room of what
 * is new, and each backup can be removed without the others.
 */

import { link, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyErasures } from '../erasure/tombstones.ts';
import type { Clock } from '../clock.ts';
import { version } from '../version.ts';
import { copyFileDurably, hashFile, inLanes, syncFolder } from './file-copy.ts';
import {
  type BackupFile,
  type BackupManifest,
  damaged,
  FILES,
  MANIFEST,
  MANIFEST_HASH,
  printManifest,
  readBackupManifest,
} from './manifest.ts';
import { Meter, type OnProgress, tellPhase } from './progress.ts';
import {
  backupIds,
  finishBackup,
  newBackupId,
  prepareRepository,
  pruneBackups,
  unfinishedFolder,
} from './repository.ts';
import { type Snapshot, type SnapshotSource, takeSnapshot } from './snapshot.ts';

/** Files that are copied at a time. */
const LANES = 4;

export interface CreateOptions extends SnapshotSource {
  /** Where backups are kept. */
  readonly directory: string;
  readonly clock: Clock;
  /** How many backups stay, this one included; null keeps all. */
  readonly keep: number | null;
  /** The id of the key that the data are encrypted with; null if they are not. */
  readonly encryptionKey: string | null;
  readonly onProgress: OnProgress;
}

/** What was made. */
export interface BackupReport {
  readonly id: string;
  readonly folder: string;
  readonly events: number;
  readonly files: number;
  readonly bytes: number;
  /** Of those, files and bytes that were not in the last backup. */
  readonly new_files: number;
  readonly new_bytes: number;
  /** Older backups that were removed. */
  readonly removed: readonly string[];
}

/** An earlier backup, as far as files can be taken from it. */
interface Earlier {
  readonly folder: string;
  readonly files: ReadonlyMap<string, BackupFile>;
}

/**
 * Makes a backup.
 *
 * @throws BellwetherError `not_ready`, `invalid_parameter` for the directory, or `backup_damaged` if what was written
 *   does not read back.
 */
export async function createBackup(options: CreateOptions): Promise<BackupReport> {
  const { directory, dataDirectory, clock, keep, onProgress } = options;
  await prepareRepository(directory, dataDirectory);
  const takenMs = clock.nowMs();
  const id = newBackupId(takenMs);
  const earlier = await newestBackup(directory);
  tellPhase('snapshot', onProgress);
  const snapshot = await takeSnapshot(options);
  const folder = unfinishedFolder(directory, id);
  let files: CopiedFile[];
  try {
    files = await copySnapshot(snapshot, earlier, folder, onProgress);
  } finally {
    await snapshot.remove();
  }
  await verifyCopies(folder, files, onProgress);
  const manifest = manifestOf(options, snapshot, files, { id, takenMs });
  await writeManifest(folder, manifest);
  await finishBackup(directory, id);
  // Beside the backups, so that a restore of an older one knows of it too.
  await copyErasures(dataDirectory, directory);
  const fresh = files.filter(({ isNew }) => isNew);
  return {
    id,
    folder: join(directory, id),
    events: manifest.journal.events,
    files: files.length,
    bytes: manifest.bytes,
    new_files: fresh.length,
    new_bytes: fresh.reduce((sum, { bytes }) => sum + bytes, 0),
    removed: keep === null ? [] : await pruneBackups(directory, keep),
  };
}

interface CopiedFile extends BackupFile {
  readonly isNew: boolean;
}

async function copySnapshot(
  snapshot: Snapshot,
  earlier: Earlier | null,
  folder: string,
  onProgress: OnProgress,
): Promise<CopiedFile[]> {
  await mkdir(join(folder, FILES), { recursive: true, mode: 0o700 });
  for (const path of snapshot.folders)
    await mkdir(join(folder, FILES, path), { recursive: true, mode: 0o700 });
  const same = await unchangedParts(snapshot, earlier);
  const meter = new Meter('copy', snapshot.files, onProgress);
  const copied: CopiedFile[] = [];
  await inLanes(snapshot.files, LANES, async ({ path, bytes }) => {
    const known = earlier?.files.get(path);
    const before = known?.bytes === bytes ? known : undefined;
    copied.push(await copyOne(snapshot.folder, path, folder, earlier, before, same.has(dirname(path))));
    meter.add(bytes);
  });
  for (const path of ['', ...snapshot.folders]) await syncFolder(join(folder, FILES, path));
  return copied.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function copyOne(
  from: string,
  path: string,
  folder: string,
  earlier: Earlier | null,
  before: BackupFile | undefined,
  isUnchanged: boolean,
): Promise<CopiedFile> {
  const source = join(from, path);
  const target = join(folder, FILES, path);
  if (earlier !== null && before !== undefined) {
    const isSame = isUnchanged || (await hashFile(source)).sha256 === before.sha256;
    if (isSame && (await linkFrom(join(earlier.folder, FILES, path), target)))
      return { ...before, isNew: false };
  }
  const { bytes, sha256 } = await copyFileDurably(source, target);
  return { path, bytes, sha256, isNew: true };
}

/** False where the file cannot have another name: then it is copied. */
async function linkFrom(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch {
    return false;
  }
}

/**
 * The engine's parts that are as they were: a part never changes under its name, and its list of checksums covers
 * all its files.
 */
async function unchangedParts(snapshot: Snapshot, earlier: Earlier | null): Promise<ReadonlySet<string>> {
  const same = new Set<string>();
  if (earlier === null) return same;
  for (const part of snapshot.parts) {
    const before = earlier.files.get(`${part}/checksums.txt`);
    if (before === undefined) continue;
    const { sha256 } = await hashFile(join(snapshot.folder, part, 'checksums.txt'));
    if (sha256 === before.sha256) same.add(part);
  }
  return same;
}

/** Reads back what was written; what has a second name only has to be there, whole. */
async function verifyCopies(
  folder: string,
  files: readonly CopiedFile[],
  onProgress: OnProgress,
): Promise<void> {
  const meter = new Meter('verify', files, onProgress);
  await inLanes(files, LANES, async ({ path, bytes, sha256, isNew }) => {
    const file = join(folder, FILES, path);
    const isWhole = isNew ? (await hashFile(file)).sha256 === sha256 : (await stat(file)).size === bytes;
    if (!isWhole) throw damaged(`${path} does not read back as it was written`);
    meter.add(bytes);
  });
}

async function newestBackup(directory: string): Promise<Earlier | null> {
  for (const id of backupIds(directory).toReversed()) {
    const folder = join(directory, id);
    const manifest = await readBackupManifest(folder).catch(() => null);
    if (manifest !== null) return { folder, files: new Map(manifest.files.map((file) => [file.path, file])) };
  }
  return null;
}

function manifestOf(
  { encryptionKey, journal }: CreateOptions,
  snapshot: Snapshot,
  copied: readonly CopiedFile[],
  { id, takenMs }: { readonly id: string; readonly takenMs: number },
): BackupManifest {
  const files = copied.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }));
  const { lastBlock, lastSeq, loadedBlock, totals } = snapshot.journal;
  return {
    backup_version: 1,
    id,
    software: { name: 'bellwether', version },
    taken_at: new Date(takenMs).toISOString(),
    journal: {
      id: journal.identity.id,
      last_block: lastBlock,
      last_seq: lastSeq,
      loaded_block: loadedBlock,
      events: totals.events,
    },
    tables: snapshot.tables,
    encryption_key: encryptionKey,
    files,
    links: snapshot.links,
    folders: snapshot.folders,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const { text, hash } = printManifest(manifest);
  await writeFile(join(folder, MANIFEST), text, { mode: 0o600, flush: true });
  await writeFile(join(folder, MANIFEST_HASH), hash, { mode: 0o600, flush: true });
  await syncFolder(folder);
}
