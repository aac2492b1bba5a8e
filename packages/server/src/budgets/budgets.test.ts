import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { fakeClock } from '../clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { silentLog } from '../log.ts';
import { Budgets } from './budgets.ts';

it('goes on when it cannot be found out for a moment whether rows were rewritten', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bellwether-budgets-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const clock = fakeClock(Date.parse('2026-11-20T12:00:00Z'));
  const warned: unknown[] = [];
  let isLocked = false;
  const budgets = await Budgets.open({
    dataDir,
    definitions: [],
    rewrites: () => {
      if (isLocked) throw new Error('Another process holds the state database.');
      return '';
    },
    journal: {
      identity: { id: 'j' },
      lastBlock: 0,
      status: async () => ({ loadedBlock: 0 }),
    } as unknown as Journal,
    ledger: { loader: {} } as Ledger,
    clock,
    log: { ...silentLog, warn: (details: unknown) => void warned.push(details) },
  });
  isLocked = true;
  // What a timer throws ends the server.
  expect(() => clock.advance(2000)).not.toThrow();
  expect(warned).toEqual([{ problem: 'Error: Another process holds the state database.' }]);
  isLocked = false;
  clock.advance(2000);
  expect(warned).toHaveLength(1);
  await budgets.close();
});
