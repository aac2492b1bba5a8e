/**
 * What the watch over 1,000 series costs, minute by minute: the processor time of its
 * questions in the real engine, and of the server that asks and judges, as a share of one
 * core. The target is at most 1 %: `npm run bench -- watch`.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnalysisStore, analysisStatePart } from '../../packages/server/src/analysis/analysis-store.ts';
import { watchPlan } from '../../packages/server/src/analysis/plan.ts';
import { Watcher } from '../../packages/server/src/analysis/watcher.ts';
import { fakeClock, systemClock } from '../../packages/server/src/clock.ts';
import { loadConfig } from '../../packages/server/src/config/index.ts';
import { connectEmbedded, type LedgerConnection } from '../../packages/server/src/ledger/connection.ts';
import { superviseEngine } from '../../packages/server/src/ledger/engine/supervisor.ts';
import { migrate, readMigrations } from '../../packages/server/src/ledger/migrate.ts';
import { silentLog } from '../../packages/server/src/log.ts';
import { LedgerSeries } from '../../packages/server/src/series/ledger-series.ts';
import { openStateDatabase } from '../../packages/server/src/state/state-database.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SERIES = 1000;
const REQUESTS_A_MINUTE = Number(process.env['BENCH_REQUESTS'] ?? 300);
const FILLED_AT_ONCE = 500_000;
const WARM_MINUTES = 20;
const MINUTES = 60;
/** Of `/proc`; Linux has had it so for ever. */
const TICKS_PER_SECOND = 100;
const END_MS = Date.UTC(2026, 10, 20, 12);
const directory = mkdtempSync(join(tmpdir(), 'bellwether-bench-'));

/** Processor time of this process and of all it started, in milliseconds. */
function cpuMs(pid = process.pid): { readonly own: number; readonly children: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
  const started = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  );
  const children = started.map((child) => cpuMs(Number(child)));
  return { own, children: children.reduce((sum, child) => sum + child.own + child.children, 0) };
}

/** A day and a half of requests, spread over 25 values of each dimension. */
async function fill(connection: LedgerConnection): Promise<void> {
  const rows = (36 * 60 + MINUTES + WARM_MINUTES) * REQUESTS_A_MINUTE;
  for (let from = 0; from < rows; from += FILLED_AT_ONCE)
    await fillSome(connection, from, Math.min(FILLED_AT_ONCE, rows - from));
}

async function fillSome(connection: LedgerConnection, from: number, rows: number): Promise<void> {
  await connection.command(
    `INSERT INTO bellwether.events (journal, seq, id, received_at, timestamp, provider, model, team, application, backend_id,
       status, input_tokens, output_tokens, latency_ms, ttft_ms, cost_usd, quality_score)
     SELECT 'bench', number, toString(number), at, at, concat('p', toString(h % 25)), concat('m', toString(intDiv(h, 25) % 25)),
       concat('t', toString(intDiv(h, 625) % 25)), concat('a', toString(intDiv(h, 15625) % 25)),
       concat('b', toString(intDiv(h, 390625) % 25)), if(h % 50 = 0, 'error', 'success'), 1000 + h % 100, 100 + h % 20,
       1000 + h % 300, 200 + h % 50, toDecimal64(0.01, 9), 0.9
     FROM (SELECT number, cityHash64(number) AS h,
       toDateTime64({start:Int64} + number / {rate:Int64} * 60, 3, 'UTC') AS at FROM numbers({from:UInt64}, {rows:UInt64}))`,
    {
      start: END_MS / 1000 - 36 * 3600,
      rate: REQUESTS_A_MINUTE,
      from,
      rows,
    },
  );
}

const engine = superviseEngine({
  dataDirectory: directory,
  limits: {
    memoryBytesMax: 2_000_000_000,
    threadsMax: 2,
    queryMemoryBytesMax: 1_000_000_000,
    querySecondsMax: 60,
  },
  clock: systemClock,
  log: silentLog,
});
await engine.ready;
const connection = connectEmbedded(engine.socketPath);
const clock = fakeClock(END_MS);
const state = openStateDatabase({ dataDir: directory, clock, parts: [analysisStatePart] });
try {
  await migrate(connection, readMigrations());
  await fill(connection);
  const { analysis } = loadConfig({ file: undefined, environment: {} }).config;
  const source = new LedgerSeries(connection);
  const watcher = new Watcher({
    source,
    plan: watchPlan(analysis.measures, analysis.dimensions, SERIES),
    declared: [],
    store: new AnalysisStore(state),
    clock,
    log: { ...silentLog, warn: (details) => console.log(JSON.stringify(details)) },
    settle: () => Promise.resolve(true),
    threshold: () => analysis.threshold,
    settleMs: 0,
    historyMs: DAY_MS,
    attribute: () => Promise.resolve(null),
    onChange: () => undefined,
    onShifted: () => undefined,
    onLearnt: () => undefined,
  });
  const pass = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      await clock.advanceAsync(MINUTE_MS);
      await watcher.pass();
    }
  };
  await watcher.pass();
  await pass(WARM_MINUTES);
  const before = cpuMs();
  await pass(MINUTES);
  const after = cpuMs();
  const share = (ms: number): string => `${((100 * ms) / (MINUTES * MINUTE_MS)).toFixed(2)} %`;
  const [own, children] = [after.own - before.own, after.children - before.children];
  const series = watcher.groups.groups.reduce((sum, group) => sum + group.judges.size, 0);
  console.log(
    `${series} series by the minute, ${REQUESTS_A_MINUTE} requests a minute: ${share(own + children)} of a core (server ${share(own)}, engine ${share(children)}); the target is at most 1 %`,
  );
} finally {
  await connection.close();
  await engine.stop();
  state.close();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}
