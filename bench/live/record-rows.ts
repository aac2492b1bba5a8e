/**
 * What it costs the server to count one row on the live metrics, over all packs; the
 * aim is 1 µs for recording.
 */

import { emptyRequest, RequestRecorder } from '@bellwether/events';
import { Registry, systemClock } from '@bellwether/metrics';
import type { LedgerRow } from '../../packages/server/src/ledger/row.ts';
import { LiveCounters } from '../../packages/server/src/live/live-counters.ts';
import { readRow } from '../../packages/server/src/live/read-row.ts';
import { systemClock as serverClock } from '../../packages/server/src/clock.ts';
import { rowLines } from './rows.ts';

const ROWS = 1000;
const ROUNDS = 301;

function recorder(registry = new Registry()): RequestRecorder {
  return new RequestRecorder({
    registry,
    revenuePerRequest: 10_000_000_000n,
    costPerRequest: 5_000_000_000n,
    weights: { satisfaction: 0.3, performance: 0.4, costEfficiency: 0.3 },
    packs: {
      business: true,
      roi: true,
      cost: true,
      modelCost: true,
      adoption: true,
      usagePatterns: true,
      satisfaction: true,
    },
    seed: [1, 2],
    onRefused: (error) => {
      throw error;
    },
  });
}

const lines = rowLines(ROWS);
const rows = lines.map((line) => JSON.parse(line) as LedgerRow);
const requests = rows.map((row) => {
  const request = emptyRequest();
  readRow(row, request);
  return request;
});
const registry = new Registry();
const direct = recorder(registry);
const counters = new LiveCounters(recorder(), serverClock);
const scratch = emptyRequest();
const nowMs = systemClock.monotonicMs();

const contenders: [name: string, run: () => void | Promise<void>][] = [
  ['read the fields', () => rows.forEach((row) => readRow(row, scratch))],
  ['record on all packs', () => requests.forEach((request) => direct.record(request, nowMs))],
  ['both, as the loader calls it', async () => void (await counters.count(rows))],
];

const took = contenders.map((): number[] => []);
for (let round = 0; round < ROUNDS; round++) {
  for (const [index, [, run]] of contenders.entries()) {
    const start = process.hrtime.bigint();
    await run();
    took[index]?.push(Number(process.hrtime.bigint() - start) / ROWS);
  }
}
console.log(`${ROWS} rows of ${Math.round(lines.join('').length / ROWS)} bytes, median of ${ROUNDS} rounds`);
for (const [index, [name]] of contenders.entries()) {
  const sorted = took[index]?.toSorted((a, b) => a - b) ?? [];
  const [tenth, middle] = [0.1, 0.5].map((q) => (sorted[Math.floor(q * ROUNDS)] ?? 0).toFixed(0));
  console.log(`${name.padEnd(30)} ${middle} ns per row; a tenth of the rounds took less than ${tenth}`);
}

for (const which of ['the first', 'another']) {
  const start = performance.now();
  const text = await registry.metrics();
  const took = performance.now() - start;
  console.log(`${which} scrape, ${Math.round(text.length / 1000)} kB: ${took.toFixed(1)} ms`);
  for (const request of requests) direct.record(request, systemClock.monotonicMs());
}
