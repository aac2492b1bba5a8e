/**
 * Archives brought under another key, or under none: encrypted in place with the newest
 * key, or copied as plain Parquet for tools that read it. Every file is held against the
 * manifest first. What is written anew gets a new name, and the old file goes once the
 * manifest has that: a breaking off leaves the old file in the archive, or the new one.
 */

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BellwetherError } from '@bellwether/events';
import { readSealedHead } from '../encryption/index.ts';
import { syncDirectory, writeWholeFile } from '../export/out-file.ts';
import { ArchiveFiles } from './archive-files.ts';
import { checkHash } from './bring-back.ts';
import {
  addPart,
  type ArchiveManifest,
  type ArchivePart,
  nextPartFile,
  readExistingManifest,
  readManifest,
  replacePart,
} from './manifest.ts';
import { removeStrays } from './strays.ts';

/** Called with each file that is done. */
export type OnFile = (file: string) => void;

/** What is to be encrypted. */
export interface RecryptPlan {
  /** Files that are plain or of an older key. */
  readonly files: number;
  /** The fingerprints of the keys that they have, in order; `none` for plain files. */
  readonly from: readonly string[];
}

/** What was done. */
export interface RecryptReport {
  /** Files that were written. */
  readonly files: number;
  /** Files that were as wanted already. */
  readonly unchanged: number;
  readonly bytes: number;
}

/**
 * Encrypts every file of an archive with the newest key that is not so already. Nobody else may write to the archive.
 *
 * @param onPlan is told what is to be done, unless that is nothing, and waited for, before anything is.
 * @throws BellwetherError `invalid_parameter` if a file cannot be opened, or is not what the manifest says.
 */
export async function encryptArchive(
  directory: string,
  files: ArchiveFiles,
  onFile: OnFile = () => undefined,
  onPlan: (plan: RecryptPlan) => Promise<void> = async () => undefined,
): Promise<RecryptReport> {
  let manifest = await readExistingManifest(directory);
  const plan = planOf(directory, manifest, files);
  if (plan.files > 0) await onPlan(plan);
  let [written, unchanged, bytes] = [0, 0, 0];
  for (const day of Object.keys(manifest.days)) {
    await removeStrays(directory, day, manifest.days[day] ?? []);
    for (const part of manifest.days[day] ?? []) {
      const path = join(directory, part.file);
      await checkHash(directory, part);
      if (readSealedHead(path)?.key === files.key) {
        unchanged += 1;
        continue;
      }
      const file = nextPartFile(day, manifest.days[day] ?? []);
      const content = files.toWrite(file, plainBytes(files, directory, part.file));
      const sealed = await writeWholeFile(join(directory, file), content);
      const key = files.key === null ? {} : { key: files.key };
      manifest = await replacePart(directory, manifest, day, part.file, { ...part, ...sealed, ...key, file });
      await rm(path);
      written += 1;
      bytes += sealed.bytes;
      onFile(file);
    }
  }
  return { files: written, unchanged, bytes };
}

/**
 * Copies an archive, or one encrypted file, as plain Parquet.
 *
 * @param to a directory that is empty or not there; of one file, a path where nothing is.
 * @throws BellwetherError `invalid_parameter` as above, or if there is something in the place of the copy.
 */
export async function decryptArchive(
  from: string,
  to: string,
  files: ArchiveFiles,
  nowMs: number,
  onFile: OnFile = () => undefined,
): Promise<RecryptReport> {
  if (existsSync(from) && statSync(from).isFile()) return decryptFile(from, to, files, onFile);
  const source = await readExistingManifest(from);
  if (existsSync(join(to, 'manifest.json'))) throw refused(`There is an archive in ${to} already.`);
  let manifest = { ...(await readManifest(to, nowMs)), created_at: source.created_at };
  let [written, bytes] = [0, 0];
  for (const [day, parts] of Object.entries(source.days)) {
    mkdirSync(join(to, `day=${day}`), { recursive: true, mode: 0o700 });
    await syncDirectory(to);
    for (const part of parts) {
      await checkHash(from, part);
      const plain = await writeWholeFile(join(to, part.file), plainBytes(files, from, part.file));
      manifest = { ...(await addPart(to, manifest, day, { ...withoutKey(part), ...plain })) };
      written += 1;
      bytes += plain.bytes;
      onFile(part.file);
    }
  }
  return { files: written, unchanged: 0, bytes };
}

function planOf(directory: string, { days }: ArchiveManifest, files: ArchiveFiles): RecryptPlan {
  const keys = Object.values(days)
    .flat()
    .map(({ file }) => join(directory, file))
    // One that is gone is told of when its turn comes.
    .filter((path) => existsSync(path))
    .map((path) => readSealedHead(path)?.key ?? null)
    .filter((key) => key !== files.key);
  return { files: keys.length, from: [...new Set(keys.map((key) => key ?? 'none'))].toSorted() };
}

/** A part as if it were not encrypted. */
export function withoutKey(part: ArchivePart): ArchivePart {
  const { key: _key, ...plain } = part;
  return plain;
}

async function decryptFile(
  from: string,
  to: string,
  files: ArchiveFiles,
  onFile: OnFile,
): Promise<RecryptReport> {
  const head = readSealedHead(from);
  if (head === null) throw refused(`${from} is not encrypted.`);
  if (existsSync(to)) throw refused(`There is something at ${to} already.`);
  mkdirSync(dirname(to), { recursive: true });
  const { bytes } = await writeWholeFile(to, files.parquet(from, head.name));
  onFile(head.name);
  return { files: 1, unchanged: 0, bytes };
}

function plainBytes(files: ArchiveFiles, directory: string, file: string): AsyncIterable<Uint8Array> {
  const read = files.toRead(directory, file);
  return typeof read === 'string' ? createReadStream(read) : read.open();
}

function refused(message: string): BellwetherError {
  return new BellwetherError('invalid_parameter', message, { field: 'directory' });
}
