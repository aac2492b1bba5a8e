/**
 * Questions of a dashboard to many events, of a month: how long they take with
 * rollups, and how long the engine alone takes over a question that no rollup answers.
 * The rows are made by the engine, and the rollups by what makes them in a server.
 *
 * node --conditions=source bench/queries/run.ts [--events N] [--keep DIRECTORY]
 */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fakeClock, systemClock } from '../../packages/server/src/clock.ts';
import { connectEmbedded, type LedgerConnection } from '../../packages/server/src/ledger/connection.ts';
import { superviseEngine } from '../../packages/server/src/ledger/engine/supervisor.ts';
import { migrate, readMigrations } from '../../packages/server/src/ledger/migrate.ts';
import { RowChanges } from '../../packages/server/src/ledger/row-changes.ts';
import { makeTurns } from '../../packages/server/src/ledger/turns.ts';
import { silentLog } from '../../packages/server/src/log.ts';
import { readCosts } from '../../packages/server/src/report/costs.ts';
import { readDimensions } from '../../packages/server/src/report/dimensions.ts';
import { readOverview } from '../../packages/server/src/report/overview.ts';
import { readTop } from '../../packages/server/src/report/top.ts';
import { readTraffic } from '../../packages/server/src/report/traffic.ts';
import { readWithRollups } from '../../packages/server/src/rollups/reading.ts';
import { Rollups } from '../../packages/server/src/rollups/rollups.ts';

const { values } = parseArgs({ options: { events: { type: 'string' }, keep: { type: 'string' } } });
const events = Number(values.events ?? 10_000_000);
const MIB = 2 ** 20;
const DAY_SECONDS = 86_400;
/** The end of the month of events: a quarter to four in the afternoon, so that its last day is not over. */
const END = Date.UTC(2026, 10, 20, 15, 44) / 1000;
const FROM = END - 30 * DAY_SECONDS;
const FILL_ROWS = 500_000;
const ROUNDS = 15;
/** For questions that read all rows. */
const ROUNDS_OF_ROWS = 5;
/** Of `/proc`; Linux has had it so for ever. */
const TICK_MS = 10;

/** Half of a month's requests within working hours, from 20 models, 12 backends, 30 teams and 5,000 users. */
async function fill(connection: LedgerConnection): Promise<void> {
  for (let at = 0; at < events; at += FILL_ROWS) {
    const rows = Math.min(FILL_ROWS, events - at);
    await connection.command(
      `INSERT INTO bellwether.events (journal, seq, live, received_at, id, timestamp, provider, model, task_type, backend_id,
       algorithm, status, region, input_tokens, output_tokens, cache_read_tokens, latency_ms, ttft_ms, cost_usd, user_id, team,
       application, environment, deployment, price_source, price_version)
       SELECT 'bench', number + 1, false, now64(3), toString(number), fromUnixTimestamp64Milli(toInt64(${FROM * 1000} + number * ${(30 * DAY_SECONDS * 1000) / events}), 'UTC'),
       concat('provider-', toString(m % 5)), concat('model-', toString(m)), ['chat', 'extraction', 'search', 'code'][1 + rand(2) % 4],
       concat('backend-', toString(m % 12)), ['least-latency', 'round-robin'][1 + m % 2], if(rand(3) % 50 = 0, 'error', 'success'),
       ['eu', 'us', 'asia'][1 + rand(4) % 3], 200 + rand(5) % 4000, 20 + rand(6) % 800, rand(7) % 200,
       round(exp(randNormal(7, 0.8)), 1), round(exp(randNormal(5.5, 0.6)), 1), toDecimal128((200 + rand(5) % 4000) * (m + 1), 0) / 10000000,
       concat('user-', toString(rand(8) % 5000)), concat('team-', toString(rand(8) % 30)), concat('app-', toString(rand(8) % 8)),
       'production', concat('v', toString(intDiv(number, ${events / 4}))), 'bundled', '2026-11-01'
       FROM (SELECT number, rand(1) % 20 AS m FROM numbers(${at}, ${rows}))
       SETTINGS max_execution_time = 0, max_insert_threads = 1`,
    );
    if (at % 10_000_000 === 0 && at > 0) process.stderr.write(`  ${at / 1e6}M rows\n`);
  }
}

/** Medians of questions that take turns, so that other work on the machine meets them alike; milliseconds. */
async function medians(works: readonly (() => Promise<unknown>)[], rounds = ROUNDS): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, work] of works.entries()) {
      const before = performance.now();
      await work();
      times[i]?.push(performance.now() - before);
    }
  }
  return times.map((all) => all.toSorted((x, y) => x - y)[Math.floor(rounds / 2)] ?? 0);
}

