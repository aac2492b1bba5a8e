/** A ledger with made-up rows, for the tests of rollups. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeClock, systemClock } from '../clock.ts';
import { connectEmbedded, type LedgerConnection } from '../ledger/connection.ts';
import { superviseEngine } from '../ledger/engine/supervisor.ts';
import { migrate, readMigrations } from '../ledger/migrate.ts';
import { RowChanges } from '../ledger/row-changes.ts';
import type { LedgerRow } from '../ledger/row.ts';
import { makeTurns } from '../ledger/turns.ts';
import { silentLog } from '../log.ts';
import { Rollups, type RollupsOptions } from './rollups.ts';

const limits = {
  memoryBytesMax: 700_000_000,
  threadsMax: 2,
  queryMemoryBytesMax: 400_000_000,
  querySecondsMax: 20,
};
const HOUR_MS = 3_600_000;

/** Midnight of the first day with rows. */
export const START_MS = Date.UTC(2026, 10, 18);

/** The engine with an empty ledger. */
export interface TestLedger {
  readonly connection: LedgerConnection;
  readonly rowChanges: RowChanges;
  /** Adds rows; they are numbered on. */
  insert(rows: readonly TestRow[]): Promise<void>;
  /** Rollups that go by a clock which stands so many hours after the start. */
  rollups(hours: number, more?: Partial<RollupsOptions>): Rollups;
  close(): Promise<void>;
}

export type TestRow = Omit<LedgerRow, 'journal' | 'seq' | 'live' | 'received_at'>;

/** Opens one in a directory of its own. */
export async function openTestLedger(): Promise<TestLedger> {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-rollups-'));
  const engine = superviseEngine({ dataDirectory: directory, limits, clock: systemClock, log: silentLog });
  await engine.ready;
  const connection = connectEmbedded(engine.socketPath);
  await migrate(connection, readMigrations());
  const rowChanges = new RowChanges(connection, makeTurns());
  let seq = 0;
  return {
    connection,
    rowChanges,
    async insert(rows) {
      const stamp = { journal: 'j', live: true, received_at: '2026-11-21 12:00:00.000' };
      await connection.insertRows(
        'bellwether.events',
        rows.map((row) => ({ ...stamp, seq: (seq += 1), ...row })),
      );
    },
    rollups: (hours, more) =>
      new Rollups({
        connection,
        bound: async () => ({ journal: 'j', seq }),
        takeTurn: (work) => rowChanges.apart(work),
        clock: fakeClock(START_MS + hours * HOUR_MS + 6 * 60_000),
        log: silentLog,
        minutesDays: 90,
        hoursDays: 761,
        fineShares: { from: 0, until: 0 },
        ...more,
      }),
    async close() {
      await connection.close();
      await engine.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Makes numbers from 0 to below 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of some values. */
export function pick<Value>(random: () => number, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value;
}

/** Rows at random within hours from the start, with everything that figures are made of, often absent. */
export function randomRows(random: () => number, count: number, fromHour: number, toHour: number): TestRow[] {
  const often = <Value>(value: Value): Value | undefined => (random() < 0.7 ? value : undefined);
  return Array.from({ length: count }, (_, i) => {
    const atMs = START_MS + (fromHour + random() * (toHour - fromHour)) * HOUR_MS;
    const row = {
      id: `id-${fromHour}-${i}-${Math.floor(random() * 1e9)}`,
      timestamp: `${new Date(atMs).toISOString().slice(0, 23).replace('T', ' ')}${Math.floor(random() * 1e6)
        .toString()
        .padStart(6, '0')}`,
      tenant: pick(random, ['', 'acme']),
      provider: pick(random, ['openai', 'anthropic']),
      model: pick(random, ['small', 'large', 'x"\\']),
      task_type: pick(random, ['', 'chat']),
      backend_id: pick(random, ['b1', 'b2', '']),
      algorithm: pick(random, ['rr', 'least']),
      team: pick(random, ['red', 'blue', '']),
      application: pick(random, ['web', 'app']),
      environment: pick(random, ['prod', 'test']),
      deployment: pick(random, ['v1', 'v2']),
      user_id: pick(random, ['', 'u1', 'u2', 'u3', 'u4']),
      session_id: pick(random, ['', 's1', 's2', 's3']),
      region: pick(random, ['eu', 'us']),
      status: pick(random, ['success', 'success', 'error', 'timeout'] as const),
      input_tokens: often(random() < 0.02 ? Number.MAX_SAFE_INTEGER : Math.floor(random() * 5000)),
      output_tokens: often(Math.floor(random() * 900)),
      cache_read_tokens: often(Math.floor(random() * 100)),
      reasoning_tokens: often(Math.floor(random() * 100)),
      latency_ms: often(Math.exp(random() * 12)),
      ttft_ms: often(random() * 1000),
      queue_ms: often(random() * 10),
      cost_usd: often((random() * (random() < 0.01 ? 1e6 : 1)).toFixed(12)),
      revenue_usd: often((random() * 2).toFixed(6)),
      quality_score: often(random()),
      satisfaction_score: often(random()),
      request_bytes: often(Math.floor(random() * 1e5)),
      cache_hit: often(random() < 0.5),
    };
    // An absent field has no key at all.
    return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as TestRow;
  });
}
