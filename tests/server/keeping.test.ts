import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatUsd, parseUsd } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArchiveManifest } from '../../packages/server/src/archive/manifest.ts';
import { createAuditLog, createSecretRegistry } from '../../packages/server/src/audit/index.ts';
import { type Clock, systemClock } from '../../packages/server/src/clock.ts';
import { type Config, loadConfig } from '../../packages/server/src/config/index.ts';
import { EVENTS, fixBound } from '../../packages/server/src/export/scope.ts';
import { checkFocusRow } from '../../packages/server/src/export/focus/check.ts';
import type { FocusRow } from '../../packages/server/src/export/focus/columns.ts';
import { Admission } from '../../packages/server/src/ingest/admission.ts';
import { recordTables } from '../../packages/server/src/ledger/records.ts';
import { Ingest } from '../../packages/server/src/ingest/ingest.ts';
import { Preparer } from '../../packages/server/src/ingest/prepare.ts';
import { type Keeping, openKeeping } from '../../packages/server/src/keeping.ts';
import { nextVersion, writeCharges, writeKeptDays } from '../../packages/server/src/ledger/charges.ts';
import { silentLog } from '../../packages/server/src/log.ts';
import { createPricer } from '../../packages/server/src/pricing/index.ts';
import { readCosts } from '../../packages/server/src/report/costs.ts';
import { explainCosts } from '../../packages/server/src/report/explain/explain.ts';
import { readDimensions } from '../../packages/server/src/report/dimensions.ts';
import { keptFiles } from '../../packages/server/src/retention/kept-files.ts';
import { rollupSets } from '../../packages/server/src/rollups/rollup-sets.ts';
import { openStateReader } from '../../packages/server/src/state/state-database.ts';
import { makeErasures } from '../../packages/server/src/open-erasures.ts';
import { makeRollups } from '../../packages/server/src/open-rollups.ts';
import { openStores, type Stores } from '../../packages/server/src/stores.ts';
import { temporaryDirectory } from './running-server.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1, 12);
const directory = temporaryDirectory();
const outside = temporaryDirectory();

/** Timers are real; what time it is, the test says. */
const time = { wallMs: START_MS, monotonicMs: 0 };
const clock: Clock = { ...systemClock, nowMs: () => time.wallMs, monotonicMs: () => time.monotonicMs };
function pass(days: number): void {
  time.wallMs += days * DAY_MS;
  time.monotonicMs += days * DAY_MS;
}

let config: Config;
let stores: Stores;
let keeping: Keeping;
let ingest: Ingest;

async function open(): Promise<void> {
  stores = await openStores({ config, clock, log: silentLog, actor: 'command line' });
  await stores.ledger.ready;
  const pricer = createPricer();
  const audit = createAuditLog({ dataDir: directory.path, clock, secrets: createSecretRegistry([]) });
  keeping = openKeeping({ config, clock, log: silentLog, stores, pricer, audit, actor: 'test' });
  ingest = new Ingest({
    journal: stores.journal,
    preparer: new Preparer({
      limits: { eventsPerRequestMax: 10_000, futureToleranceMs: 600_000 },
      pricer: () => pricer,
      journal: stores.journal.identity,
      seqs: stores.journal.seqs,
    }),
    clock,
    decodedBytesMax: 1e8,
    onReceipt: () => stores.ledger.notify(),
  });
}

async function close(): Promise<void> {
  await keeping.close();
  await stores.close();
}

beforeAll(async () => {
  const file = join(outside.path, 'bellwether.yaml');
  writeFileSync(
    file,
    `storage: { data_dir: ${directory.path} }\nretention: { events_days: 10, charges_days: 40, restored_days: 5 }\n`,
  );
  config = loadConfig({ file, environment: {} }).config;
  await open();
});

afterAll(async () => {
  await close();
  directory.remove();
  outside.remove();
});

let number = 0;
async function send(timestampMs: number, count: number): Promise<void> {
  const events = Array.from({ length: count }, () => {
    number += 1;
    return {
      id: `e${number}`,
      timestamp: new Date(timestampMs + (number % 1000)).toISOString(),
      provider: ['openai', 'anthropic', 'nobody'][number % 3],
      model: ['gpt-4o', 'claude-sonnet-4-5', 'x'][number % 3],
      team: `t${number % 4}`,
      user_id: `u${number % 17}`,
      input_tokens: number * 13,
      output_tokens: number % 700,
      ...(number % 10 === 0 ? { status: 'error' } : {}),
    };
  });
  const admitted = new Admission(1e9).admit(1e6, false);
  if (admitted === null) throw new Error('There is no room.');
  const answer = await ingest.accept({
    body: Buffer.from(JSON.stringify(events)),
    contentType: 'application/json',
    contentEncoding: undefined,
    admitted,
    live: true,
    partial: false,
    tenant: null,
  });
  if (answer.accepted !== count) throw new Error(`${answer.accepted} of ${count} events were new.`);
}

