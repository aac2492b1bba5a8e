/** Counts against a count by hand over the same events, with the real engine. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatUsd, parseRfc3339, parseUsd } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { type ObjectiveDefinition, readObjectives } from '../config/index.ts';
import { connectEmbedded, type LedgerConnection } from '../ledger/connection.ts';
import { type EngineSupervisor, superviseEngine } from '../ledger/engine/supervisor.ts';
import { migrate, readMigrations } from '../ledger/migrate.ts';
import type { LedgerRow } from '../ledger/row.ts';
import { silentLog } from '../log.ts';
import { complianceOf } from './compliance.ts';
import { HOUR_MS, MINUTE_MS } from './count-book.ts';
import { isOfLedger, LedgerObjective } from './objective.ts';

const limits = {
  memoryBytesMax: 700_000_000,
  threadsMax: 2,
  queryMemoryBytesMax: 400_000_000,
  querySecondsMax: 20,
};
const NOW_MS = Date.UTC(2026, 9, 26, 13, 37, 11);
const FIRST_MS = Date.UTC(2026, 9, 20, 3);
let directory: string;
let engine: EngineSupervisor;
let connection: LedgerConnection;

interface Event {
  readonly atMs: number;
  readonly backend: string;
  readonly team: string;
  readonly status: string;
  readonly latencyMs: number | null;
  readonly costPico: bigint | null;
  readonly quality: number | null;
}

const events: Event[] = [];
let sequence = 0;

/** A linear congruential generator, of which the high bits are used. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function makeEvents(count: number, fromMs: number, toMs: number, seed: number): Event[] {
  const next = random(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)] as T;
  return Array.from({ length: count }, () => ({
    atMs: Math.floor(fromMs + next() * (toMs - fromMs)),
    backend: pick(['b1', 'b2', 'b3', '']),
    team: pick(['a', 'b']),
    status: pick(['success', 'success', 'success', 'success', 'error', 'timeout', 'cancelled']),
    latencyMs: next() < 0.1 ? null : Math.round(next() * 4000) / 2,
    costPico: next() < 0.1 ? null : BigInt(Math.floor(next() * 20)) * 1_000_000_000n,
    quality: next() < 0.5 ? null : Math.floor(next() * 11) / 10,
  }));
}

async function load(added: readonly Event[]): Promise<void> {
  events.push(...added);
  await connection.insertRows(
    'bellwether.events',
    added.map((event): LedgerRow => {
      sequence += 1;
      return {
        journal: 'j',
        seq: sequence,
        live: true,
        received_at: '2026-10-26 13:37:11.000',
        id: `id-${sequence}`,
        timestamp: new Date(event.atMs).toISOString().replace('T', ' ').replace('Z', ''),
        provider: 'p',
        model: 'm',
        backend_id: event.backend,
        team: event.team,
        status: event.status,
        ...(event.latencyMs === null ? {} : { latency_ms: event.latencyMs }),
        ...(event.costPico === null ? {} : { cost_usd: formatUsd(event.costPico) }),
        ...(event.quality === null ? {} : { quality_score: event.quality }),
      };
    }),
  );
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-objectives-'));
  engine = superviseEngine({ dataDirectory: directory, limits, clock: systemClock, log: silentLog });
  await engine.ready;
  connection = connectEmbedded(engine.socketPath);
  await migrate(connection, readMigrations());
  await load(makeEvents(4000, FIRST_MS, NOW_MS, 1));
}, 60_000);

afterAll(async () => {
  await connection.close();
  await engine.stop();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

function defined(...items: readonly object[]): readonly ObjectiveDefinition[] {
  const read = readObjectives(items);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

const objectives = defined(
  { id: 'available', kind: 'availability', target_percent: 99, window: '7d' },
  {
    id: 'left-out',
    kind: 'error_rate',
    max_percent: 25,
    leave_out: 'cancelled',
    window: 'day',
    time_zone: 'Asia/Kolkata',
  },
  {
    id: 'fast',
    kind: 'latency',
    threshold_ms: 1500,
    target_percent: 75,
    window: '48h',
    scope: { team: 'a' },
  },
  {
    id: 'cheap',
    kind: 'cost',
    threshold_usd: '0.012',
    target_percent: 60,
    window: 'week',
    time_zone: 'Europe/Berlin',
  },
  {
    id: 'good',
    kind: 'quality',
    threshold: 0.7,
    target_percent: 50,
    per: 'backend',
    scope: { backend: ['b1', 'b2'] },
  },
  {
    id: 'sliced',
    kind: 'availability',
    target_percent: 90,
    slices: { minutes: 20, target_percent: 60 },
    window: 'month',
  },
);

/** Whether an event counts, and is good: written apart from the statements that count them. */
function verdict({ kind, threshold, scope, leaveOut }: ObjectiveDefinition, event: Event): boolean | null {
  if (scope.team !== undefined && !scope.team.includes(event.team)) return null;
  if (scope.backend !== undefined && !scope.backend.includes(event.backend)) return null;
  if (leaveOut.includes(event.status)) return null;
  if (kind === 'latency')
    return event.status !== 'success' || event.latencyMs === null
      ? null
      : event.latencyMs <= Number(threshold);
  if (kind === 'cost') return event.costPico === null ? null : event.costPico <= (parseUsd(threshold) ?? 0n);
  if (kind === 'quality') return event.quality === null ? null : event.quality >= Number(threshold);
  return event.status === 'success';
}

