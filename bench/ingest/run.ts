/**
 * Durable ingest over HTTP beside its ceilings, in one run: how fast bodies are
 * parsed and validated alone, how fast the journal alone commits the same rows, and
 * how fast the engine alone inserts them; journal and engine encrypted too. All of it, the client included, shares
 * whatever cores the process was given; `npm run bench` gives it two.
 *
 * node --conditions=source bench/ingest/run.ts [EVENTS] [BATCH] [CONNECTIONS]
 */

import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEvent } from '@bellwether/events';
import { systemClock } from '../../packages/server/src/clock.ts';
import { deriveKeys } from '../../packages/server/src/encryption/index.ts';
import { Preparer } from '../../packages/server/src/ingest/prepare.ts';
import { readEvents } from '../../packages/server/src/ingest/read-events.ts';
import { JournalStore } from '../../packages/server/src/journal/journal-store.ts';
import { SeqCounter } from '../../packages/server/src/journal/seq-counter.ts';
import type { Submission } from '../../packages/server/src/journal/submission.ts';
import { connectEmbedded, LEDGER_DATABASE } from '../../packages/server/src/ledger/connection.ts';
import { superviseEngine } from '../../packages/server/src/ledger/engine/supervisor.ts';
import { migrate, readMigrations } from '../../packages/server/src/ledger/migrate.ts';
import { type NativeBlock, writeNativeBlock } from '../../packages/server/src/ledger/native-block.ts';
import type { LedgerRow } from '../../packages/server/src/ledger/row.ts';
import { silentLog } from '../../packages/server/src/log.ts';
import { createPricer } from '../../packages/server/src/pricing/index.ts';
import { eventBatches } from './events.ts';

const [events = 300_000, batch = 100, connections = 16] = process.argv.slice(2).map(Number);
const here = fileURLToPath(new URL('.', import.meta.url));
const context = { nowMs: systemClock.nowMs(), futureToleranceMs: 600_000 };
/** As the server's own limits are by default. */
const limits = {
  memoryBytesMax: 2 ** 30,
  threadsMax: 2,
  queryMemoryBytesMax: 256 * 2 ** 20,
  querySecondsMax: 30,
};
const ROWS_PER_INSERT = 20_000;
const REQUESTS_PER_COMMIT = 8;

async function perSecond(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (events * 1000) / (performance.now() - started);
}

function parseOnly(bodies: readonly Buffer[]): void {
  for (const body of bodies)
    for (const { value } of readEvents(body, 'json', 10_000)) parseEvent(value, context);
}

function rowsOf(bodies: readonly Buffer[], journal: JournalStore): Submission[] {
  const pricer = createPricer();
  const preparer = new Preparer({
    limits: { eventsPerRequestMax: 10_000, futureToleranceMs: context.futureToleranceMs },
    pricer: () => pricer,
    journal: journal.identity,
    seqs: SeqCounter.from(1),
  });
  return bodies.flatMap((body) => {
    const unprepared = {
      body,
      format: 'json',
      partial: false,
      live: true,
      tenant: null,
      arrivedMs: context.nowMs,
    } as const;
    const { submission } = preparer.prepare(unprepared);
    return submission === null ? [] : [submission];
  });
}

function journalOnly(journal: JournalStore, submissions: readonly Submission[]): void {
  for (let i = 0; i < submissions.length; i += REQUESTS_PER_COMMIT) {
    journal.append(submissions.slice(i, i + REQUESTS_PER_COMMIT), (i + REQUESTS_PER_COMMIT) * batch);
  }
}

/** Rates of the engine alone: for the rows as JSON, and as the Native blocks that the loader makes of them. */
async function engineOnly(
  directory: string,
  submissions: readonly Submission[],
  encryptionKey: Uint8Array | null,
): Promise<{ json: number; native: number }> {
  const engine = superviseEngine({
    dataDirectory: directory,
    limits,
    encryptionKey,
    clock: systemClock,
    log: silentLog,
  });
  await engine.ready;
  const connection = connectEmbedded(engine.socketPath);
  await migrate(connection, readMigrations());
  const group = Math.ceil(ROWS_PER_INSERT / batch);
  const groups: Uint8Array[][] = [];
  for (let i = 0; i < submissions.length; i += group)
    groups.push(submissions.slice(i, i + group).map(({ payload }) => payload));
  const blocks: NativeBlock[] = [];
  for (const payloads of groups) blocks.push(await writeNativeBlock(parseRows(payloads)));
  const table = `${LEDGER_DATABASE}.events`;
  const native = await perSecond(async () => {
    for (const block of blocks) await connection.insertNative(table, block);
  });
  const json = await perSecond(async () => {
    for (const payloads of groups) await connection.insertJsonLines(table, payloads);
  });
  await connection.close();
  await engine.stop();
  return { json, native };
}

