/**
 * How fast the detector is and how much it remembers: a million rows in memory, the
 * same from a CSV file to JSON lines, and the size of its state. Run with
 * `node --conditions=source bench/detect/throughput.ts`.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDetector } from '../../packages/server/src/analyse/detect/index.ts';
import { calmSources } from '../../packages/server/src/analyse/detect/test-series.ts';
import { runDetect } from '../../packages/server/src/cli/detect.ts';

const ROWS = 1_000_000;
const ROUNDS = 5;
const STEP_MS = 60_000;
const START_MS = Date.UTC(2025, 0, 6);

const source = calmSources['daily, multiplicative']!(1);
const values = Float64Array.from({ length: ROWS }, (_, row) => source(row));

function inMemory(): number {
  const detector = createDetector();
  const start = performance.now();
  values.forEach((value, row) => detector.observe(START_MS + row * STEP_MS, value));
  return performance.now() - start;
}

async function fromFile(folder: string): Promise<number> {
  const start = performance.now();
  await runDetect({ path: join(folder, 'series.csv'), out: join(folder, 'out') });
  return performance.now() - start;
}

function median(timesMs: readonly number[]): number {
  return timesMs.toSorted((a, b) => a - b)[Math.floor(timesMs.length / 2)]!;
}

const folder = mkdtempSync(join(tmpdir(), 'bellwether-throughput-'));
try {
  const lines = Array.from(
    values,
    (value, row) => `${new Date(START_MS + row * STEP_MS).toISOString().slice(0, 19)},${value.toFixed(4)}`,
  );
  writeFileSync(join(folder, 'series.csv'), `timestamp,value\n${lines.join('\n')}\n`);
  const memoryMs = median(Array.from({ length: ROUNDS }, inMemory));
  const fileMs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) fileMs.push(await fromFile(folder));
  console.log(`in memory: ${((memoryMs * 1e3) / ROWS).toFixed(2)} µs per row, median of ${ROUNDS}`);
  console.log(
    `CSV to JSON lines: ${(median(fileMs) / 1000).toFixed(1)} s per million rows, median of ${ROUNDS}`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

const detector = createDetector();
for (let row = 0; row < 50_000; row += 1) detector.observe(START_MS + row * STEP_MS, values[row]!);
console.log(`state after 50,000 rows: ${JSON.stringify(detector.state()).length} bytes of JSON`);
globalThis.gc?.();
const before = process.memoryUsage();
const many = Array.from({ length: 1000 }, () => createDetector());
for (const each of many)
  for (let row = 0; row < 300; row += 1) each.observe(START_MS + row * STEP_MS, values[row]!);
globalThis.gc?.();
const after = process.memoryUsage();
const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
console.log(`memory of a detector: ${(bytes / many.length / 1024).toFixed(0)} KiB (exact with --expose-gc)`);
const start = performance.now();
for (const each of many) each.observe(START_MS + 300 * STEP_MS, 1);
console.log(`one row each of 1,000 series: ${(performance.now() - start).toFixed(1)} ms`);
