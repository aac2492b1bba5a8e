import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestLedger, type TestLedger } from '../rollups/test-support.ts';
import { formerCharges } from './rerated-charges.ts';
import { rewriteMonth } from './rewrite.ts';

const MONTH = 202_611;
let ledger: TestLedger;

beforeAll(async () => {
  ledger = await openTestLedger();
});

afterAll(async () => {
  await ledger.close();
});

/** A journal that has lost its end gives a number out a second time; what tells the rows apart is their identity. */
const name = (id: string) => ({ journal: 'j', seq: 7, live: true, tenant: 't', id });
const times = { timestamp: '2026-11-18 10:00:00', received_at: '2026-11-18 10:00:00.000' };

async function costs(): Promise<Record<string, string>> {
  const rows = await ledger.connection.query<{ id: string; cost: string }>(
    'SELECT id, toString(cost_usd) AS cost FROM bellwether.events ORDER BY id',
  );
  return Object.fromEntries(rows.map(({ id, cost }) => [id, cost]));
}

it('gives two rows of one number each its own charge, and takes each back', async () => {
  const ids = ['a', 'b', 'c'];
  const events = ids.map((id, i) => ({ ...name(id), ...times, cost_usd: `${i + 1}` }));
  await ledger.connection.insertRows('bellwether.events', events);
  const changes = ['b', 'a'].map((id) => ({
    ...name(id),
    ...times,
    rerating: 'r',
    former_cost_usd: id === 'a' ? '1' : '2',
    new_cost_usd: id === 'a' ? '10' : '20',
  }));
  const lines = changes.map((change) => `${JSON.stringify(change)}\n`).join('');
  await ledger.connection.insertJsonLines('bellwether.rerated_charges', [Buffer.from(lines)]);
  await rewriteMonth(ledger.connection, 'r', MONTH);
  expect(await costs()).toEqual({ a: '10', b: '20', c: '3' });
  const back = new Map<string, bigint | null>();
  for await (const { changed } of formerCharges(ledger.connection, 'r'))
    for (const { row, new: charge } of changed) back.set(row.id, charge.costPicoUsd);
  expect(Object.fromEntries(back)).toEqual({ a: 10n ** 12n, b: 2n * 10n ** 12n });
});
