import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Journal } from '../journal/journal.ts';
import { noTotals } from '../journal/submission.ts';
import { openTestLedger, type TestLedger } from '../rollups/test-support.ts';
import { verify } from './verify.ts';

const RECEIVED = '2026-11-20 12:00:00.000';
let directory: string;
let journal: Journal;
let ledger: TestLedger;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-verify-'));
  journal = await Journal.open({
    directory,
    identityWindowMs: 86_400_000,
    identityMemoryBytesMax: 8 * 1024 * 1024,
    recentBytesMax: 1e6,
    queueBytesMax: 1e6,
    backlogBytesMax: 1e6,
  });
  ledger = await openTestLedger();
});

afterAll(async () => {
  await journal.close();
  await ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A row of two tokens and a cent. */
const rowOf = (seq: number) => ({
  journal: journal.identity.id,
  seq,
  live: true,
  received_at: RECEIVED,
  id: `e${seq}`,
  timestamp: RECEIVED,
  input_tokens: 2,
  cost_usd: '0.01',
});

const acknowledge = (seq: number) =>
  journal.append({
    payload: new TextEncoder().encode(`${JSON.stringify(rowOf(seq))}\n`),
    identities: new Uint32Array(0),
    rows: 1,
    totals: { ...noTotals, events: 1, inputTokens: 2n, costPicoUsd: 10n ** 10n },
    arrivedMs: Date.parse(`${RECEIVED.replace(' ', 'T')}Z`),
    partial: true,
  });

const load = (...seqs: number[]) => ledger.connection.insertRows('bellwether.events', seqs.map(rowOf));

/** Verifies; what comes while the ledger settles, and the block up to which it is loaded then, the test says. */
async function differences(meanwhile: () => Promise<unknown>, loadedBlock: () => number): Promise<unknown[]> {
  const { comparisons } = await verify({
    ledger: {
      connection: ledger.connection,
      settle: async () => {
        await meanwhile();
        return true;
      },
      loader: { between: (work) => work(loadedBlock()) },
    },
    journal,
    reratings: [],
  });
  return comparisons
    .filter(({ equal }) => !equal)
    .map(({ name, expected, actual }) => [name, expected, actual]);
}

it('takes a row that comes after one with a higher number for no difference', async () => {
  const first = journal.takeSeq(1);
  const second = journal.takeSeq(1);
  await acknowledge(second);
  const both = async (): Promise<void> => {
    await acknowledge(first);
    await load(first, second);
  };
  expect(await differences(both, () => journal.lastBlock)).toEqual([]);
});

it('leaves out what the ledger does not have yet when it looks again', async () => {
  const first = journal.takeSeq(1);
  await acknowledge(journal.takeSeq(1));
  const loaded = journal.lastBlock;
  const more = async (): Promise<void> => {
    await load(first + 1);
    await acknowledge(first);
    await acknowledge(journal.takeSeq(1));
    await load(first);
  };
  expect(await differences(more, () => loaded + 1)).toEqual([]);
  await load(first + 2);
});

it('tells of a row that is lost', async () => {
  await acknowledge(journal.takeSeq(1));
  const day = 'journal and ledger, 2026-11-20';
  expect(
    await differences(
      async () => undefined,
      () => journal.lastBlock,
    ),
  ).toEqual([
    [`${day}, events`, '6', '5'],
    [`${day}, input tokens`, '12', '10'],
    [`${day}, cost USD`, '0.06', '0.05'],
  ]);
});