/** What engine and server have computed so far, which other work on the machine changes little; milliseconds. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  const stat = readFileSync(`/proc/${engine.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (user + system) / 1000 + (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function sizes(connection: LedgerConnection): Promise<void> {
  const tables = await connection.query<{ name: string; rows: number; bytes: number }>(
    `SELECT table AS name, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND database = 'bellwether' AND (table = 'events' OR table LIKE 'cells_%') GROUP BY table ORDER BY bytes DESC`,
  );
  for (const { name, rows, bytes } of tables)
    console.log(
      `  ${name.padEnd(20)} ${String(rows).padStart(12)} rows ${(bytes / MIB).toFixed(1).padStart(9)} MiB`,
    );
}

const directory = values.keep ?? mkdtempSync(join(tmpdir(), 'bellwether-bench-queries-'));
const isNew = !existsSync(join(directory, 'engine'));
mkdirSync(directory, { recursive: true });
const limits = {
  memoryBytesMax: 1536 * MIB,
  threadsMax: 2,
  queryMemoryBytesMax: 1024 * MIB,
  querySecondsMax: 120,
};
const engine = superviseEngine({ dataDirectory: directory, limits, clock: systemClock, log: silentLog });
await engine.ready;
const connection = connectEmbedded(engine.socketPath, 3_600_000);
try {
  await migrate(connection, readMigrations());
  console.log(
    `${events.toLocaleString('en-US')} events; ${availableParallelism()} of ${cpus().length} processors (${cpus()[0]?.model ?? ''}), two threads for the engine`,
  );
  if (isNew) await fill(connection);
  const rowChanges = new RowChanges(connection, makeTurns());
  const rollups = new Rollups({
    connection,
    bound: async () => ({ journal: 'bench', seq: events }),
    takeTurn: (work) => rowChanges.apart(work),
    clock: fakeClock(END * 1000),
    log: silentLog,
    minutesDays: 90,
    hoursDays: 761,
  });
  const before = performance.now();
  const { newHours } = await rollups.catchUp();
  const seconds = (performance.now() - before) / 1000;
  if (newHours > 0)
    console.log(
      `rollups of ${newHours} hours in ${seconds.toFixed(0)} s: ${Math.round(events / seconds).toLocaleString('en-US')} rows a second`,
    );
  await sizes(connection);
  const instant = (epochSeconds: number) => ({ epochSeconds, nanoseconds: 0 });
  const month = { from: instant(FROM), to: instant(END) };
  const by = (names: string) => readDimensions(names);
  // Neither end is one of an hour, or of a minute.
  const odd = { from: instant(FROM + 5 * DAY_SECONDS + 12_345), to: instant(END - 6 * DAY_SECONDS - 7_654) };
  const top = (range: typeof month): Promise<unknown> =>
    readWithRollups(connection, (reading) => readTop(connection, reading, range, 'user_id', 10));
  const slowest = (range: typeof month): Promise<unknown> =>
    readWithRollups(connection, (reading) =>
      readTraffic(connection, reading, { range, by: by('backend_id'), order: 'latency_p99', limit: 100 }),
    );
  const questions: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['overview of 30 days', () => readOverview(connection, month)],
    ['cost by model by hour', () => readCosts(connection, month, by('model,hour'))],
    ['top users', () => top(month)],
    ['p99 by backend', () => slowest(month)],
    ['top users, odd range', () => top(odd)],
    ['p99 by backend, odd range', () => slowest(odd)],
  ];
  for (const [name, question] of questions) {
    const before = processorMs();
    const [ms = 0] = await medians([question]);
    const computed = (processorMs() - before) / ROUNDS;
    console.log(
      `  ${name.padEnd(30)} ${ms.toFixed(0).padStart(6)} ms, ${computed.toFixed(0).padStart(4)} ms of processor time`,
    );
  }
  const adHoc = `SELECT region, count(), countIf(status != 'success'), sum(toInt128(input_tokens)), sum(toInt128(output_tokens)), sum(cost_usd), count(cost_usd)
    FROM bellwether.events WHERE timestamp >= toDateTime(${FROM}, 'UTC') AND timestamp < toDateTime(${END}, 'UTC') GROUP BY region`;
  const [planned = 0, alone = 0] = await medians(
    [() => readCosts(connection, month, by('region')), () => connection.query(adHoc)],
    ROUNDS_OF_ROWS,
  );
  console.log(
    `  ${'cost by region, from rows'.padEnd(30)} ${planned.toFixed(0).padStart(6)} ms; the engine alone ${alone.toFixed(0)} ms: ${(planned / alone).toFixed(2)} ×`,
  );
} finally {
  await connection.close();
  await engine.stop();
  if (values.keep === undefined) rmSync(directory, { recursive: true, force: true });
}
