/**
 * Checks an audit log from its first entry to its end, and names the first thing
 * that is not as it was recorded.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SealedHead, StoredEntry } from './entry.ts';
import { BROKEN_LINK, GENESIS_HASH, hashEntry, isSameText, isSealedHead, sealEntry } from './entry.ts';
import type { SealFiles } from './seal-files.ts';
import type { AuditStore } from './store.ts';

/** An entry that somebody wrote down elsewhere: the log must still contain it. */
export interface AuditAnchor {
  readonly sequence: number;
  readonly hash: string;
}

/** What is wrong at the first place where something is. */
export type AuditBreak =
  /** An entry's content is not what its hash says. */
  | 'altered'
  /** Entries are gone: in the middle, or at the end. */
  | 'missing'
  /** An entry does not follow the one before it. */
  | 'unlinked'
  /** An entry was not made by this server: its seal is of another key. */
  | 'forged'
  /** The record of where the log ends is gone, not genuine, or contradicts the entries. */
  | 'head'
  | 'key_missing'
  /** The log is whole in itself, and not the one that the anchor is from. */
  | 'anchor';

/** The outcome of a verification. */
export interface AuditVerdict {
  readonly intact: boolean;
  /** Entries that were found right, up to the first that was not. */
  readonly entries: number;
  /** The last entry that was found right: an anchor to keep elsewhere. `null` if there is none. */
  readonly last: AuditAnchor | null;
  readonly broken: {
    readonly sequence: number;
    readonly reason: AuditBreak;
    readonly message: string;
  } | null;
  /** What weakens the protection without being a break, as sentences. */
  readonly warnings: readonly string[];
}

/** Entries read at a time; between two pages other work of the process goes on. */
const PAGE_ENTRIES = 500;

type Broken = NonNullable<AuditVerdict['broken']>;

interface Progress {
  sequence: number;
  hash: string;
  /** What the outer head and the anchor name, to be compared when the walk gets there. */
  readonly expected: readonly { readonly at: AuditAnchor; readonly broken: Broken }[];
}

/**
 * Verifies a log, also while entries are added to it.
 *
 * @throws {StateError} if the log cannot be read at all.
 */
export async function verifyLog(
  store: AuditStore,
  files: SealFiles,
  anchor?: AuditAnchor,
): Promise<AuditVerdict> {
  const warnings = [...files.weaknesses(), ...(await store.weaknesses())];
  const key = files.readKey();
  // Read before the entries: entries that are added meanwhile are then after it.
  const outer = files.readHead();
  const progress: Progress = { sequence: 0, hash: GENESIS_HASH, expected: expectations(outer, anchor) };
  const broken =
    key === null
      ? fault(1, 'key_missing', 'The key that sealed the entries is missing, so nothing can be verified.')
      : ((await walk(store, key, progress)) ?? checkOuterHead(outer, key, progress, anchor));
  const last = progress.sequence === 0 ? null : { sequence: progress.sequence, hash: progress.hash };
  return { intact: broken === null, entries: progress.sequence, last, broken, warnings };
}

function fault(sequence: number, reason: AuditBreak, message: string): Broken {
  return { sequence, reason, message };
}

function expectations(outer: SealedHead | null, anchor: AuditAnchor | undefined): Progress['expected'] {
  const expected: { at: AuditAnchor; broken: Broken }[] = [];
  if (outer) {
    const { sequence } = outer;
    const message = `Entry ${sequence} is another one than audit.head names.`;
    expected.push({ at: outer, broken: fault(sequence, 'head', message) });
  }
  if (anchor) {
    const { sequence } = anchor;
    const message = `Entry ${sequence} is another one than the anchor names.`;
    expected.push({ at: anchor, broken: fault(sequence, 'anchor', message) });
  }
  return expected;
}

/** Walks the entries to the end, and the head with them. */
async function walk(store: AuditStore, key: Buffer, progress: Progress): Promise<Broken | null> {
  for (;;) {
    const page = await store.entries({ after: progress.sequence, limit: PAGE_ENTRIES });
    for (const entry of page) {
      const broken = checkEntry(entry, key, progress);
      if (broken) return broken;
    }
    if (page.length > 0) {
      await nextTurn();
      continue;
    }
    const head = await store.head();
    // An entry may have been added between the last page and the head.
    const grown =
      head !== null &&
      head.sequence > progress.sequence &&
      (await store.entries({ after: progress.sequence, limit: 1 })).length > 0;
    if (!grown) return checkHead(head, key, progress);
  }
}

function checkEntry(entry: StoredEntry, key: Buffer, progress: Progress): Broken | null {
  const { sequence } = entry;
  const due = progress.sequence + 1;
  if (sequence !== due) {
    const gone = sequence === due + 1 ? `Entry ${due} is` : `Entries ${due} to ${sequence - 1} are`;
    return fault(due, 'missing', `${gone} missing.`);
  }
  if (hashEntry(entry) !== entry.hash) {
    return fault(sequence, 'altered', `Entry ${sequence} is not what was recorded.`);
  }
  if (entry.previousHash === BROKEN_LINK) {
    const message = `When entry ${sequence} was recorded, the end of the log before it had been tampered with.`;
    return fault(sequence, 'unlinked', message);
  }
  if (entry.previousHash !== progress.hash) {
    return fault(sequence, 'unlinked', `Entry ${sequence} does not follow entry ${progress.sequence}.`);
  }
  if (!isSameText(entry.seal, sealEntry(entry.hash, key))) {
    return fault(sequence, 'forged', `Entry ${sequence} was not sealed with the key of this log.`);
  }
  const contradicted = progress.expected.find(({ at }) => at.sequence === sequence && at.hash !== entry.hash);
  if (contradicted) return contradicted.broken;
  progress.sequence = sequence;
  progress.hash = entry.hash;
  return null;
}

function checkHead(head: SealedHead | null, key: Buffer, progress: Progress): Broken | null {
  const { sequence } = progress;
  if (head === null) return fault(sequence, 'head', 'The record of where the log ends is missing.');
  if (!isSealedHead(head, key)) {
    return fault(sequence, 'head', 'The record of where the log ends is not genuine.');
  }
  if (head.sequence > sequence) return missingTail(sequence, head.sequence);
  if (head.sequence === sequence && head.hash === progress.hash) return null;
  return fault(
    sequence,
    'head',
    `The log ends at entry ${sequence}, but was recorded to end at ${head.sequence}.`,
  );
}

function checkOuterHead(
  outer: SealedHead | null,
  key: Buffer,
  { sequence }: Progress,
  anchor: AuditAnchor | undefined,
): Broken | null {
  if (outer === null) return fault(sequence, 'head', 'The file audit.head is missing or damaged.');
  if (!isSealedHead(outer, key)) return fault(sequence, 'head', 'The file audit.head is not genuine.');
  // The file may be behind by what a crash left unwritten, and is never ahead of a whole log.
  if (outer.sequence > sequence) return missingTail(sequence, outer.sequence);
  if (anchor && anchor.sequence > sequence) return missingTail(sequence, anchor.sequence);
  return null;
}

function missingTail(sequence: number, recorded: number): Broken {
  const message = `The log ends at entry ${sequence}, but entry ${recorded} was recorded.`;
  return fault(sequence + 1, 'missing', message);
}
