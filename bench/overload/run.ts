/**
 * A server that is offered more than it can take, with small bounds as on a machine of
 * 512 MiB: what it takes and refuses, how long health takes meanwhile, and the memory of
 * server and engine, in which what they share counts once.
 *
 * node --conditions=source bench/overload/run.ts [SECONDS] [BATCH] [CONNECTIONS]
 */

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const [seconds = 20, batch = 1000, connections = 64] = process.argv.slice(2).map(Number);
const MIB = 1024 * 1024;
const HEALTH_PAUSE_MS = 20;
const MEMORY_PAUSE_MS = 250;
const here = import.meta.dirname;
const directory = mkdtempSync(join(tmpdir(), 'bellwether-overload-'));

const server = spawn(
  process.execPath,
  [join(here, '../../packages/server/bin/bellwether.js'), 'serve', '--port', '0', '--data', directory],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CUSTOM_METRICS_MEMORY_GB: '0.5',
      BELLWETHER_INGEST_QUEUE_BYTES_MAX: '16MiB',
      BELLWETHER_INGEST_DECODED_BYTES_MAX: '8MiB',
      BELLWETHER_INGEST_BODY_BYTES_MAX: '8MiB',
      BELLWETHER_LEDGER_SPOOL_BYTES_MAX: '64MiB',
    },
  },
);
const url = await new Promise<string>((resolve) => {
  server.stdout.on('data', (chunk: Buffer) => {
    const address = /answers at\s+(http:\S+)/.exec(chunk.toString('utf8'))?.[1];
    if (address !== undefined) resolve(address);
  });
});
// The engine is there when the ledger can be asked.
await fetch(`${url}/api/v1/costs`);

/** Memory of a process in bytes, of which what it shares with others counts by its share. */
function memoryOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) * 1024;
  } catch {
    // It ends, or this is no Linux.
    return 0;
  }
}

const pid = server.pid ?? 0;
const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  .split(' ')
  .filter(Boolean)
  .map(Number);
const before = memoryOf(pid) + children.reduce((sum, child) => sum + memoryOf(child), 0);
const most = { server: 0, engine: 0, both: 0 };
const healthMs: number[] = [];
const state = { over: false };

async function watchHealth(): Promise<void> {
  while (!state.over) {
    const started = performance.now();
    await (await fetch(`${url}/health`)).text();
    healthMs.push(performance.now() - started);
    await pause(HEALTH_PAUSE_MS);
  }
}

async function watchMemory(): Promise<void> {
  while (!state.over) {
    const [own, engine] = [memoryOf(pid), children.reduce((sum, child) => sum + memoryOf(child), 0)];
    most.server = Math.max(most.server, own);
    most.engine = Math.max(most.engine, engine);
    most.both = Math.max(most.both, own + engine);
    await pause(MEMORY_PAUSE_MS);
  }
}

const watching = [watchHealth(), watchMemory()];
const flood = [join(here, 'flood.ts'), url, seconds, batch, connections].map(String);
const { stdout } = await promisify(execFile)(process.execPath, flood);
state.over = true;
await Promise.all(watching);

const statuses = JSON.parse(stdout) as Record<string, number>;
const offered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
const taken = statuses['200'] ?? 0;
const sorted = healthMs.toSorted((a, b) => a - b);
const quantile = (q: number): string => (sorted[Math.floor(q * (sorted.length - 1))] ?? 0).toFixed(1);
const mib = (bytes: number): string => (bytes / MIB).toFixed(0);
const perSecond = (count: number): string =>
  ((count * batch) / seconds).toLocaleString('en-US', { maximumFractionDigits: 0 });
console.log(
  `offered ${perSecond(offered)} events/s, taken ${perSecond(taken)} events/s: ${(offered / taken).toFixed(1)} x what is taken`,
);
console.log(`answers by status: ${JSON.stringify(statuses)}`);
console.log(
  `health: p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, most ${quantile(1)} ms, of ${sorted.length}`,
);
console.log(
  `memory: ${mib(before)} MiB before; most ${mib(most.both)} MiB together, server ${mib(most.server)}, engine ${mib(most.engine)}`,
);
console.log(`the server ${server.exitCode === null ? 'has lived on' : 'has ended'}`);
server.kill('SIGTERM');
await new Promise((resolve) => server.once('exit', resolve));
rmSync(directory, { recursive: true, force: true });
