import { expect, it } from 'vitest';
import { fakeClock } from '../clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalBlock } from '../journal/journal-state.ts';
import { silentLog } from '../log.ts';
import type { LedgerConnection } from './connection.ts';
import { Loader } from './loader.ts';
import { makeTurns } from './turns.ts';

interface Row {
  readonly seq: number;
  readonly tenant: string;
  readonly id: string;
  readonly timestamp?: string;
}

function block(rows: readonly Row[]): JournalBlock {
  const lines = rows.map(({ seq, tenant, id, timestamp }) =>
    JSON.stringify({ journal: 'j', seq, id, timestamp, ...(tenant === '' ? {} : { tenant }) }),
  );
  return {
    block: 1,
    kind: 'event',
    rows: rows.length,
    payload: new TextEncoder().encode(`${lines.join('\n')}\n`),
  };
}

/** Loads one block, as after a start, into a ledger that holds some rows; returns the ids of those inserted. */
async function load(pending: JournalBlock, held: readonly Row[] = [], rowsMax = 32_768): Promise<string[]> {
  const inserted: string[] = [];
  let rowsAtOnce = 0;
  const journal = {
    identity: { id: 'j' },
    lastBlock: 1,
    backlogBytes: 1,
    read: async (after: number) => (after === 0 ? [pending] : []),
    markLoaded: async () => undefined,
  };
  const connection = {
    queryAfterInserts: async (_: string, { from, to }: { from: number; to: number }) =>
      held.filter(({ seq }) => seq >= from && seq <= to),
    insertRows: async (_: string, rows: readonly Row[]) => {
      rowsAtOnce = Math.max(rowsAtOnce, rows.length);
      const months = new Set(rows.map(({ timestamp }) => timestamp?.slice(0, 7)));
      // Each month is a part of its own.
      if (months.size > 32) throw new Error('too many parts for one insert');
      if (rows.length > rowsMax) throw Object.assign(new Error('too little memory'), { code: '241' });
      for (const { id } of rows) inserted.push(id);
    },
  };
  const clock = fakeClock(0);
  const loader = new Loader({
    insertBytesMax: 12 * 1024 * 1024,
    journal: journal as unknown as Journal,
    connection: connection as unknown as LedgerConnection,
    clock,
    log: silentLog,
    takeTurn: makeTurns(),
    loadedBlock: 0,
    onLoaded: async () => undefined,
  });
  const settled = loader.settle(60_000);
  const progress = { done: false };
  void settled.then(() => {
    progress.done = true;
  });
  while (!progress.done) await clock.advanceAsync(10);
  expect(loader.status).toMatchObject({ problem: null, loadedBlock: 1 });
  expect(await settled).toBe(true);
  await loader.stop();
  expect(rowsAtOnce).toBeLessThanOrEqual(32_768);
  return inserted;
}

it('inserts what the ledger does not hold', async () => {
  const rows = [
    { seq: 1, tenant: 't', id: 'a' },
    { seq: 2, tenant: '', id: 'b\u0000"' },
    { seq: 3, tenant: '', id: 'c' },
  ];
  expect(await load(block(rows), rows.slice(0, 2))).toEqual(['c']);
});

it('takes a row for present only if the row of that number is the same event', async () => {
  const rows = [
    { seq: 1, tenant: '', id: 'new' },
    { seq: 2, tenant: 'u', id: 'same' },
    { seq: 3, tenant: '', id: 'kept' },
  ];
  const held = [
    { seq: 1, tenant: '', id: 'old' },
    { seq: 2, tenant: 'v', id: 'same' },
    { seq: 3, tenant: '', id: 'kept' },
  ];
  expect(await load(block(rows), held)).toEqual(['new', 'same']);
});

it('loads a block of more rows than a call takes arguments', async () => {
  const rows = Array.from({ length: 300_000 }, (_, i) => ({ seq: i + 1, tenant: '', id: String(i) }));
  expect(await load(block(rows))).toHaveLength(300_000);
});

it('inserts fewer rows at once if the engine has too little memory', async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => ({ seq: i + 1, tenant: '', id: String(i) }));
  expect(await load(block(rows), [], 5000)).toHaveLength(20_000);
});

it('inserts rows of decades a few months at a time, and each row once', async () => {
  const rows = Array.from({ length: 7000 }, (_, i) => {
    // Neighbours lie years apart.
    const month = (i * 331) % 700;
    const timestamp = `${1970 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-05 00:00:00`;
    return { seq: i + 1, tenant: '', id: String(i), timestamp };
  });
  const ids = await load(block(rows), rows.slice(0, 1000));
  expect(ids.toSorted()).toEqual(
    rows
      .slice(1000)
      .map(({ id }) => id)
      .toSorted(),
  );
});