/** What reports say, by what charges know. */
async function costs() {
  await fixBound(stores.ledger, stores.journal);
  const range = { from: null, to: null };
  const read = (by: string) => readCosts(stores.ledger.connection, range, readDimensions(by));
  return { byModel: await read('provider,model,team'), byDay: await read('day') };
}

/** Why the third day on cost more than the two before, by what charges know. */
async function explained() {
  const day = (number: number) => ({
    epochSeconds: Date.UTC(2026, 0, number) / 1000,
    nanoseconds: 0,
  });
  const ranges = { before: { from: day(1), to: day(3) }, after: { from: day(3), to: day(9) } };
  const by = readDimensions('provider,team');
  const { before, after, ...differences } = await explainCosts(stores.ledger.connection, ranges, by);
  const coarse = [before, after].map(({ coarse_requests }) => coarse_requests ?? 0);
  return { coarse, differences };
}

async function eventRows(): Promise<number> {
  const [row] = await stores.ledger.connection.query<{ rows: number }>(
    `SELECT count() AS rows FROM ${EVENTS}`,
  );
  return row?.rows ?? -1;
}

async function differences(): Promise<unknown> {
  return (await stores.verify({ live: true })).comparisons.filter(({ equal }) => !equal);
}

/** Sums of each rollup that has users, or teams, as they are exported. */
async function rollupTotals() {
  const open = await keeping.exporter.open({
    kind: 'rollups',
    format: 'json',
    range: { from: null, to: null },
    backend: null,
    array: false,
  });
  let text = '';
  for await (const chunk of open.bytes) text += Buffer.from(chunk).toString('utf8');
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { rollup: string; requests: number; cost_usd: string });
  const of = (rollup: string) => {
    const its = rows.filter((row) => row.rollup === rollup);
    return {
      requests: its.reduce((sum, { requests }) => sum + requests, 0),
      cost: formatUsd(its.reduce((sum, { cost_usd: cost }) => sum + (parseUsd(cost) ?? 0n), 0n)),
    };
  };
  return { users: of('users'), owners: of('owners') };
}

/** Cells that name a user. */
async function cellsOf(user: string): Promise<number> {
  const [row] = await stores.ledger.connection.query<{ cells: number }>(
    'SELECT count() AS cells FROM bellwether.cells_users WHERE user_id = {user:String}',
    { user },
  );
  return row?.cells ?? -1;
}

const archive = join(directory.path, 'archive');
const manifestOf = (path: string): ArchiveManifest =>
  JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8')) as ArchiveManifest;

