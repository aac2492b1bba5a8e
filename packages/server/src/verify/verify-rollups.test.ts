import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  openTestLedger,
  randomRows,
  seededRandom,
  START_MS,
  type TestLedger,
} from '../rollups/test-support.ts';
import { compareRollups } from './verify-rollups.ts';

let ledger: TestLedger;

beforeAll(async () => {
  ledger = await openTestLedger();
  await ledger.insert(randomRows(seededRandom(5), 600, 3, 60));
  await ledger.rollups(55).catchUp();
}, 60_000);
afterAll(() => ledger.close());

async function differences(): Promise<readonly (readonly [string, string, string])[]> {
  const compared = await compareRollups(ledger.connection);
  expect(compared.length).toBeGreaterThanOrEqual(13);
  return compared.flatMap(({ name, expected, actual, equal }) =>
    equal ? [] : [[name, expected, actual] as const],
  );
}

it('finds no difference, also while late rows and changed ones wait for the next pass', async () => {
  expect(await differences()).toEqual([]);
  await ledger.insert(randomRows(seededRandom(6), 50, 3, 60));
  expect(await differences()).toEqual([]);
  await ledger.rowChanges.during([{ fromMs: START_MS, toMs: START_MS + 3_600_000 }], async () => undefined);
  expect(await differences()).toEqual([]);
  await ledger.rollups(55).catchUp();
  expect(await differences()).toEqual([]);
}, 60_000);

it('names each figure that a damaged rollup has otherwise', async () => {
  await ledger.connection.command(
    `ALTER TABLE bellwether.cells_backends UPDATE requests = requests + 1 WHERE width = 86400 AND backend_id = 'b1' AND algorithm = 'rr'
     AND tenant = 'acme' AND toDate(at) = '2026-11-18' SETTINGS mutations_sync = 1`,
  );
  const found = await differences();
  expect(found.map(([name]) => name)).toEqual([
    'rows and rollup backends by the day, days that differ of 2',
    'rows and rollup backends by the day, 2026-11-18, requests',
    'rows and rollup backends by the day, 2026-11-18, unpriced',
  ]);
  expect(found[0]?.slice(1)).toEqual(['0', '1']);
  expect(Number(found[1]?.[2])).toBe(Number(found[1]?.[1]) + 1);
}, 60_000);

it('names the days of which a rollup has lost cells, and of which it has too many rows', async () => {
  await ledger.connection.command(
    `DELETE FROM bellwether.cells_models WHERE width = 60 AND toDate(at) = '2026-11-19' SETTINGS mutations_sync = 1`,
  );
  expect((await differences()).map(([name]) => name)).toContain(
    'rows and rollup models by the minute, 2026-11-19, cost USD',
  );
  await ledger.connection.command(
    `DELETE FROM bellwether.events WHERE toDate(timestamp) = '2026-11-18' SETTINGS mutations_sync = 1`,
  );
  expect(await differences()).toContainEqual(
    expect.arrayContaining(['rows and rollup users by the day, 2026-11-18, requests', '0']),
  );
}, 60_000);
