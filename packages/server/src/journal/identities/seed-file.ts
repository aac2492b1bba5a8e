/**
 * The hash seed of a data directory, in a file of its own beside the runs and, if wanted, in a copy elsewhere: 16
 * random bytes and a checksum. Every run carries a copy in its header, so a lost
 * or damaged seed file is written again from there.
 */
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { reading, writing } from './errors.ts';
import type { IdentityFiles } from './file-system.ts';
import { readAll, writeAll } from './file-system.ts';
import type { HashSeed } from './hash.ts';
import { createHashSeed, SEED_BYTES } from './hash.ts';
import type { RunSet } from './run-set.ts';

/** The name of the file. */
export const SEED_FILE = 'identity.seed';
const FILE_BYTES = SEED_BYTES + 4;

/** Reads the seed; `null` if there is none or it is damaged. */
function readSeedFile(files: IdentityFiles, directory: string): Uint8Array | null {
  if (!reading(() => files.list(directory)).includes(SEED_FILE)) return null;
  return reading(() => {
    const file = files.openToRead(join(directory, SEED_FILE));
    try {
      const bytes = new Uint8Array(FILE_BYTES);
      const size = readAll(files, file, bytes, 0);
      const sum = new DataView(bytes.buffer).getUint32(SEED_BYTES, true);
      const seed = bytes.slice(0, SEED_BYTES);
      return size === FILE_BYTES && sum === crc32(seed) ? seed : null;
    } finally {
      files.close(file);
    }
  });
}

/** Writes the seed durably. */
function writeSeedFile(files: IdentityFiles, directory: string, seed: Uint8Array): void {
  const bytes = new Uint8Array(FILE_BYTES);
  bytes.set(seed);
  new DataView(bytes.buffer).setUint32(SEED_BYTES, crc32(seed), true);
  const unfinished = join(directory, `${SEED_FILE}.unfinished`);
  writing(() => {
    const file = files.openToWrite(unfinished);
    try {
      writeAll(files, file, bytes, 0);
      files.sync(file);
    } finally {
      files.close(file);
    }
    files.rename(unfinished, join(directory, SEED_FILE));
    files.syncDirectory(directory);
  });
}

/** A new seed from the system's source of randomness. */
function randomSeed(): Uint8Array {
  return randomFillSync(new Uint8Array(SEED_BYTES));
}

/** The bytes of a seed that is kept as words, as a run's header does. */
function seedBytes(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(SEED_BYTES);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => view.setUint32(index * 4, word, true));
  return bytes;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, at) => byte === b[at]);
}

/** Opens the runs of a directory with its seed, which is found, recovered from the newest run, or made. */
export function openWithSeed(
  runSet: RunSet,
  files: IdentityFiles,
  directory: string,
  copyDirectory: string | null,
): HashSeed {
  const kept = readSeedFile(files, directory);
  const copy = copyDirectory === null ? null : readSeedFile(files, copyDirectory);
  let seed = kept;
  runSet.open((newest) => {
    seed ??= newest ? seedBytes(newest.seed) : (copy ?? randomSeed());
    return createHashSeed(seed).words;
  });
  seed ??= copy ?? randomSeed();
  try {
    if (kept === null) writeSeedFile(files, directory, seed);
    if (copyDirectory !== null && (copy === null || !isEqual(copy, seed)))
      writeSeedFile(files, copyDirectory, seed);
  } catch (error) {
    runSet.close();
    throw error;
  }
  return createHashSeed(seed);
}
