/**
 * The note in a data directory that its stores are encrypted: the key that they are
 * encrypted with, wrapped by the operator's. It is there before anything else is, so a
 * directory is encrypted from its first byte or not at all, and nobody opens it with
 * the wrong key. Without it the data are lost, so there are two copies of it.
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EncryptionError } from './encryption-error.ts';
import type { KeyRing } from './key-file.ts';
import { type DataKeys, deriveKeys, WRAPPED_BYTES } from './master-key.ts';

/** The note's name in the data directory. */
export const ENCRYPTION_MARK = 'encryption.json';
/** The name of its copy. */
export const ENCRYPTION_MARK_COPY = 'encryption-copy.json';

/** A note of the first version has no key of its own: there the operator's key is that of the data. */
const VERSION = 2;
const CONTEXT = Buffer.from('bellwether data directory');
/** What is encrypted where there is a key: these are there if the directory has been in use. */
const STORES = ['journal', 'engine'];
/** Changes of the key that may wait for the audit log. Of more, which takes a log that fails for years, the last ones are kept. */
const UNRECORDED_MAX = 16;

interface Mark {
  readonly version: number;
  /** The fingerprint of the operator's key. */
  readonly key: string;
  /** The key of the data, wrapped by that one, as base64; not in the first version. */
  readonly wrapped?: string;
  /** The fingerprints of the keys before, oldest first, whose changes to the next one the audit log may not have. */
  readonly unrecorded?: readonly string[];
}

/** A change of the operator's key: the data key was wrapped by one, and is by another. Both are fingerprints. */
export interface Rewrap {
  readonly from: string;
  readonly to: string;
}

/** What {@link claimForKeys} has found. */
export interface ClaimedDirectory {
  readonly keys: DataKeys;
  /** The fingerprint of the operator's key before, where this was the first opening with another one; null otherwise. */
  readonly rewrappedFrom: string | null;
}

/**
 * Makes sure that a data directory and the keys belong together, and gives the keys of its data. One that has not been
 * in use is given a key. One whose key is wrapped by an older key of the ring has it wrapped by the newest from then on.
 *
 * @param ring null for none.
 * @returns null for a directory that is not encrypted.
 * @throws EncryptionError if they do not belong together; nothing has changed then.
 */
export function claimForKeys(dataDirectory: string, ring: KeyRing | null): ClaimedDirectory | null {
  const mark = readMark(dataDirectory) ?? beginMark(dataDirectory, ring);
  if (mark === null) return null;
  const dataKey = dataKeyOf(mark, ring, dataDirectory);
  const { newest } = ring as KeyRing;
  const isOld = mark.key !== newest.fingerprint;
  const current = isOld ? rewrapped(dataKey, ring as KeyRing, mark) : mark;
  keepCopies(dataDirectory, current);
  return {
    keys: deriveKeys(dataKey, newest.fingerprint),
    rewrappedFrom: isOld ? mark.key : null,
  };
}

/** The changes of the operator's key that {@link forgetRewraps} was not told of, oldest first. */
export function unrecordedRewraps(dataDirectory: string): readonly Rewrap[] {
  const { key = '', unrecorded = [] } = readMark(dataDirectory) ?? {};
  return unrecorded.map((from, n) => ({ from, to: unrecorded[n + 1] ?? key }));
}

/**
 * Takes the oldest changes of the key out of the note, since the audit log has them on the disk.
 *
 * @param count how many.
 */
export function forgetRewraps(dataDirectory: string, count: number): void {
  const mark = readMark(dataDirectory);
  if (mark === null) return;
  const { unrecorded = [], ...plain } = mark;
  const left = unrecorded.slice(count);
  keepCopies(dataDirectory, left.length === 0 ? plain : { ...plain, unrecorded: left });
}

/** The fingerprint of the operator's key that a directory is encrypted with; null if it is not. */
export function keyOfDirectory(dataDirectory: string): string | null {
  return readMark(dataDirectory)?.key ?? null;
}

/**
 * Makes sure that something encrypted, or not, can be used with the keys that are there.
 *
 * @param wanted the fingerprint of the key that it needs; null if it is not encrypted.
 * @param ring null for no keys.
 * @param what begins the message, e.g. a path.
 * @throws EncryptionError if not.
 */
export function requireKey(wanted: string | null, ring: KeyRing | null, what: string): void {
  if (wanted === null) {
    if (ring === null) return;
    throw new EncryptionError(
      `${what} holds data that are not encrypted, and storage.encryption_key_file is set`,
    );
  }
  if (ring === null)
    throw new EncryptionError(
      `${what} is encrypted with the key ${wanted}; name its file by storage.encryption_key_file`,
    );
  if (ring.find(wanted) !== null) return;
  const given = ring.keys.map(({ fingerprint }) => fingerprint).join(', ');
  throw new EncryptionError(
    `${what} is encrypted with the key ${wanted}, and storage.encryption_key_file has the key ${given}`,
  );
}

