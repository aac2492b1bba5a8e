/**
 * The two files beside the state database that make a missing tail visible: the
 * key that seals entries, and the log's end as it was after the last entry. With
 * the end kept outside, a database that was rolled back to an older copy of
 * itself does not pass for a whole one.
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SealedHead } from './entry.ts';
import { GENESIS_HASH, isSealedHead, sealHead } from './entry.ts';
import { StateError } from '../state/state-error.ts';
import type { LogEnd } from './store.ts';

/** The key, in hexadecimal, readable by its owner only. */
export const KEY_FILE = 'audit.key';

/** The log's end, as JSON. */
export const HEAD_FILE = 'audit.head';

const KEY_BYTES = 32;

/** The key and the outer head of one data directory. */
export interface SealFiles {
  /** `null` if there is no key or the file holds none. */
  readKey(): Buffer | null;
  /**
   * Finds or makes the key; to be called while nobody else can write to the log.
   * A new log gets its key and its first head, which the caller has to store.
   */
  prepare(end: LogEnd): SealedHead | null;
  /** Makes a prepared key the key, after the head that it sealed was stored. */
  commitKey(): void;
  /** The outer head; `null` if it is missing or holds none. Whether it is genuine is for the caller to check. */
  readHead(): SealedHead | null;
  writeHead(head: SealedHead): void;
  /** What is wrong with the files without being tampering, as sentences. */
  weaknesses(): string[];
}

/** The files in a data directory. */
export function sealFiles(dataDir: string): SealFiles {
  const key = join(dataDir, KEY_FILE);
  const pending = `${key}.new`;
  const head = join(dataDir, HEAD_FILE);
  return {
    readKey: () => readKey(key),
    prepare: (end) => {
      if (readKey(key)) return null;
      // What is in the place of the key and is none is kept for whoever looks into it.
      if (existsSync(key)) renameSync(key, `${key}.damaged`);
      const interrupted = readKey(pending);
      // A process that stopped between storing the first head and renaming the key: the head is the proof.
      if (interrupted && end.head && isSealedHead(end.head, interrupted)) return null;
      const fresh = randomBytes(KEY_BYTES);
      writeDurably(pending, `${fresh.toString('hex')}\n`);
      // Entries without a key: it was lost. The log goes on with a new one, and verification says so.
      if (end.head || end.last) return null;
      const first = sealHead(0, GENESIS_HASH, fresh);
      writeDurably(head, printHead(first));
      return first;
    },
    commitKey: () => {
      if (!existsSync(pending)) return;
      // Another process may have renamed it since.
      if (existsSync(key)) rmSync(pending, { force: true });
      else renameSync(pending, key);
      syncDirectory(dataDir);
    },
    readHead: () => readHead(head),
    writeHead: (sealed) => writeDurably(head, printHead(sealed)),
    weaknesses: () => {
      if (process.platform === 'win32' || !existsSync(key)) return [];
      const mode = statSync(key).mode & 0o777;
      return (mode & 0o077) === 0
        ? []
        : [`${KEY_FILE} may be read by others (mode ${mode.toString(8)}); 600 keeps it to its owner.`];
    },
  };
}

function readKey(file: string): Buffer | null {
  const text = readText(file)?.trim() ?? '';
  return /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : null;
}

function readHead(file: string): SealedHead | null {
  try {
    const parsed: unknown = JSON.parse(readText(file) ?? 'null');
    if (typeof parsed !== 'object' || parsed === null) return null;
    const { sequence, hash, seal } = parsed as Record<string, unknown>;
    if (!Number.isSafeInteger(sequence) || typeof hash !== 'string' || typeof seal !== 'string') return null;
    return { sequence: Number(sequence), hash, seal };
  } catch {
    return null;
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new StateError('unusable', `${file} cannot be read.`, { cause: error });
  }
}

function printHead({ sequence, hash, seal }: SealedHead): string {
  return `${JSON.stringify({ sequence, hash, seal })}\n`;
}

/** Replaces a file whole: after a crash or a power cut there is the old content or the new, never a part. */
function writeDurably(file: string, content: string): void {
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(temporary, content, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
    throw new StateError(full ? 'full' : 'unusable', `${file} cannot be written.`, { cause: error });
  }
}

/** A rename is on disk only once its directory is. */
function syncDirectory(directory: string): void {
  // Windows cannot open a directory, and needs no such step.
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
