/**
 * The manifest of an archive: which days it has, in which files, with hashes, counts
 * and sums. What the manifest does not name is not in the archive.
 */

import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BellwetherError } from '@bellwether/events';
import { writeWholeFile } from '../export/out-file.ts';
import { version } from '../version.ts';

/** Counts and sums, exact: money as decimal dollars, tokens as decimal digits. */
export interface ArchiveSums {
  readonly rows: number;
  readonly cost_usd: string;
  readonly input_tokens: string;
  readonly output_tokens: string;
}

/** One Parquet file. */
export interface ArchivePart extends ArchiveSums {
  /** Its path in the archive, e.g. `day=2026-11-01/part-000001.parquet`. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly archived_at: string;
  /** The fingerprint of the key that it is encrypted with; without it the file is plain Parquet. */
  readonly key?: string;
}

/** The whole manifest. */
export interface ArchiveManifest {
  readonly archive_version: 1;
  readonly software: { readonly name: 'bellwether'; readonly version: string };
  readonly created_at: string;
  readonly updated_at: string;
  /** Parts by their day, `2026-11-01`. */
  readonly days: Readonly<Record<string, readonly ArchivePart[]>>;
}

const MANIFEST = 'manifest.json';
const DAY = /^\d{4}-\d\d-\d\d$/;
/** The name of a part in its archive. Nothing else is ever read, written or removed. */
const PART = /^day=(\d{4}-\d\d-\d\d)\/part-(\d{6})\.parquet$/;

/** The path of a new part of a day, beside those that it has: its day and a number that none of them has. */
export function nextPartFile(day: string, parts: readonly ArchivePart[]): string {
  const numbers = parts.map(({ file }) => Number(PART.exec(file)?.[2] ?? 0));
  return `day=${day}/part-${String(Math.max(0, ...numbers) + 1).padStart(6, '0')}.parquet`;
}

/**
 * Reads the manifest of a directory, or begins one for a directory that is empty or not there.
 *
 * @throws BellwetherError `invalid_parameter` if the directory holds something else, or the manifest is no manifest.
 */
export async function readManifest(directory: string, nowMs: number): Promise<ArchiveManifest> {
  const path = join(directory, MANIFEST);
  if (existsSync(path)) return checked(await readFile(path, 'utf8'), directory);
  const isFree = !existsSync(directory) || readdirSync(directory).every((name) => /^day=|^\./.test(name));
  if (!isFree) throw wrong(`${directory} is not empty and holds no archive`);
  const now = new Date(nowMs).toISOString();
  return {
    archive_version: 1,
    software: { name: 'bellwether', version },
    created_at: now,
    updated_at: now,
    days: {},
  };
}

/** The manifest of an archive that has to be there. */
export async function readExistingManifest(directory: string): Promise<ArchiveManifest> {
  if (!existsSync(join(directory, MANIFEST))) throw wrong(`there is no archive in ${directory}`);
  return checked(await readFile(join(directory, MANIFEST), 'utf8'), directory);
}

/** Adds a part and puts the manifest on disk, whole or not at all. */
export async function addPart(
  directory: string,
  manifest: ArchiveManifest,
  day: string,
  part: ArchivePart,
): Promise<ArchiveManifest> {
  const days = { ...manifest.days, [day]: [...(manifest.days[day] ?? []), part] };
  const sorted = Object.fromEntries(Object.entries(days).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const changed = { ...manifest, updated_at: part.archived_at, days: sorted };
  await writeWholeFile(join(directory, MANIFEST), [Buffer.from(`${JSON.stringify(changed, null, 2)}\n`)]);
  return changed;
}

/** Puts a part that was written anew, under a name of its own, in the place of another file. */
export async function replacePart(
  directory: string,
  manifest: ArchiveManifest,
  day: string,
  file: string,
  part: ArchivePart,
): Promise<ArchiveManifest> {
  const parts = (manifest.days[day] ?? []).map((before) => (before.file === file ? part : before));
  const changed = { ...manifest, days: { ...manifest.days, [day]: parts } };
  await writeWholeFile(join(directory, MANIFEST), [Buffer.from(`${JSON.stringify(changed, null, 2)}\n`)]);
  return changed;
}

function checked(text: string, directory: string): ArchiveManifest {
  let manifest: ArchiveManifest;
  try {
    manifest = JSON.parse(text) as ArchiveManifest;
  } catch (error) {
    throw wrong(`the manifest of ${directory} is no JSON`, error);
  }
  if (manifest.archive_version !== 1 || typeof manifest.days !== 'object')
    throw wrong(`the manifest of ${directory} is of another version`);
  for (const [day, parts] of Object.entries(manifest.days)) {
    // A manifest may come from anywhere: a path in it must not lead out of the archive.
    const isSound = DAY.test(day) && parts.every(({ file }) => PART.exec(file)?.[1] === day);
    if (!isSound) throw wrong(`the manifest of ${directory} names a file that no archive has`);
  }
  return manifest;
}

function wrong(problem: string, cause?: unknown): BellwetherError {
  return new BellwetherError('invalid_parameter', `${problem}.`, { field: 'directory' }, { cause });
}