function dataKeyOf(mark: Mark, ring: KeyRing | null, what: string): Buffer {
  if (mark.version > VERSION)
    throw new EncryptionError(`${what} was encrypted by a newer version of Bellwether`);
  requireKey(mark.key, ring, what);
  const master = ring?.find(mark.key) ?? null;
  const key =
    mark.wrapped === undefined
      ? master?.asDataKey()
      : master?.unwrap(Buffer.from(mark.wrapped, 'base64'), CONTEXT);
  if (key === null || key === undefined) throw unreadable(join(what, ENCRYPTION_MARK));
  return key;
}

/** Gives a directory that has not been in use to the newest key. */
function beginMark(dataDirectory: string, ring: KeyRing | null): Mark | null {
  if (ring === null) return null;
  if (STORES.some((name) => existsSync(join(dataDirectory, name))))
    throw new EncryptionError(
      `${dataDirectory} holds data that are not encrypted; storage.encryption_key_file needs a new directory, see docs/operate/encryption.md`,
    );
  const path = join(dataDirectory, ENCRYPTION_MARK);
  const unfinished = `${path}.${process.pid}.new`;
  writeText(unfinished, wrapped(randomBytes(32), ring));
  try {
    // Of two that begin at once only one may: the other's key would be that of nothing.
    linkSync(unfinished, path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    rmSync(unfinished);
  }
  syncNames(dataDirectory);
  return readMark(dataDirectory);
}

function wrapped(dataKey: Uint8Array, { newest }: KeyRing): Mark {
  return {
    version: VERSION,
    key: newest.fingerprint,
    wrapped: newest.wrap(dataKey, CONTEXT).toString('base64'),
  };
}

/** The note with the newest key, which says in the same writing that this has to be accounted for. */
function rewrapped(dataKey: Uint8Array, ring: KeyRing, { key, unrecorded = [] }: Mark): Mark {
  return { ...wrapped(dataKey, ring), unrecorded: [...unrecorded, key].slice(-UNRECORDED_MAX) };
}

/** Sees to it that both copies are what the note is. */
function keepCopies(dataDirectory: string, mark: Mark): void {
  for (const name of [ENCRYPTION_MARK, ENCRYPTION_MARK_COPY]) {
    const path = join(dataDirectory, name);
    if (isText(path, mark)) continue;
    writeText(`${path}.new`, mark);
    renameSync(`${path}.new`, path);
    // The second is not touched before the first is on disk.
    syncNames(dataDirectory);
  }
}

function isText(path: string, mark: Mark): boolean {
  return existsSync(path) && readFileSync(path, 'utf8') === textOf(mark);
}

function textOf(mark: Mark): string {
  return `${JSON.stringify(mark)}\n`;
}

function writeText(path: string, mark: Mark): void {
  writeFileSync(path, textOf(mark), { mode: 0o600, flush: true });
}

/** The note, or its copy where that cannot be read. */
function readMark(dataDirectory: string): Mark | null {
  const paths = [ENCRYPTION_MARK, ENCRYPTION_MARK_COPY].map((name) => join(dataDirectory, name));
  const there = paths.filter((path) => existsSync(path));
  for (const path of there) {
    const mark = parseMark(path);
    if (mark !== null) return mark;
  }
  if (there[0] !== undefined) throw unreadable(there[0]);
  return null;
}

function parseMark(path: string): Mark | null {
  try {
    const {
      version,
      key,
      wrapped: sealed,
      ...rest
    } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Mark>;
    if (typeof version !== 'number' || typeof key !== 'string') return null;
    if (version === 1) return { version, key };
    if (typeof sealed !== 'string') return version > VERSION ? { version, key } : null;
    const isSound = version > VERSION || Buffer.from(sealed, 'base64').length === WRAPPED_BYTES;
    return isSound ? { version, key, wrapped: sealed, ...pending(rest.unrecorded) } : null;
  } catch {
    return null;
  }
}

function pending(unrecorded: unknown): Pick<Mark, 'unrecorded'> {
  const isSound = Array.isArray(unrecorded) && unrecorded.every((from) => typeof from === 'string');
  return isSound && unrecorded.length > 0 ? { unrecorded } : {};
}

function syncNames(dataDirectory: string): void {
  const folder = openSync(dataDirectory, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function unreadable(path: string): EncryptionError {
  return new EncryptionError(`${path} cannot be read; put it back from a backup`);
}
