import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { connectEmbedded, type LedgerConnection } from '../ledger/connection.ts';
import { type EngineSupervisor, superviseEngine } from '../ledger/engine/supervisor.ts';
import { migrate, readMigrations } from '../ledger/migrate.ts';
import type { LedgerRow } from '../ledger/row.ts';
import { silentLog } from '../log.ts';
import { LedgerSeries } from './ledger-series.ts';
import { measures } from './measures.ts';
import type { SeriesQuery } from './series.ts';

const limits = {
  memoryBytesMax: 700_000_000,
  threadsMax: 2,
  queryMemoryBytesMax: 400_000_000,
  querySecondsMax: 20,
};
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 20, 10);
let directory: string;
let engine: EngineSupervisor;
let connection: LedgerConnection;
let series: LedgerSeries;

/** Rows that differ in what the measures are made of; the third minute has none. */
const rows: Omit<LedgerRow, 'journal' | 'seq' | 'live' | 'received_at'>[] = [
  {
    timestamp: '2026-11-20 10:00:00',
    provider: 'openai',
    model: 'gpt-4o',
    team: 'a',
    user_id: 'u1',
    status: 'success',
    latency_ms: 100.25,
    ttft_ms: 10,
    input_tokens: 1000,
    output_tokens: 100,
    cache_read_tokens: 250,
    cost_usd: '0.10',
    revenue_usd: '0.30',
    quality_score: 0.5,
    cache_hit: true,
  },
  {
    timestamp: '2026-11-20 10:00:59.999999999',
    provider: 'openai',
    model: 'gpt-4o-mini',
    user_id: 'u2',
    session_id: 's1',
    status: 'timeout',
    latency_ms: 300.75,
    input_tokens: 10,
    cost_usd: '0.02',
    quality_score: 1,
    cache_hit: false,
  },
  {
    timestamp: '2026-11-20 10:01:00',
    provider: 'nobody',
    model: 'x"\\\n',
    team: 'a',
    user_id: 'u1',
    status: 'success',
    input_tokens: 7,
    output_tokens: 3,
  },
  {
    timestamp: '2026-11-20 10:03:30',
    provider: 'openai',
    model: 'gpt-4o',
    team: 'b',
    status: 'error',
    latency_ms: 0,
  },
];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-series-'));
  engine = superviseEngine({ dataDirectory: directory, limits, clock: systemClock, log: silentLog });
  await engine.ready;
  connection = connectEmbedded(engine.socketPath);
  await migrate(connection, readMigrations());
  const stamp = { journal: 'j', live: true, received_at: '2026-11-20 12:00:00.000' };
  await connection.insertRows(
    'bellwether.events',
    rows.map((row, i) => ({ ...stamp, seq: i + 1, id: `id-${i}`, ...row })),
  );
  series = new LedgerSeries(connection);
});

afterAll(async () => {
  await connection.close();
  await engine.stop();
  rmSync(directory, { recursive: true, force: true });
});

function question(measure: string, more: Partial<SeriesQuery> = {}): SeriesQuery {
  return {
    measure,
    by: [],
    where: [],
    fromMs: START_MS,
    toMs: START_MS + 4 * MINUTE_MS,
    stepMs: MINUTE_MS,
    ...more,
  };
}

/** The values of the one series of a measure. */
async function valuesOf(measure: string, more: Partial<SeriesQuery> = {}): Promise<readonly number[]> {
  const [only, ...others] = await series.query(question(measure, more));
  expect(others).toEqual([]);
  return only?.values ?? [];
}