function byHand(definition: ObjectiveDefinition, key: string, fromMs: number, toMs: number) {
  const { slices, per } = definition;
  let [good, total] = [0, 0];
  const bySlice = new Map<number, [good: number, total: number]>();
  for (const event of events) {
    if (event.atMs < fromMs || event.atMs >= toMs || (per === 'backend' && event.backend !== key)) continue;
    const isGood = verdict(definition, event);
    if (isGood === null) continue;
    total += 1;
    if (isGood) good += 1;
    const slice = Math.floor(event.atMs / ((slices?.minutes ?? 1) * MINUTE_MS));
    const [g, t] = bySlice.get(slice) ?? [0, 0];
    bySlice.set(slice, [g + Number(isGood), t + 1]);
  }
  if (slices === null) return { good, total };
  const goodSlices = [...bySlice.values()].filter(([g, t]) => (t - g) * 1e9 <= t * slices.budgetPpb);
  return { good: goodSlices.length, total: bySlice.size };
}

function instant(text: string) {
  const read = parseRfc3339(text);
  if (read === null) throw new Error(text);
  return read;
}

describe.each(objectives.map((definition) => [definition.id, definition] as const))(
  '%s',
  (_id, definition) => {
    it.each(['day', 'week', null] as const)('is reported by %s as it is counted by hand', async (by) => {
      const range = { from: instant('2026-10-20T05:07:00.000Z'), to: instant('2026-10-26T01:02:00Z') };
      const report = await complianceOf(
        { connection, reader: () => null },
        definition,
        { range, by },
        NOW_MS,
      );
      expect(report.rows.length).toBeGreaterThan(0);
      for (const row of [...report.rows, ...report.totals]) {
        const [from, to] = [Date.parse(row.from), Date.parse(row.to)];
        // A slice that the range cuts is judged by what lies in the range; those that a period cuts there are none of.
        const { good, total } = byHand(definition, row.key['backend'] ?? '', from, to);
        expect([row.from, row.to, row.good, row.total, row.bad]).toEqual([
          row.from,
          row.to,
          good,
          total,
          total - good,
        ]);
        expect(row.met).toBe(total === 0 ? null : (total - good) * 1e9 <= total * definition.budgetPpb);
      }
      const sum = report.rows.reduce((total, row) => total + row.total, 0);
      expect(report.totals.reduce((total, row) => total + row.total, 0)).toBe(sum);
    });

    it('stands as it is counted by hand, late events included', async () => {
      if (!isOfLedger(definition)) throw new Error('it is of the ledger');
      const objective = new LedgerObjective(definition, connection);
      await objective.refresh(null, NOW_MS);
      const check = (nowMs: number): void => {
        const keys = objective.judge(nowMs);
        expect(keys.length).toBe(definition.per === null ? 1 : 2);
        const endMs = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
        for (const { key, judgement } of keys) {
          expect(judgement.window).toEqual(byHand(definition, key, judgement.fromMs, endMs));
          for (const { pair, long, short } of judgement.pairs) {
            const grainMs = (definition.slices?.minutes ?? 1) * MINUTE_MS;
            const since = (ms: number) => Math.floor((endMs - ms) / grainMs) * grainMs;
            expect(long).toEqual(byHand(definition, key, since(pair.longMs), endMs));
            expect(short).toEqual(byHand(definition, key, since(pair.shortMs), endMs));
          }
        }
      };
      check(NOW_MS);
      const laterMs = NOW_MS + 5 * HOUR_MS;
      const late = [
        ...makeEvents(200, FIRST_MS, NOW_MS, definition.id.length),
        ...makeEvents(200, NOW_MS, laterMs, definition.id.length),
      ];
      await load(late);
      const hours = new Set(late.map(({ atMs }) => Math.floor(atMs / HOUR_MS)));
      await objective.refresh([...hours], laterMs);
      check(laterMs);
    }, 30_000);
  },
);
