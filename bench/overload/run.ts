/**
 * A server that is offered more than it can take, with small bounds as on a machine of
 * 512 MiB: what it takes and refuses, how long health takes meanwhile, and the memory of
 * server and engine, in which what they share counts once. The senders, and who asks for health,
 * have processes of their own, on two other cores than the server where there are four.
 *
 * node --conditions=source bench/overload/run.ts [SECONDS] [BATCH] [CONNECTIONS]
 */

import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const [seconds = 20, batch = 1000, connections = 64] = process.argv.slice(2).map(Number);
const MIB = 1024 * 1024;
const MEMORY_PAUSE_MS = 250;
const here = import.meta.dirname;
const directory = mkdtempSync(join(tmpdir(), 'bellwether-overload-'));

const SERVER_CORES = '0,1';
const SENDER_CORES = '2,3';
const canPin = [SERVER_CORES, SENDER_CORES].every(
  (cores) => spawnSync('taskset', ['-c', cores, 'true']).status === 0,
);

/** A command on cores of its own, if the machine has four; else wherever this process may run. */
function on(cores: string, ...command: string[]): [string, string[]] {
  const [program = '', ...rest] = canPin ? ['taskset', '-c', cores, ...command] : command;
  return [program, rest];
}

const server = spawn(
  ...on(
    SERVER_CORES,
    process.execPath,
    join(here, '../../packages/server/bin/bellwether.js'),
    'serve',
    '--port',
    '0',
    '--data',
    directory,
  ),
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

/** Memory of a process in bytes, of which what it shares with others counts by its share; and what of it no file backs. */
function memoryOf(pid: number): { readonly all: number; readonly anonymous: number } {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const figure = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]) * 1024;
    return { all: figure('Pss'), anonymous: figure('Pss_Anon') };
  } catch {
    // It ends, or this is no Linux.
    return { all: 0, anonymous: 0 };
  }
}

const pid = server.pid ?? 0;
const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  .split(' ')
  .filter(Boolean)
  .map(Number);
const most = { server: 0, engine: 0, both: 0, anonymous: 0 };
const state = { over: false };

/** Notes what server and engine take now, if it is more than before. */
function note(): void {
  const [server, ...engine] = [pid, ...children].map(memoryOf);
  const own = server?.all ?? 0;
  const others = engine.reduce((sum, { all }) => sum + all, 0);
  const anonymous = engine.reduce((sum, process) => sum + process.anonymous, server?.anonymous ?? 0);
  most.server = Math.max(most.server, own);
  most.engine = Math.max(most.engine, others);
  most.both = Math.max(most.both, own + others);
  most.anonymous = Math.max(most.anonymous, anonymous);
}

note();
const before = most.both;

async function watchMemory(): Promise<void> {
  while (!state.over) {
    note();
    await pause(MEMORY_PAUSE_MS);
  }
}

const asking = spawn(...on(SENDER_CORES, process.execPath, join(here, 'health.ts'), url), {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = text(asking.stdout);
const watching = watchMemory();
const flood = [join(here, 'flood.ts'), url, seconds, batch, connections].map(String);
const { stdout } = await promisify(execFile)(...on(SENDER_CORES, process.execPath, ...flood));
state.over = true;
asking.stdin.end();
await watching;
const healthMs = JSON.parse(await answers) as number[];

const statuses = JSON.parse(stdout) as Record<string, number>;
const offered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
const taken = statuses['200'] ?? 0;
const sorted = healthMs.toSorted((a, b) => a - b);
const quantile = (q: number): string => (sorted[Math.floor(q * (sorted.length - 1))] ?? 0).toFixed(1);
const mib = (bytes: number): string => (bytes / MIB).toFixed(0);
const perSecond = (count: number): string =>
  ((count * batch) / seconds).toLocaleString('en-US', { maximumFractionDigits: 0 });
console.log(`load of the machine over the last minute: ${(loadavg()[0] ?? 0).toFixed(1)}, pinned: ${canPin}`);
console.log(
  `offered ${perSecond(offered)} events/s, taken ${perSecond(taken)} events/s: ${(offered / taken).toFixed(1)} x what is taken`,
);
console.log(`answers by status: ${JSON.stringify(statuses)}`);
console.log(
  `health: p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, most ${quantile(1)} ms, of ${sorted.length}`,
);
console.log(
  `memory: ${mib(before)} MiB before; most ${mib(most.both)} MiB together, server ${mib(most.server)}, engine ${mib(most.engine)}; most that no file backs ${mib(most.anonymous)} MiB`,
);
console.log(`the server ${server.exitCode === null ? 'has lived on' : 'has ended'}`);
server.kill('SIGTERM');
await new Promise((resolve) => server.once('exit', resolve));
rmSync(directory, { recursive: true, force: true });
