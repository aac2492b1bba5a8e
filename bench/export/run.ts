/**
 * Exports of many events: how fast, beside the engine writing the same rows to
 * nowhere, and how much more memory the server and its engine take than before,
 * and how much the command takes. The rows are made by the engine.
 *
 * node --conditions=source bench/export/run.ts [EVENTS]
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectEmbedded, type LedgerConnection } from '../../packages/server/src/ledger/connection.ts';

const [events = 1_000_000] = process.argv.slice(2).map(Number);
const cli = fileURLToPath(new URL('../../packages/server/bin/bellwether.js', import.meta.url));
const MIB = 2 ** 20;
const SAMPLE_MS = 50;
const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
const FILL_ROWS = 40_000;

/** Resident memory of a process and all that it started, in bytes. */
function residentBytes(pid: number): number {
  let bytes = 0;
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = Number(statusOf(Number(name), 'PPid'));
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const visit = (one: number): void => {
    bytes += Number(statusOf(one, 'VmRSS').split(' ')[0]) * 1024;
    for (const child of children.get(one) ?? []) visit(child);
  };
  visit(pid);
  return bytes;
}

function statusOf(pid: number, field: string): string {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(text)?.[1] ?? '0';
  } catch {
    return '0';
  }
}

/** Events of a month, with random token counts and ids, as the ledger would have them. */
async function fill(connection: LedgerConnection): Promise<void> {
  const from = Date.UTC(2026, 9, 1) / 1000;
  for (let at = 0; at < events; at += FILL_ROWS) {
    const rows = Math.min(FILL_ROWS, events - at);
    await connection.command(
      `INSERT INTO bellwether.events (journal, seq, live, received_at, id, timestamp, provider, model, task_type, backend_id,
       status, input_tokens, output_tokens, cache_read_tokens, latency_ms, ttft_ms, cost_usd, user_id, team, tenant,
       application, environment, price_source, price_version, price_id)
       SELECT 'bench', number, false, now64(3), toString(generateUUIDv4()), toDateTime64(${from}, 9, 'UTC') + toIntervalNanosecond(toInt64(number * (2592000 / ${events}) * 1e9)),
       ['openai', 'anthropic', 'google'][1 + number % 3], ['gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-flash'][1 + number % 3],
       ['extraction', 'generation'][1 + number % 2], concat('b', toString(number % 7)), 'success', 200 + rand(1) % 4000, 20 + rand(2) % 800,
       rand(3) % 200, 300 + rand(4) % 5000, 80 + rand(5) % 300, toDecimal128(rand(6) / 1e12, 12), concat('user-', toString(number % 3000)),
       concat('team-', toString(number % 12)), ['a', 'b'][1 + number % 2], concat('app-', toString(number % 5)), 'production', 'caller', '', ''
       FROM numbers(${at}, ${rows})`,
    );
  }
}

/** Waits until the engine has merged what was inserted, which takes memory of its own. */
async function atRest(connection: LedgerConnection): Promise<void> {
  for (let idle = 0; idle < 3; ) {
    const [row] = await connection.query<{ merges: number }>('SELECT count() AS merges FROM system.merges');
    idle = row?.merges === 0 ? idle + 1 : 0;
    await sleep(1000);
  }
}

interface Measured {
  readonly seconds: number;
  /** Of the server with its engine, and of the command. */
  readonly serverPeakBytes: number;
  readonly commandPeakBytes: number;
}

/** Runs the command, and watches the memory of all processes meanwhile. */
async function run(args: readonly string[], serverPid: number): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'ignore'] });
  let [serverPeakBytes, commandPeakBytes] = [0, 0];
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  while (child.exitCode === null && child.signalCode === null) {
    serverPeakBytes = Math.max(serverPeakBytes, residentBytes(serverPid));
    commandPeakBytes = Math.max(commandPeakBytes, residentBytes(child.pid ?? 0));
    await sleep(SAMPLE_MS);
  }
  if ((await ended) !== 0) throw new Error(`export failed: ${args.join(' ')}`);
  return { seconds: (performance.now() - started) / 1000, serverPeakBytes, commandPeakBytes };
}

const directory = mkdtempSync(join(tmpdir(), 'bellwether-bench-'));
const data = join(directory, 'data');
const server = spawn(process.execPath, [cli, 'serve', '--port', '0', '--data', data], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const url = await new Promise<string>((resolve) => {
    server.stdout.on('data', (chunk: Buffer) => {
      const address = /answers at\s+(http:\S+)/.exec(chunk.toString('utf8'))?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  await fetch(`${url}/api/v1/costs`);
  const connection = connectEmbedded(join(data, 'engine/engine.sock'), 600_000);
  await fill(connection);
  await atRest(connection);
  console.log(`Exports of ${events.toLocaleString('en-US')} events through a running server`);
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}\n`,
  );
  const started = performance.now();
  await connection.command(
    'SELECT * FROM bellwether.events SETTINGS max_execution_time = 0, max_threads = 1 FORMAT Null',
  );
  const ceiling = events / ((performance.now() - started) / 1000);
  const rate = (value: number): string => `${Math.round(value).toLocaleString('en-US').padStart(9)} events/s`;
  console.log(`  ${rate(ceiling)}  ceiling: the engine alone reads every column, one thread`);
  for (const [kind, format] of [
    ['events', 'json'],
    ['events', 'csv'],
    ['events', 'parquet'],
    ['focus', 'csv'],
  ] as const) {
    // The engine gives memory back when it has been idle for a while.
    await sleep(3000);
    const before = residentBytes(server.pid ?? 0);
    const out = join(directory, 'out');
    const { seconds, serverPeakBytes, commandPeakBytes } = await run(
      ['export', kind, '--format', format, '--out', out, '--data', data],
      server.pid ?? 0,
    );
    const more = `server and engine ${mib(serverPeakBytes - before)} more, the command ${mib(commandPeakBytes)}`;
    console.log(
      `  ${rate(events / seconds)}  ${kind} as ${format}: ${(events / seconds / ceiling).toFixed(2)} of it; ${more}`,
    );
  }
  await connection.close();
} finally {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
  rmSync(directory, { recursive: true, force: true });
}
