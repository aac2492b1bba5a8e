import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { formatUsd, parseUsd } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFocusRow } from '../../packages/server/src/export/focus/check.ts';
import type { FocusRow } from '../../packages/server/src/export/focus/columns.ts';
import type { ExportMetadata } from '../../packages/server/src/export/metadata.ts';
import { connectEmbedded } from '../../packages/server/src/ledger/connection.ts';
import { keptFiles } from '../../packages/server/src/retention/kept-files.ts';
import { openStateReader } from '../../packages/server/src/state/state-database.ts';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const files = temporaryDirectory();
const file = (name: string): string => join(files.path, name);
let server: RunningServer;

/** A generator with a seed: the same events in each run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const models = [
  ['openai', 'gpt-4o'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['google', 'gemini-2.5-flash'],
  ['nobody', 'unknown-model'],
] as const;
const hostile = ['=1+1', '+1', '-1', '@x', '\tx', '\rx', 'a"b,c', 'line\nend', '-12.5', '😀'];

function eventsOf(count: number) {
  const random = randomFrom(7);
  return Array.from({ length: count }, (_, n) => {
    const [provider, model] = models[random(models.length)] ?? models[0];
    const input = random(250_000);
    const fraction = String(random(1_000_000_000)).padStart(9, '0');
    const second = String(random(60)).padStart(2, '0');
    return {
      id: `e${n}`,
      timestamp: `2026-10-${String(28 + random(4))}T${String(random(24)).padStart(2, '0')}:00:${second}.${fraction}Z`,
      provider,
      model,
      input_tokens: input,
      output_tokens: random(2000),
      cache_read_tokens: random(input + 1),
      latency_ms: random(100_000) / 7,
      user_id: hostile[n % hostile.length],
      team: `team ${random(3)}`,
      backend_id: `b${random(2)}`,
      ...(n % 9 === 0 ? { cost_usd: `0.${String(random(10 ** 9)).padStart(12, '0')}` } : {}),
      ...(n % 5 === 0 ? { attributes: { '=key': '"v"', b: 'é' } } : {}),
    };
  });
}

const events = eventsOf(3000);

beforeAll(async () => {
  server = await startServer(directory.path);
  await post(server.url, events);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
  files.remove();
});

async function exported(args: readonly string[]): Promise<ExportMetadata> {
  const out = args[args.indexOf('--out') + 1] ?? '';
  const { code, stderr } = await runCli(['export', ...args, '--data', directory.path]);
  if (code !== 0) throw new Error(stderr);
  const metadata = JSON.parse(readFileSync(`${out}.metadata.json`, 'utf8')) as ExportMetadata;
  const { sha256, bytes } = metadata;
  const written = createHash('sha256').update(readFileSync(out)).digest('hex');
  if (sha256 !== written || bytes !== statSync(out).size) throw new Error('The metadata is of another file.');
  return metadata;
}

function linesOf(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function costs(url: string, query = 'by=provider,model,team'): Promise<Record<string, unknown>> {
  return (await (await fetch(`${url}/api/v1/costs?${query}`)).json()) as Record<string, unknown>;
}

/** Reads CSV as RFC 4180 has it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/gy;
  let row: string[] = [];
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    row.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
    if (match[3] === '\n') {
      rows.push(row);
      row = [];
    }
    if (cell.lastIndex >= text.length) break;
  }
  return rows;
}

describe('export events', () => {
  it('as JSON gives every event as it was sent, in order of time, with its charge', async () => {
    const out = file('events.ndjson');
    const metadata = await exported(['events', '--format', 'json', '--out', out]);
    const rows = linesOf(out);
    expect(metadata).toMatchObject({ rows: 3000, events: 3000, kind: 'events', format: 'json' });
    expect(metadata.prices.reduce((sum, price) => sum + price.events, 0)).toBe(3000);
    const total = rows.reduce(
      (sum, row) => sum + (parseUsd((row.cost_usd as string | undefined) ?? '0') ?? 0n),
      0n,
    );
    const report = (await costs(server.url)).total as { cost_usd: string };
    expect(formatUsd(total)).toBe(report.cost_usd);
    const times = rows.map((row) => row.timestamp as string);
    expect(times).toEqual(times.toSorted());
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const { cost_usd: given, ...fields } of events) {
      const row = byId.get(fields.id);
      expect(row).toMatchObject(fields);
      if (given !== undefined && parseUsd(String(row?.cost_usd)) !== parseUsd(given))
        throw new Error(`${fields.id} has lost its cost`);
    }
  });

  it('can be replayed into an empty ledger, which then costs the same to the pico-dollar', async () => {
    const copy = temporaryDirectory();
    const other = await startServer(copy.path);
    try {
      const args = [
        'replay',
        file('events.ndjson'),
        '--format',
        'ndjson',
        '--speed',
        'max',
        '--url',
        other.url,
      ];
      expect((await runCli(args)).code).toBe(0);
      for (const by of ['by=provider,model,team', 'by=day', 'by=user_id', 'by=backend_id'])
        expect(await costs(other.url, by)).toEqual(await costs(server.url, by));
    } finally {
      await other.stop();
      copy.remove();
    }
  });

  it('as an array is one JSON document', async () => {
    const response = await fetch(`${server.url}/api/v1/export/events?format=json&array=true&backend=b1`);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const rows = (await response.json()) as { backend_id: string }[];
    expect(rows.length).toBe(events.filter(({ backend_id: backend }) => backend === 'b1').length);
    expect(rows.every((row) => row.backend_id === 'b1')).toBe(true);
    const empty = await fetch(`${server.url}/api/v1/export/events?format=json&array=true&backend=none`);
    expect(await empty.json()).toEqual([]);
  });

  it('as CSV keeps numbers as they are and lets no cell be a formula', async () => {
    const out = file('events.csv');
    await exported(['events', '--from', '2026-10-29', '--to', '2026-10-30', '--out', out]);
    const [head = [], ...rows] = readCsv(readFileSync(out, 'utf8'));
    const wanted = events.filter(({ timestamp }) => timestamp.startsWith('2026-10-29'));
    expect(rows.length).toBe(wanted.length);
    const at = (row: string[], name: string): string => row[head.indexOf(name)] ?? '';
    const byId = new Map(rows.map((row) => [at(row, 'id'), row]));
    for (const { id, user_id: user = '', timestamp, latency_ms: latency } of wanted) {
      const row = byId.get(id) ?? [];
      const safe =
        /^[=+@\t\r-]/.test(user) && user !== '-12.5' && user !== '+1' && user !== '-1' ? `'${user}` : user;
      expect(at(row, 'user_id')).toBe(safe);
      expect(at(row, 'timestamp')).toBe(timestamp);
      expect(Number(at(row, 'latency_ms'))).toBe(latency);
    }
  });

  it('as Parquet is read back with the same rows and sums', async () => {
    const out = file('events.parquet');
    const metadata = await exported(['events', '--format', 'parquet', '--out', out]);
    const connection = connectEmbedded(join(directory.path, 'engine/engine.sock'));
    const [row] = await connection.query<Record<string, unknown>>(
      `SELECT count() AS rows, toString(sum(cost_usd)) AS cost, uniqExact(id) AS ids,
       toString(max(timestamp)) AS last FROM file({path:String}, 'Parquet')`,
      { path: out },
    );
    await connection.close();
    const last =
      events
        .map(({ timestamp }) => timestamp)
        .toSorted()
        .at(-1) ?? '';
    expect(row).toEqual({
      rows: 3000,
      ids: 3000,
      cost: metadata.cost_usd,
      last: last.replace('T', ' ').replace('Z', ''),
    });
  });

  it('refuses what it does not know, and leaves no file of an export that fails', async () => {
    const answer = await fetch(`${server.url}/api/v1/export/secrets?format=csv`);
    expect(answer.status).toBe(400);
    expect((await fetch(`${server.url}/api/v1/exports/nothing`)).status).toBe(404);
    const { code } = await runCli([
      'export',
      'events',
      '--out',
      file('no/such/x.csv'),
      '--data',
      directory.path,
    ]);
    expect(code).toBe(1);
  });

  it('is of one moment, whatever arrives while it goes on, and counts exactly', async () => {
    const response = await fetch(`${server.url}/api/v1/export/events?format=json`);
    const late = [{ id: 'late', timestamp: '2026-10-28T00:00:00Z', provider: 'openai', model: 'gpt-4o' }];
    await post(server.url, late);
    const body = await response.text();
    expect(body.trimEnd().split('\n').length).toBe(3000);
    const id = response.headers.get('x-bellwether-export-id') ?? '';
    const state = (await (await fetch(`${server.url}/api/v1/exports/${id}`)).json()) as Record<
      string,
      unknown
    >;
    expect(state).toMatchObject({ state: 'complete', metadata: { rows: 3000 } });
    const after = await (await fetch(`${server.url}/api/v1/export/events?format=json`)).text();
    expect(after.trimEnd().split('\n').length).toBe(3001);
  });
});

describe('export focus', () => {
  it('gives rows by day and meter that hold to the specification and sum to the ledger', async () => {
    const out = file('focus.ndjson');
    const metadata = await exported(['focus', '--format', 'json', '--out', out]);
    const rows = linesOf(out) as unknown as FocusRow[];
    expect(rows.flatMap((row) => checkFocusRow(row))).toEqual([]);
    expect(metadata.rows).toBe(rows.length);
    const total = rows.reduce((sum, row) => sum + (parseUsd(row.BilledCost ?? '') ?? 0n), 0n);
    const report = (await costs(server.url)).total as { cost_usd: string; unpriced_requests: number };
    expect(formatUsd(total)).toBe(report.cost_usd);
    expect(metadata.unpriced_events).toBe(report.unpriced_requests);
    expect(new Set(rows.map((row) => row.x_Breakdown))).toEqual(new Set(['meters', 'given']));
    const tokens = (meter: string): number =>
      rows
        .filter((row) => row.x_TokenType === meter && row.x_Model === 'gpt-4o')
        .reduce((sum, row) => sum + Number(row.ConsumedQuantity), 0);
    const priced = events.filter(({ model, cost_usd: given }) => model === 'gpt-4o' && given === undefined);
    expect(tokens('cache_read_tokens')).toBe(priced.reduce((sum, event) => sum + event.cache_read_tokens, 0));
    expect(tokens('output_tokens')).toBe(priced.reduce((sum, event) => sum + event.output_tokens, 0));
  });

  it('as CSV has the columns in order, ours last, and as Parquet the same sum', async () => {
    const csv = file('focus.csv');
    await exported(['focus', '--out', csv]);
    const [head = [], ...rows] = readCsv(readFileSync(csv, 'utf8'));
    expect(head.findIndex((name) => name.startsWith('x_'))).toBe(
      head.filter((name) => !name.startsWith('x_')).length,
    );
    const sum = rows.reduce(
      (total, row) => total + (parseUsd(row[head.indexOf('BilledCost')] ?? '') ?? 0n),
      0n,
    );
    const parquet = file('focus.parquet');
    const metadata = await exported(['focus', '--format', 'parquet', '--out', parquet]);
    const connection = connectEmbedded(join(directory.path, 'engine/engine.sock'));
    const [row] = await connection.query<{ rows: number; cost: string }>(
      `SELECT count() AS rows, toString(sum(BilledCost)) AS cost FROM file({path:String}, 'Parquet')`,
      { path: parquet },
    );
    await connection.close();
    expect(row?.rows).toBe(metadata.rows);
    expect(parseUsd(row?.cost ?? '')).toBe(sum);
  });
});

describe('export rollups', () => {
  it('has every request once in each rollup, at the cost of the ledger', async () => {
    const out = file('rollups.ndjson');
    const metadata = await exported(['rollups', '--format', 'json', '--out', out]);
    const rows = linesOf(out) as Record<string, string | number | null>[];
    const { total } = (await costs(server.url)) as { total: { requests: number; cost_usd: string } };
    expect(metadata).toMatchObject({ rows: rows.length, events: total.requests, cost_usd: total.cost_usd });
    for (const rollup of ['models', 'backends', 'owners', 'deployments', 'users']) {
      const own = rows.filter((row) => row['rollup'] === rollup);
      expect(own.reduce((sum, { requests }) => sum + Number(requests), 0)).toBe(total.requests);
      const cost = own.reduce((sum, row) => sum + (parseUsd(String(row['cost_usd'])) ?? 0n), 0n);
      expect(formatUsd(cost)).toBe(total.cost_usd);
    }
  });

  it('as CSV and as Parquet has the same rows, of one backend where one is named', async () => {
    const [csv, parquet] = [file('rollups.csv'), file('rollups.parquet')];
    const { rows } = await exported(['rollups', '--out', csv]);
    const lines = readCsv(readFileSync(csv, 'utf8'));
    expect(lines).toHaveLength(rows + 1);
    expect(lines[0]?.slice(0, 6)).toEqual(['rollup', 'at', 'seconds', 'tenant', 'provider', 'model']);
    expect((await exported(['rollups', '--format', 'parquet', '--out', parquet])).rows).toBe(rows);
    expect(readFileSync(parquet).subarray(0, 4).toString()).toBe('PAR1');
    const backend = file('rollups-of-a-backend.ndjson');
    await exported(['rollups', '--format', 'json', '--backend', '', '--out', backend]);
    const own = linesOf(backend);
    expect(new Set(own.map((row) => row['rollup']))).toEqual(new Set(['backends']));
  });
});

describe('an export in the data directory', () => {
  it('is remembered, so that an erasure finds it', async () => {
    const out = join(directory.path, 'exports/kept.csv');
    mkdirSync(join(directory.path, 'exports'), { recursive: true });
    const { sha256, rows } = await exported(['events', '--from', '2026-10-30', '--out', out]);
    const state = openStateReader(directory.path);
    expect(keptFiles(state)).toMatchObject([
      { path: 'exports/kept.csv', kind: 'export', from: '2026-10-30T00:00:00Z', to: '', sha256, rows },
    ]);
    state.close();
  });
});

describe('archive and retention of a running server', () => {
  it('go through its API, with progress, and bring nothing back that is there', async () => {
    const archive = file('archive');
    const run = (...args: string[]) => runCli([...args, '--data', directory.path]);
    const first = await run('archive', archive, '--before', '2026-10-31');
    expect([first.code, first.stdout]).toEqual([
      0,
      expect.stringMatching(/3 days written, 0 had been there already/),
    ]);
    expect(first.stderr).toMatch(/^2026-10-28: \d+ rows archived$/m);
    const again = await run('archive', 'restore', archive, '--from', '2026-10-29', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ days: 2, rows: 0 });
    const plan = await run('retention', '--dry-run');
    expect(plan.stdout).toMatch(/^Events before .*: 0 of 0 days would go\.$/m);
    expect((await run('retention')).stdout).toMatch(/^0 events of 0 days were removed/);
    const audit = await run('audit', 'list');
    expect(audit.stdout).toMatch(/archive\.written/);
  });

  it('refuses a form that another site could send', async () => {
    const response = await fetch(`${server.url}/api/v1/archive`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ directory: file('stolen') }),
    });
    expect(response.status).toBe(415);
    expect(existsSync(file('stolen'))).toBe(false);
  });
});

describe('without a server', () => {
  it('exports from the data directory the same bytes', async () => {
    const before = await exported(['events', '--format', 'json', '--out', file('a.ndjson')]);
    await server.stop();
    const after = await exported(['events', '--format', 'json', '--out', file('b.ndjson')]);
    expect(after.sha256).toBe(before.sha256);
    server = await startServer(directory.path);
  });
});