describe('the archive', () => {
  it('has every row of the days once, in folders by day, however often it is written', async () => {
    for (let day = 0; day < 5; day += 1) {
      await send(time.wallMs - 3_600_000, 200);
      pass(1);
    }
    const path = join(outside.path, 'archive');
    const first = await keeping.archive(path, time.wallMs);
    expect(first).toMatchObject({ days: 5, unchanged: 0, rows: 1000 });
    expect(readdirSync(path).toSorted()).toEqual([
      ...['01', '02', '03', '04', '05'].map((day) => `day=2026-01-${day}`),
      'manifest.json',
    ]);
    const glob = join(path, '*/*.parquet');
    const [row] = await stores.ledger.connection.query(
      `SELECT count() AS rows, uniqExact(id) AS ids, uniqExact(_path) AS files, toString(sum(cost_usd)) AS cost
       FROM file({glob:String}, 'Parquet')`,
      { glob },
    );
    const { total } = (await costs()).byDay;
    expect(row).toEqual({ rows: 1000, ids: 1000, files: 5, cost: total.cost_usd });
    expect(await keeping.archive(path, time.wallMs)).toMatchObject({ unchanged: 5, rows: 0 });
  });

  it('takes what came late as a further file, and clears away what was broken off', async () => {
    const path = join(outside.path, 'archive');
    await send(START_MS, 7);
    const stray = join(path, 'day=2026-01-01/part-000002.parquet');
    writeFileSync(stray, 'half a file');
    expect(await keeping.archive(path, time.wallMs)).toMatchObject({ unchanged: 4, rows: 7 });
    const parts = manifestOf(path).days['2026-01-01'] ?? [];
    expect(parts.map(({ file, rows }) => [file, rows])).toEqual([
      ['day=2026-01-01/part-000001.parquet', 200],
      ['day=2026-01-01/part-000002.parquet', 7],
    ]);
  });

  it('brings back nothing that is there, and refuses a file that was changed', async () => {
    const path = join(outside.path, 'archive');
    const request = { directory: path, from: null, to: null };
    expect(await keeping.bringBack(request)).toEqual({ days: 5, rows: 0, present: 1007 });
    expect(await eventRows()).toBe(1007);
    const file = join(path, 'day=2026-01-03/part-000001.parquet');
    const bytes = readFileSync(file);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    await expect(keeping.bringBack(request)).rejects.toThrow('is not what the manifest says');
  });

  it('is not written into a directory that holds something else', async () => {
    await expect(keeping.archive(outside.path, time.wallMs)).rejects.toMatchObject({
      code: 'invalid_parameter',
    });
  });

  it('leaves no way out by its manifest', async () => {
    const path = join(outside.path, 'evil');
    const manifest = manifestOf(join(outside.path, 'archive'));
    const [part] = Object.values(manifest.days).flat();
    await keeping.archive(path, START_MS - 100 * DAY_MS);
    const days = { '2026-01-01': [{ ...part, file: 'day=2026-01-01/../../x.parquet' }] };
    writeFileSync(join(path, 'manifest.json'), JSON.stringify({ ...manifest, days }));
    const request = { directory: path, from: null, to: null };
    await expect(keeping.bringBack(request)).rejects.toThrow('names a file that no archive has');
  });
});

