import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fixBound } from '../export/scope.ts';
import { Journal, type JournalOptions } from './journal.ts';
import { noTotals, type Submission } from './submission.ts';

let directory: string;
let journal: Journal;

const open = (): Promise<Journal> =>
  Journal.open({
    directory,
    identityWindowMs: 86_400_000,
    identityMemoryBytesMax: 8 * 1024 * 1024,
    recentBytesMax: 1e6,
    queueBytesMax: 1e6,
    backlogBytesMax: 1e6,
  } satisfies JournalOptions);

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-journal-'));
  journal = await open();
});

afterEach(async () => {
  await journal.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Rows of the kind that have no identities; their numbers are taken by the caller. */
function rows(first: number, count: number): Submission {
  const lines = Array.from({ length: count }, (_, i) => `{"seq":${first + i}}\n`);
  return {
    payload: new TextEncoder().encode(lines.join('')),
    identities: new Uint32Array(0),
    rows: count,
    totals: { ...noTotals, events: count },
    arrivedMs: 0,
    partial: true,
  };
}

/** A body that is prepared in a thread for as long as the test likes. */
function slowBody(count: number) {
  const prepared = Promise.withResolvers<void>();
  const first = Promise.withResolvers<number>();
  const stored = journal.numbering(async () => {
    const number = journal.takeSeq(count);
    first.resolve(number);
    await prepared.promise;
    return journal.append(rows(number, count));
  });
  return { prepared, stored };
}

const ledger = { settle: async () => true };

it('fixes no bound that rows come below of afterwards, whatever the order in which bodies are prepared', async () => {
  const slow = slowBody(10);
  await journal.append(rows(journal.takeSeq(5), 5));
  let bound: { readonly seq: number } | null = null;
  const fixing = fixBound(ledger, journal).then((fixed) => {
    bound = fixed;
  });
  // Asked after, answered after: the journal would have had the time to say a number.
  await journal.status();
  await journal.status();
  expect(bound).toBeNull();
  slow.prepared.resolve();
  await slow.stored;
  await fixing;
  expect(bound).toEqual({ journal: journal.identity.id, seq: 15 });
  expect((await journal.status()).totals.events).toBe(15);
});

it('does not wait for bodies that come after the bound is asked for', async () => {
  await journal.append(rows(journal.takeSeq(5), 5));
  const fixing = fixBound(ledger, journal);
  const slow = slowBody(10);
  expect(await fixing).toMatchObject({ seq: 5 });
  slow.prepared.resolve();
  await slow.stored;
});

it('goes on when a body that took numbers was refused, and fixes none that a restart gives out again', async () => {
  await journal.append(rows(journal.takeSeq(5), 5));
  const refused = journal.numbering(async () => {
    journal.takeSeq(100);
    await journal.status();
    throw new Error('not to be stored');
  });
  const fixing = fixBound(ledger, journal);
  await expect(refused).rejects.toThrow('not to be stored');
  expect(await fixing).toMatchObject({ seq: 5 });
  await journal.close();
  journal = await open();
  expect(journal.takeSeq(1)).toBe(6);
});
