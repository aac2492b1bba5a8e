import { Counter, Registry } from '@bellwether/metrics';
import { expect, it } from 'vitest';
import type { LedgerConnection } from '../ledger/connection.ts';
import { validateAccuracy } from './accuracy.ts';

const labels = { provider: 'openai', task_type: 'chat', model: 'gpt-4o' };

/** Validates with one row that was counted, of a ledger that has so many while it moves, and while it stands still. */
async function validate(rowsMoving: string, rowsStill: string) {
  const registry = new Registry();
  const names = Object.keys(labels);
  const requests = new Counter({
    name: 'llm_requests_total',
    help: 'r',
    labelNames: names,
    registers: [registry],
  });
  requests.inc(labels, 1);
  let total = rowsMoving;
  const row = () =>
    Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label_${name}`, value]));
  const { exact, families } = await validateAccuracy({
    ledger: {
      connection: {
        query: async () => [{ ...row(), total }],
        queryRemembered: async () => [],
      } as unknown as LedgerConnection,
      settle: async () => true,
      loader: {
        between: (work) => {
          total = rowsStill;
          return work(1);
        },
      },
    },
    journal: { identity: { id: 'j' } as never },
    reratings: [],
    registry,
    counted: () => ({ rows: 1, fromSeq: 1, toSeq: 3, firstDay: '2026-11-20' }),
    defaults: { revenuePerRequest: 0n, costPerRequest: 0n },
  });
  return [exact, families.length];
}

it('looks again, while nothing comes in, at a row that was not counted yet', async () => {
  expect(await validate('2', '1')).toEqual([true, 1]);
});

it('tells of what differs then too', async () => {
  expect(await validate('2', '2')).toEqual([false, 1]);
});

it('holds nothing up where nothing differs', async () => {
  expect(await validate('1', '2')).toEqual([true, 1]);
});
