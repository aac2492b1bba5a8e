/**
 * A consistent snapshot of a data directory that is in use: the ledger, the journal
 * with its identities, the small state and the archive, all of one moment. Files that
 * never change get a second name, so the snapshot takes moments however much there is.
 *
 * The order is what makes it consistent. The loader stands between two inserts, so the
 * ledger holds exactly the blocks that the journal's copy calls loaded, and whatever
 * counts rows as they are loaded, such as budgets, has counted those. Events come in
 * all the while; the journal's copy has those that were acknowledged before it.
 */

import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BellwetherError } from '@bellwether/events';
import { ENCRYPTION_MARK, ENCRYPTION_MARK_COPY } from '../encryption/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalStatus } from '../journal/journal-state.ts';
import { linkOrCopy } from '../journal/link-or-copy.ts';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { ENCRYPTED_FOLDER } from '../ledger/engine/engine-config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openStateReader, STATE_FILE } from '../state/state-database.ts';
import { SNAPSHOT_FOLDER } from './data-items.ts';
import type { BackupLink } from './manifest.ts';

/** How long the loader may take to catch up, so that little is left to copy in the journal. */
const SETTLE_MS = 30_000;
/** Tries, since the engine may take away a part that it has merged in the meantime. */
const TRIES_MAX = 3;
/** Names that are made before other work has its turn. */
const NAMES_AT_ONCE = 200;
/** What of the engine is not its data, or is made again. */
const ENGINE_SKIPPED = new Set(['shadow', 'tmp', 'tmp_store', 'insert.bin', 'engine.xml', 'engine.sock']);

/** What a snapshot is taken of. */
export interface SnapshotSource {
  readonly dataDirectory: string;
  readonly ledger: Ledger;
  readonly journal: Journal;
}

/** A snapshot, in a folder of the data directory. */
export interface Snapshot {
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly links: readonly BackupLink[];
  readonly folders: readonly string[];
  readonly journal: JournalStatus;
  /** Rows by table of the ledger. */
  readonly tables: Readonly<Record<string, number>>;
  /** Paths of the engine's parts: the files below one change together or not at all. */
  readonly parts: readonly string[];
  remove(): Promise<void>;
}

interface Part {
  readonly table: string;
  readonly path: string;
  readonly rows: number;
}

/**
 * Takes a snapshot. Only one at a time.
 *
 * @throws BellwetherError `not_ready` if the ledger cannot be asked.
 */
export async function takeSnapshot(source: SnapshotSource): Promise<Snapshot> {
  const root = realpathSync(source.dataDirectory);
  const folder = join(root, SNAPSHOT_FOLDER);
  const { ledger } = source;
  if (ledger.loader === null) throw new BellwetherError('not_ready');
  await ledger.settle(SETTLE_MS);
  for (let tried = 1; ; tried += 1) {
    await rm(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o700 });
    try {
      const taken = await ledger.loader.between(() => gather(source, root, folder));
      return {
        ...taken,
        ...listFolder(folder),
        folder,
        remove: () => rm(folder, { recursive: true, force: true }),
      };
    } catch (error) {
      const isGone = (error as { code?: string }).code === 'ENOENT';
      if (!isGone || tried === TRIES_MAX) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
    }
  }
}