describe('series of the ledger', () => {
  it('has a value on every step, at its edges to the nanosecond', async () => {
    const [only] = await series.query(question('requests'));
    expect(only?.labels).toEqual({});
    expect(only?.timestampsMs).toEqual([0, 1, 2, 3].map((minute) => START_MS + minute * MINUTE_MS));
    expect(only?.values).toEqual([2, 1, 0, 1]);
  });

  it.each([
    ['errors', [1, 0, 0, 1]],
    ['error_ratio', [0.5, 0, Number.NaN, 1]],
    ['requests_per_second', [2 / 60, 1 / 60, 0, 1 / 60]],
    ['latency_avg_ms', [200.5, Number.NaN, Number.NaN, 0]],
    ['latency_max_ms', [300.75, Number.NaN, Number.NaN, 0]],
    ['ttft_avg_ms', [10, Number.NaN, Number.NaN, Number.NaN]],
    ['total_tokens', [1110, 10, 0, 0]],
    ['cached_token_ratio', [250 / 1010, 0, Number.NaN, Number.NaN]],
    // A request without a known price costs nothing that is known, which is not nothing.
    ['cost_usd', [0.12, Number.NaN, 0, Number.NaN]],
    ['cost_per_request_usd', [0.06, Number.NaN, Number.NaN, Number.NaN]],
    ['cost_per_success_usd', [0.12, Number.NaN, Number.NaN, Number.NaN]],
    ['unpriced_requests', [0, 1, 0, 1]],
    ['quality_score', [0.75, Number.NaN, Number.NaN, Number.NaN]],
    ['cache_hit_ratio', [0.5, Number.NaN, Number.NaN, Number.NaN]],
    ['roi', [1.5, Number.NaN, Number.NaN, Number.NaN]],
    ['users', [2, 1, 0, 0]],
    ['sessions', [1, 0, 0, 0]],
  ])('measures %s', async (measure, expected) => {
    expect(await valuesOf(measure)).toEqual(expected);
  });

  it('answers every measure of the table, also where there are no rows at all', async () => {
    const empty = { fromMs: 0, toMs: 2 * MINUTE_MS };
    for (const name of measures.keys()) {
      expect(await valuesOf(name)).toHaveLength(4);
      expect(await valuesOf(name, empty)).toHaveLength(2);
    }
  }, 60_000);

  it('answers several measures at once as it answers each by itself', async () => {
    const query = {
      by: ['provider'],
      where: [],
      fromMs: START_MS,
      toMs: START_MS + 5 * MINUTE_MS,
      stepMs: MINUTE_MS,
    };
    const names = [...measures.keys()];
    const each = await Promise.all(names.map((measure) => series.query({ ...query, measure })));
    expect(await series.queryMeasures(query, names)).toEqual(each);
  });

  it('gives quantiles within a hundredth of the exact ones', async () => {
    const [p50, , , p50OfZero] = await valuesOf('latency_p50_ms');
    expect(Math.abs((p50 ?? 0) - 100.25)).toBeLessThanOrEqual(1.0025);
    expect(p50OfZero).toBe(0);
  });

  it('tells series apart by dimensions, those with the most requests first', async () => {
    const found = await series.query(question('requests', { by: ['provider', 'model'] }));
    expect(found.map(({ labels, values }) => [labels, values])).toEqual([
      [{ provider: 'openai', model: 'gpt-4o' }, [1, 0, 0, 1]],
      [{ provider: 'nobody', model: 'x"\\\n' }, [0, 1, 0, 0]],
      [{ provider: 'openai', model: 'gpt-4o-mini' }, [1, 0, 0, 0]],
    ]);
    const most = await series.query(question('requests', { by: ['model'], seriesMax: 1 }));
    expect(most.map(({ labels }) => labels)).toEqual([{ model: 'gpt-4o' }]);
  });

  it('counts the series that there are, whatever is asked of them', async () => {
    const count = (by: string[], ...values: string[]) =>
      series.count(
        question('cost_usd', {
          by,
          where: values.map((value) => ({ dimension: 'provider', operator: '=', values: [value] })),
        }),
      );
    expect(
      await Promise.all([[], ['provider'], ['model'], ['provider', 'model']].map((by) => count(by))),
    ).toEqual([1, 2, 3, 3]);
    expect(await count(['model'], 'openai')).toBe(2);
    expect(await count(['model'], 'none')).toBe(0);
    expect(
      await series.count(
        question('requests', { by: ['model'], fromMs: START_MS + MINUTE_MS, toMs: START_MS + 2 * MINUTE_MS }),
      ),
    ).toBe(1);
  });

  it('filters by any of some values, by none of some, and by an absent one', async () => {
    const where = (dimension: string, operator: '=' | '!=', ...values: string[]) => ({
      where: [{ dimension, operator, values }],
    });
    expect(await valuesOf('requests', where('team', '=', 'a', 'b'))).toEqual([1, 1, 0, 1]);
    expect(await valuesOf('requests', where('team', '!=', 'a', 'b'))).toEqual([1, 0, 0, 0]);
    expect(await valuesOf('requests', where('team', '=', ''))).toEqual([1, 0, 0, 0]);
    expect(await valuesOf('requests', where('user_id', '=', 'u1'))).toEqual([1, 1, 0, 0]);
    expect(await valuesOf('requests', where('model', '=', 'x"\\\n', "') OR 1 --"))).toEqual([0, 1, 0, 0]);
  });

  it('adds steps up to longer ones', async () => {
    const hour = { toMs: START_MS + 60 * MINUTE_MS, stepMs: 60 * MINUTE_MS };
    expect(await valuesOf('cost_usd', hour)).toEqual([0.12]);
    expect(await valuesOf('users', hour)).toEqual([2]);
  });

  it('refuses what it does not know and what is too much', async () => {
    const refused = (more: Partial<SeriesQuery>, measure = 'requests') =>
      expect(series.query(question(measure, more))).rejects.toMatchObject({ code: 'invalid_parameter' });
    await refused({}, 'nothing');
    await refused({ by: ['id'] });
    await refused({ by: ['provider', 'model', 'team', 'status', 'region'] });
    await refused({ where: [{ dimension: "team' OR '1", operator: '=', values: ['a'] }] });
    await refused({ stepMs: 90_000 });
    await refused({ fromMs: START_MS + 1 });
    await refused({ toMs: START_MS });
    await refused({ toMs: START_MS + 20_000 * MINUTE_MS });
    await refused({ by: ['user_id'], seriesMax: 1_000_000 });
  });

  it('counts the scores that were given afterwards', async () => {
    const rating = { journal: 'j', seq: 90, received_at: '2026-11-20 13:00:00.000', id: 'f' };
    await connection.insertJsonLines('bellwether.feedback', [
      Buffer.from(
        JSON.stringify({
          ...rating,
          request_id: 'id-1',
          timestamp: '2026-11-20 13:00:00',
          quality_score: 0.25,
        }),
      ),
    ]);
    expect(await valuesOf('quality_score')).toEqual([0.375, Number.NaN, Number.NaN, Number.NaN]);
    expect(await valuesOf('requests')).toEqual([2, 1, 0, 1]);
    const where = [{ dimension: 'team', operator: '=' as const, values: ['a'] }];
    expect(await valuesOf('quality_score', { where })).toEqual([0.5, Number.NaN, Number.NaN, Number.NaN]);
  });
});