function parseRows(payloads: readonly Uint8Array[]): LedgerRow[] {
  const lines = Buffer.concat(payloads).toString('utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as LedgerRow);
}

/** What the client prints. */
interface Load {
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface LoadResult extends Omit<Load, 'seconds'> {
  readonly perSecond: number;
  readonly loadedPerSecond: number;
  /** The same once more, at half of that rate. */
  readonly atHalf: Load;
}

/** The whole way: a server and a client, each a process of its own. */
async function overHttp(directory: string): Promise<LoadResult> {
  const cli = join(here, '../../packages/server/bin/bellwether.js');
  const server = spawn(process.execPath, [cli, 'serve', '--port', '0', '--data', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve) => {
    server.stdout.on('data', (chunk: Buffer) => {
      const address = /answers at\s+(http:\S+)/.exec(chunk.toString('utf8'))?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const load = (count: number, rate = 0): Load => {
    const options = [count, batch, connections, rate].map(String);
    return JSON.parse(
      execFileSync(process.execPath, [join(here, 'load.ts'), url, ...options], { encoding: 'utf8' }),
    ) as Load;
  };
  load(Math.min(events, 50_000));
  await fetch(`${url}/api/v1/costs`);
  const started = performance.now();
  const { seconds, p50Ms, p99Ms } = load(events);
  await untilLoaded(url);
  const loadedSeconds = (performance.now() - started) / 1000;
  const atHalf = load(events, events / seconds / 2);
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  return { perSecond: events / seconds, loadedPerSecond: events / loadedSeconds, p50Ms, p99Ms, atHalf };
}

/** Waits until the ledger has everything that was acknowledged. */
async function untilLoaded(url: string): Promise<void> {
  for (let pending = 1; pending > 0; ) {
    const text = await (await fetch(`${url}/metrics`)).text();
    pending = Number(/^custom_metrics_journal_pending_bytes (\S+)$/m.exec(text)?.[1] ?? 0);
  }
}

const directory = mkdtempSync(join(tmpdir(), 'bellwether-bench-'));
const key = deriveKeys(randomBytes(32), '');

function openJournal(name: string, encryptionKey?: Uint8Array): JournalStore {
  return new JournalStore({
    directory: join(directory, name),
    identityWindowMs: 6e8,
    identityMemoryBytesMax: 48 * 2 ** 20,
    recentBytesMax: 32 * 2 ** 20,
    ...(encryptionKey === undefined ? {} : { encryptionKey }),
  });
}

try {
  const bodies = eventBatches(events, batch);
  parseOnly(bodies.slice(0, 50));
  const parse = await perSecond(() => parseOnly(bodies));
  const journal = openJournal('a');
  const submissions = rowsOf(bodies, journal);
  const commits = await perSecond(() => journalOnly(journal, submissions));
  journal.close();
  const sealed = openJournal('d', key.journal);
  const sealedCommits = await perSecond(() => journalOnly(sealed, submissions));
  sealed.close();
  const engine = await engineOnly(join(directory, 'b'), submissions, null);
  const sealedEngine = await engineOnly(join(directory, 'e'), submissions, key.engine);
  const http = await overHttp(join(directory, 'c'));
  const slowest = Math.min(parse, commits, engine.native);
  const rate = (value: number): string => `${Math.round(value).toLocaleString('en-US').padStart(9)} events/s`;
  console.log(
    `Durable ingest: ${events.toLocaleString('en-US')} events, ${batch} a request, ${connections} connections`,
  );
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores for all, Node ${process.version}\n`,
  );
  console.log(`  ${rate(parse)}  ceiling: parse and validate, one thread`);
  console.log(
    `  ${rate(commits)}  ceiling: journal and identities, ${REQUESTS_PER_COMMIT} requests a commit`,
  );
  const insert = `${ROWS_PER_INSERT.toLocaleString('en-US')} rows an insert, synced`;
  console.log(`  ${rate(engine.native)}  ceiling: engine, Native blocks, ${insert}`);
  console.log(
    `  ${rate(sealedCommits)}  the journal, encrypted: ${(sealedCommits / commits).toFixed(2)} of it`,
  );
  console.log(
    `  ${rate(sealedEngine.native)}  the engine, encrypted: ${(sealedEngine.native / engine.native).toFixed(2)} of it`,
  );
  console.log(`  ${rate(engine.json)}  for comparison: engine, JSON lines, ${insert}`);
  console.log(
    `  ${rate(http.perSecond)}  over HTTP, acknowledged on disk; p50 ${http.p50Ms.toFixed(1)} ms, p99 ${http.p99Ms.toFixed(1)} ms`,
  );
  const { p50Ms, p99Ms } = http.atHalf;
  console.log(
    `  ${rate(http.perSecond / 2)}  at half of that rate: p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
  );
  console.log(`  ${rate(http.loadedPerSecond)}  the same until the ledger has them all`);
  console.log(`\n  ${(http.perSecond / slowest).toFixed(2)} of the slowest ceiling`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
