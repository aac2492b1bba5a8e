/**
 * A process that writes to journals while calls of the system fail, and says what became of
 * each. For every number that it is given it begins a journal, whose call of that number fails,
 * goes on for a while, and opens a copy of what is on the disk then, as after a kill.
 *
 * strace has each so-many-th call fail, counted over the journal's files and a file of no
 * other use. By calls on that one the process sees where the count is and brings it to
 * where the wanted call of the next journal is the one that fails. So one start serves
 * hundreds of journals.
 */

import { cpSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { hashIdentity, hashText } from '../../packages/server/src/journal/identities/index.ts';
import { JournalStore } from '../../packages/server/src/journal/journal-store.ts';
import type { Submission } from '../../packages/server/src/journal/submission.ts';

/** What can fail. */
export type Call = 'pwrite64' | 'fsync';

/** What became of one journal. */
export interface Outcome {
  /** Which call failed. */
  readonly nth: number;
  /** Batches that were acknowledged before, and those that were refused from then on. */
  readonly acknowledged: number;
  readonly refused: number;
  /** What should not have been; empty. */
  readonly problems: readonly string[];
}

/** Every so-many-th call fails. That is more than one journal makes, so only one of its calls does. */
export const PERIOD = 256;
/** The files in a directory whose calls are counted. */
export const countedFiles = ['journal/journal.db', 'journal/journal.db-wal', 'other'];

/** Rows of a batch. */
const ROWS = 3;
/** Batches that are tried after the first that was refused. */
const TRIED_AFTER = 3;
const ARRIVED_MS = Date.UTC(2026, 10, 20, 12);

if (process.argv[1] === import.meta.filename) {
  const [directory = '', call, numbers = ''] = process.argv.slice(2);
  sweep(directory, call as Call, numbers.split(',').map(Number));
}

function sweep(directory: string, call: Call, numbers: readonly number[]): void {
  const other = openSync(join(directory, 'other'), 'w', 0o600);
  const bytes = Buffer.alloc(1);
  /** Makes a call on the other file; false if it fails. */
  const succeeds = (): boolean => {
    try {
      if (call === 'fsync') fsyncSync(other);
      else writeSync(other, bytes, 0, 1, 0);
      return true;
    } catch {
      return false;
    }
  };
  for (const nth of numbers) {
    let calls = 1;
    while (succeeds()) calls += 1;
    const problems = calls > PERIOD ? ['No call failed.'] : [];
    for (let left = PERIOD - nth; left > 0; left -= 1)
      if (!succeeds()) problems.push('A call failed too early.');
    const outcome = writeUntilRefused(directory, nth);
    const found: Outcome = { ...outcome, nth, problems: [...problems, ...outcome.problems] };
    writeSync(1, `${JSON.stringify(found)}\n`);
  }
}

function writeUntilRefused(directory: string, nth: number): Omit<Outcome, 'nth'> {
  const [journal, copy] = ['journal', 'copy'].map((name) => join(directory, name)) as [string, string];
  const problems: string[] = [];
  let [acknowledged, refused] = [0, 0];
  let store: JournalStore | null = null;
  try {
    store = new JournalStore(optionsOf(journal));
    // A batch makes one sync and more than one write.
    while (refused < 1 + TRIED_AFTER && acknowledged <= nth) {
      try {
        store.append([submissionOf(store, acknowledged + refused)], (acknowledged + refused + 1) * ROWS);
        if (refused > 0) problems.push(`Batch ${acknowledged + refused} was acknowledged after an error.`);
        acknowledged += 1;
      } catch {
        refused += 1;
      }
    }
    if (refused === 0) problems.push('The error was passed over.');
  } catch {
    // It did not open, and nothing was acknowledged.
  }
  cpSync(journal, copy, { recursive: true });
  try {
    store?.close();
  } catch {
    // What it does at the end is of no use any more.
  }
  rmSync(journal, { recursive: true });
  problems.push(...problemsOf(copy, acknowledged, refused));
  rmSync(copy, { recursive: true });
  return { acknowledged, refused, problems };
}

/** Opens a journal that was left behind by an error, sends everything again, and says what is wrong with it. */
function problemsOf(directory: string, acknowledged: number, refused: number): string[] {
  const store = new JournalStore(optionsOf(directory));
  try {
    const batches = acknowledged + refused + 1;
    const before = store.status();
    const again = Array.from({ length: batches }, (_, batch) => submissionOf(store, batch));
    const receipts = store.append(again, batches * 2 * ROWS);
    const { totals, pendingRows, damagedBlocks, lostEvents } = store.status();
    const held = store.read(0, Number.MAX_SAFE_INTEGER).reduce((sum, { rows }) => sum + rows, 0);
    const wrong = receipts.flatMap(({ accepted, conflicts }, batch) => {
      const found = conflicts.length === 0 ? accepted : -1;
      // What was acknowledged is there; what was refused may be, but whole; what was not sent is not.
      const expected = batch < acknowledged ? [0] : batch < acknowledged + refused ? [0, ROWS] : [ROWS];
      return expected.includes(found) ? [] : [`Of batch ${batch} ${found} rows were new.`];
    });
    const figures = [totals.events, pendingRows, held].join(', ');
    const all = batches * ROWS;
    return [
      ...wrong,
      ...(before.totals.events < acknowledged * ROWS ? ['Acknowledged rows are not in the totals.'] : []),
      ...(figures === [all, all, all].join(', ') ? [] : [`${figures} instead of ${all} rows.`]),
      ...(damagedBlocks + lostEvents === 0 ? [] : ['Something is said to be lost.']),
    ];
  } finally {
    store.close();
  }
}

/** How the journal of a directory is opened. */
function optionsOf(directory: string) {
  const MIB = 1024 * 1024;
  return {
    directory,
    identityWindowMs: 7 * 86_400_000,
    identityMemoryBytesMax: 8 * MIB,
    recentBytesMax: 32 * MIB,
  };
}

/** The rows of a batch, the same whenever they are sent. */
function submissionOf(store: JournalStore, batch: number): Submission {
  const identities = new Uint32Array(ROWS * 4);
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const id = `${batch}-${i}`;
    hashIdentity(store.identity.seed, '', id, identities, i * 4);
    identities[i * 4 + 3] = hashText(store.identity.seed, id);
    return `${JSON.stringify({ id })}\n`;
  });
  return {
    payload: new TextEncoder().encode(lines.join('')),
    identities,
    totals: { events: ROWS, inputTokens: 0n, outputTokens: 0n, costPicoUsd: 0n, unpriced: ROWS },
    arrivedMs: ARRIVED_MS,
    partial: false,
  };
}
