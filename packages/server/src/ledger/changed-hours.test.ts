import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestLedger, type TestLedger } from '../rollups/test-support.ts';
import { changedHours } from './changed-hours.ts';
import type { Loader } from './loader.ts';

let ledger: TestLedger;

beforeAll(async () => {
  ledger = await openTestLedger();
});

afterAll(async () => {
  await ledger.close();
});

const FIRST_HOUR = Date.UTC(2026, 10, 18) / 3_600_000;

function insertRow(seq: number, hour: number): Promise<void> {
  const timestamp = `2026-11-18 0${hour}:30:00`;
  const row = {
    journal: 'j',
    seq,
    live: true,
    received_at: '2026-11-21 12:00:00.000',
    id: `e${seq}`,
    timestamp,
  };
  return ledger.connection.insertRows('bellwether.events', [row]);
}

/** What is asked when every row up to a number is on disk that will ever be, and the ledger has them all or not. */
const at = (complete: number, isSettled = true) => ({
  ledger: { connection: ledger.connection, loader: {} as Loader, settle: async () => isSettled },
  journal: { identity: { id: 'j' } as never, completeSeq: async () => complete },
  rewrites: () => '',
});

it('sees a row that comes after one with a higher number', async () => {
  const first = await changedHours(at(0), null);
  expect(first).toEqual({ mark: { journal: 'j', seq: 0, rewrites: '["",0]' }, hours: null });
  await insertRow(2, 5);
  // The first row is still on its way.
  const second = await changedHours(at(0), first.mark);
  expect(second.hours).toEqual([FIRST_HOUR + 5]);
  await insertRow(1, 3);
  const third = await changedHours(at(2), second.mark);
  expect(third.hours).toEqual([FIRST_HOUR + 3, FIRST_HOUR + 5]);
  expect(await changedHours(at(2), third.mark)).toEqual({ mark: third.mark, hours: [] });
});

it('looks again at rows that the ledger may not have had', async () => {
  const { mark } = await changedHours(at(2), null);
  await insertRow(3, 7);
  const behind = await changedHours(at(4, false), mark);
  expect(behind).toEqual({ mark, hours: [FIRST_HOUR + 7] });
  await insertRow(4, 8);
  expect(await changedHours(at(4), behind.mark)).toEqual({
    mark: { ...mark, seq: 4 },
    hours: [FIRST_HOUR + 7, FIRST_HOUR + 8],
  });
});