describe('retention', () => {
  it('removes nothing when the clock is set ahead by 30 days or back by 5, and nothing before its time', async () => {
    expect((await keeping.plan()).events).toEqual([]);
    time.wallMs += 30 * DAY_MS;
    expect(await keeping.plan()).toMatchObject({ events: [], clock_behind_seconds: 30 * 86_400 });
    expect(await keeping.retain({ trustClock: false })).toMatchObject({ events_removed: 0, events_left: 0 });
    time.wallMs -= 35 * DAY_MS;
    expect(await keeping.retain({ trustClock: false })).toMatchObject({ events_removed: 0 });
    time.wallMs += 5 * DAY_MS;
    await close();
    time.wallMs += 30 * DAY_MS;
    await open();
    expect((await keeping.plan()).events).toEqual([]);
    time.wallMs -= 30 * DAY_MS;
    expect(await eventRows()).toBe(1007);
  });

  it('turns events into charges and archives them first: every figure stays, to the pico-dollar', async () => {
    // The first day has events that arrived on the sixth, which keep it that much longer.
    pass(7.5);
    const before = await costs();
    const { coarse, differences: reasons } = await explained();
    expect(coarse).toEqual([0, 0]);
    const plan = await keeping.plan();
    expect(plan.events.map(({ day, rows }) => [day, rows])).toEqual([
      ['2026-01-02', 200],
      ['2026-01-03', 200],
    ]);
    pass(4);
    const report = await keeping.retain({ trustClock: false });
    expect(report).toMatchObject({
      events_removed: 1007,
      days_removed: 5,
      archived_rows: 1007,
      events_left: 0,
    });
    expect(report.parts_dropped).toBeGreaterThan(0);
    expect(await eventRows()).toBe(0);
    expect(await costs()).toEqual(before);
    expect(await explained()).toEqual({ coarse: [407, 600], differences: reasons });
    expect(await differences()).toEqual([]);
    // What the live counters have counted is charges now, which do not say so.
    expect(await stores.validateAccuracy()).toMatchObject({ exact: true, rows: 0 });
    expect(Object.keys(manifestOf(archive).days).length).toBe(5);
    expect(await keeping.retain({ trustClock: false })).toMatchObject({ events_removed: 0, days_removed: 0 });
    expect(
      stores.metrics.registry.getSingleMetric('custom_metrics_retention_efficiency_ratio'),
    ).toBeDefined();
    const state = openStateReader(directory.path);
    const files = keptFiles(state);
    state.close();
    expect(files.length).toBe(5);
    expect(
      files.every(({ path, kind }) => kind === 'archive' && existsSync(join(directory.path, path))),
    ).toBe(true);
  });

  it('still gives FOCUS rows, which sum to what the report says', async () => {
    const open = await keeping.exporter.open({
      kind: 'focus',
      format: 'json',
      range: { from: null, to: null },
      backend: null,
      array: false,
    });
    let text = '';
    for await (const chunk of open.bytes) text += Buffer.from(chunk).toString('utf8');
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as FocusRow);
    expect(rows.flatMap((row) => checkFocusRow(row))).toEqual([]);
    expect(new Set(rows.map((row) => row.x_Breakdown))).toEqual(new Set(['whole']));
    const sum = rows.reduce((total, row) => total + (parseUsd(row.BilledCost ?? '') ?? 0n), 0n);
    const { total } = (await costs()).byDay;
    expect(formatUsd(sum)).toBe(total.cost_usd);
    expect(open.metadata()).toMatchObject({
      events: 1007,
      cost_usd: total.cost_usd,
      unpriced_events: total.unpriced_requests,
    });
  });

  it('says of dimensions that charges do not have how many requests lack them', async () => {
    const range = { from: null, to: null };
    const report = await readCosts(stores.ledger.connection, range, readDimensions('user_id'));
    expect(report).toMatchObject({ coarse_requests: 1007, total: { requests: 1007 } });
  });

  it('counts an event once that comes for a day whose events are gone, and later removes it too', async () => {
    const before = (await costs()).byDay.total;
    await send(START_MS, 3);
    const after = (await costs()).byDay;
    expect(after.total.requests).toBe(before.requests + 3);
    expect(after.rows[0]).toMatchObject({ key: { day: '2026-01-01' }, requests: 210 });
    const all = await costs();
    expect((await keeping.plan()).events).toEqual([]);
    pass(12);
    expect(await keeping.retain({ trustClock: false })).toMatchObject({
      events_removed: 3,
      archived_rows: 3,
    });
    expect(await costs()).toEqual(all);
    expect(await differences()).toEqual([]);
  });

  it('loses and doubles nothing where it is broken off between two steps', async () => {
    await send(time.wallMs - 60_000, 50);
    // As retention does before anything else, so that the rollups have what goes.
    await makeRollups({ config, clock, log: silentLog, stores }).catchUp();
    const before = await costs();
    const { connection } = stores.ledger;
    const bound = await fixBound(stores.ledger, stores.journal);
    const [day = ''] = before.byDay.rows.map(({ key }) => key.day ?? '').slice(-1);
    // Charges that nothing names, as a crash would leave them.
    await writeCharges(connection, {
      days: [day],
      bound,
      version: await nextVersion(connection),
      events: 'added',
    });
    expect(await costs()).toEqual(before);
    const version = await nextVersion(connection);
    await writeCharges(connection, { days: [day], bound, version, events: 'added' });
    const head = { day, version, charges: version, state: 'removing', held_ms: 0 } as const;
    await writeKeptDays(
      connection,
      [{ ...head, bound_journal: bound.journal, bound_seq: bound.seq }],
      time.wallMs,
    );
    // The events are there still and do not count, their charges do.
    expect(await eventRows()).toBe(50);
    expect(await costs()).toEqual(before);
    expect(await differences()).toEqual([]);
    await close();
    await open();
    expect(stores.ledger.lostRows).toBe(0);
    await keeping.retain({ trustClock: false });
    expect(await eventRows()).toBe(0);
    expect(await costs()).toEqual(before);
    expect(await differences()).toEqual([]);
  });

  it('gives back what was archived, once, and holds it', async () => {
    const before = await costs();
    const request = { directory: archive, from: '2026-01-01', to: '2026-01-04' };
    expect(await keeping.bringBack(request)).toEqual({ days: 3, rows: 610, present: 0 });
    expect(await eventRows()).toBe(610);
    expect(await costs()).toEqual(before);
    expect(await differences()).toEqual([]);
    expect(await keeping.bringBack(request)).toEqual({ days: 3, rows: 0, present: 610 });
    expect(await costs()).toEqual(before);
    expect((await keeping.plan()).events).toEqual([]);
    pass(6);
    expect(await keeping.retain({ trustClock: false })).toMatchObject({
      events_removed: 610,
      archived_rows: 0,
    });
    expect(await costs()).toEqual(before);
    expect(await differences()).toEqual([]);
  });

  it('keeps every figure of days whose events are gone when a user is erased, and again after a return', async () => {
    const audit = createAuditLog({ dataDir: directory.path, clock, secrets: createSecretRegistry([]) });
    const pseudonymise = (user: string) => user;
    const context = { config, clock, log: silentLog, audit, stores, actor: 'test', pseudonymise };
    const { erasures, close: closeErasures } = makeErasures(context);
    const before = { costs: await costs(), rollups: await rollupTotals() };
    expect(before.rollups.users).toEqual(before.rollups.owners);
    expect(await cellsOf('u3')).toBeGreaterThan(0);
    // As if the process had been killed before the cells of the user went, of one day.
    const { connection } = stores.ledger;
    const figures = rollupSets.find(({ name }) => name === 'users')?.figures.map(({ name }) => name) ?? [];
    await connection.command(
      `INSERT INTO bellwether.cells_users (width, at, version, tenant, user_id, ${figures.join(', ')})
       SELECT width, at, version, tenant, '', ${figures.join(', ')} FROM bellwether.cells_users
       WHERE user_id = 'u3' AND toDate(at) = '2026-01-03'`,
    );
    expect((await rollupTotals()).users).not.toEqual(before.rollups.users);
    expect(await erasures.erase('u3', null, () => undefined)).toMatchObject({ events: 0, complete: true });
    expect(await cellsOf('u3')).toBe(0);
    expect({ costs: await costs(), rollups: await rollupTotals() }).toEqual(before);

    // An archive that no erasure has reached brings them back, until they are erased again.
    const elsewhere = { directory: join(outside.path, 'archive'), from: '2026-01-02', to: '2026-01-03' };
    expect(await keeping.bringBack(elsewhere)).toMatchObject({ days: 1, rows: 200 });
    await makeRollups({ config, clock, log: silentLog, stores }).catchUp();
    expect(await cellsOf('u3')).toBeGreaterThan(0);
    await erasures.reapply();
    pass(6);
    expect(await keeping.retain({ trustClock: false })).toMatchObject({ events_removed: 200 });
    expect(await cellsOf('u3')).toBe(0);
    expect({ costs: await costs(), rollups: await rollupTotals() }).toEqual(before);
    expect(await differences()).toEqual([]);
    closeErasures();
    await audit.close();
  });

  it('lets charges and identities go after their own time, and the sums still verify', async () => {
    pass(60);
    const report = await keeping.retain({ trustClock: false });
    expect(report.charge_days_removed).toBeGreaterThan(5);
    expect((await costs()).byDay).toMatchObject({ rows: [], total: { requests: 0, cost_usd: '0.00' } });
    expect(await differences()).toEqual([]);
    await close();
    await open();
    expect(stores.ledger.lostRows).toBe(0);
    const request = { directory: archive, from: null, to: null };
    await expect(keeping.bringBack(request)).rejects.toThrow('are past their retention');
  });

  it('removes feedback and samples that are past their time, and no others', async () => {
    const { connection } = stores.ledger;
    const text = (days: number): string =>
      new Date(time.wallMs - days * DAY_MS).toISOString().slice(0, 23).replace('T', ' ');
    const line = (n: number, timestamp: number, arrival: number, more: object) =>
      Buffer.from(
        `${JSON.stringify({ journal: 'old', seq: n, received_at: text(arrival), timestamp: text(timestamp), ...more })}\n`,
      );
    const ages: [number, number][] = [
      [300, 300],
      [299, 299],
      [300, 1],
      [1, 1],
    ];
    const insert = (table: string, more: object) =>
      connection.insertJsonLines(
        table,
        ages.map(([of, arrival], n) => line(n, of, arrival, more)),
      );
    await insert(recordTables.feedback, { id: 'f', request_id: 'r', quality_score: 1 });
    await insert(recordTables.sample, { source: 's', name: 'n', kind: 'gauge', labels: {}, value: 1 });
    expect(await keeping.retain({ trustClock: true })).toMatchObject({
      feedback_removed: 2,
      samples_removed: 2,
    });
    for (const table of Object.values(recordTables))
      expect(await connection.query(`SELECT seq FROM ${table} ORDER BY seq`)).toEqual([
        { seq: 2 },
        { seq: 3 },
      ]);
    expect(await keeping.retain({ trustClock: true })).toMatchObject({
      feedback_removed: 0,
      samples_removed: 0,
    });
  });
});
