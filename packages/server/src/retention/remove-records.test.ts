import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LedgerConnection } from '../ledger/connection.ts';
import { makeTurns } from '../ledger/turns.ts';
import { openTestLedger, type TestLedger } from '../rollups/test-support.ts';
import { removeRecords } from './remove-records.ts';

const FEEDBACK = 'bellwether.feedback';
let ledger: TestLedger;

beforeAll(async () => {
  ledger = await openTestLedger();
});

afterAll(async () => {
  await ledger.close();
});

function insert(id: string, day: string, received: string): Promise<void> {
  const row = { journal: 'j', seq: 1, id, request_id: id, timestamp: `${day} 10:00:00` };
  const line = JSON.stringify({ ...row, received_at: `${received} 10:00:00` });
  return ledger.connection.insertJsonLines(FEEDBACK, [Buffer.from(`${line}\n`)]);
}

it('keeps a record of a month long past that comes in while the month goes', async () => {
  await insert('old', '2026-01-10', '2026-01-10');
  await insert('late', '2026-02-10', '2026-11-01');
  await insert('old too', '2026-02-11', '2026-02-11');
  const exclusively = makeTurns();
  const coming: Promise<void>[] = [];
  const connection: LedgerConnection = {
    ...ledger.connection,
    async command(sql, parameters) {
      if (sql.includes('DROP PARTITION')) {
        // The loader takes its turn when it gets it; it gets as long as an insert takes.
        coming.push(exclusively(() => insert('comes meanwhile', '2026-01-11', '2026-11-21')));
        await Promise.race([...coming, pause(300)]);
      }
      await ledger.connection.command(sql, parameters);
    },
  };
  const before = { feedbackBeforeMs: Date.UTC(2026, 5), samplesBeforeMs: Date.UTC(2026, 5) };
  expect(await removeRecords({ connection, exclusively }, before)).toEqual({ feedback: 2, samples: 0 });
  await Promise.all(coming);
  const left = await ledger.connection.query<{ id: string }>(`SELECT id FROM ${FEEDBACK} ORDER BY id`);
  expect(left.map(({ id }) => id)).toEqual(['comes meanwhile', 'late']);
});