async function gather(
  { ledger, journal }: SnapshotSource,
  root: string,
  folder: string,
): Promise<Pick<Snapshot, 'journal' | 'tables' | 'parts'>> {
  // After all inserts, and before the next: no write of several steps is seen the wrong way round.
  const parts = await ledger.connection.queryAfterInserts<Part>(
    `SELECT table, path, rows FROM system.parts WHERE database = '${LEDGER_DATABASE}' AND active`,
  );
  // Of an encrypted disk they are relative to its directory.
  const disk = join(root, 'engine', ENCRYPTED_FOLDER);
  const inside = parts.map(({ path }) => relative(root, realpathSync(resolve(disk, path))));
  await linkFolders(root, folder, inside);
  copyEngineFiles(root, folder, 'engine');
  const status = await journal.snapshot(join(folder, 'journal'));
  // Nothing waits from here on: the log's end and the database that it belongs to are of one moment.
  const marks = [ENCRYPTION_MARK, ENCRYPTION_MARK_COPY];
  for (const name of ['audit.key', 'audit.head', 'erasures.json', 'identity.seed', ...marks])
    if (existsSync(join(root, name))) copyFileSync(join(root, name), join(folder, name));
  copyState(root, folder);
  if (existsSync(join(root, 'archive'))) await linkFolders(root, folder, foldersBelow(root, 'archive'));
  const tables: Record<string, number> = {};
  for (const { table, rows } of parts) tables[table] = (tables[table] ?? 0) + rows;
  return { journal: status, tables, parts: inside.map(slashed) };
}

/** Gives each file of folders a second name. */
async function linkFolders(root: string, folder: string, paths: readonly string[]): Promise<void> {
  let names = 0;
  for (const path of paths) {
    mkdirSync(join(folder, path), { recursive: true, mode: 0o700 });
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      if (!entry.isFile() || entry.name.endsWith('.part')) continue;
      linkOrCopy(join(root, path, entry.name), join(folder, path, entry.name));
      names += 1;
      if (names % NAMES_AT_ONCE === 0) await nextTurn();
    }
  }
}

function foldersBelow(root: string, path: string): string[] {
  const below = readdirSync(join(root, path), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [path, ...below.flatMap(({ name }) => foldersBelow(root, join(path, name)))];
}

/** Copies what the engine has beside its parts: definitions of tables, versions, mutations under way. */
function copyEngineFiles(root: string, folder: string, path: string): void {
  mkdirSync(join(folder, path), { recursive: true, mode: 0o700 });
  const entries = readdirSync(join(root, path), { withFileTypes: true });
  const isTable = entries.some(({ name }) => name === 'format_version.txt');
  for (const entry of entries) {
    const { name } = entry;
    const inside = join(path, name);
    if (ENGINE_SKIPPED.has(name) || name.startsWith('insert.bin.')) continue;
    if (entry.isSymbolicLink() || entry.isFile()) copyEntry(root, folder, inside);
    // The folders of a table are parts, which are there if they count, and one for parts that were set aside.
    else if (isTable && entry.isDirectory()) {
      if (name === 'detached') mkdirSync(join(folder, inside), { recursive: true, mode: 0o700 });
    } else if (entry.isDirectory()) copyEngineFiles(root, folder, inside);
  }
}

function copyEntry(root: string, folder: string, path: string): void {
  const from = join(root, path);
  // Links are relative, between the engine's own folders, and never followed here.
  if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), join(folder, path));
  else copyFileSync(from, join(folder, path));
}

/** Copies the small state in one transaction of its own. */
function copyState(root: string, folder: string): void {
  if (!existsSync(join(root, STATE_FILE))) return;
  const state = openStateReader(root);
  try {
    state.read(() => state.connection.prepare('VACUUM INTO ?').run(join(folder, STATE_FILE)));
  } finally {
    state.close();
  }
}

/** Everything in a snapshot's folder. */
function listFolder(folder: string): Pick<Snapshot, 'files' | 'links' | 'folders'> {
  const [files, links, folders]: [Snapshot['files'][number][], BackupLink[], string[]] = [[], [], []];
  const walk = (path: string): void => {
    for (const { name } of readdirSync(join(folder, path), { withFileTypes: true })) {
      const inside = path === '' ? name : `${path}/${name}`;
      const full = join(folder, inside);
      const stat = lstatSync(full);
      if (stat.isSymbolicLink()) links.push({ path: inside, target: slashed(readlinkSync(full)) });
      else if (stat.isDirectory()) {
        folders.push(inside);
        walk(inside);
      } else files.push({ path: inside, bytes: stat.size });
    }
  };
  walk('');
  return { files, links, folders };
}

function slashed(path: string): string {
  return path.split(sep).join('/').replace(/\/$/, '');
}
