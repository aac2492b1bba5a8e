import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BellwetherError } from '@bellwether/events';
import { systemClock } from '../../packages/server/src/clock.ts';
import { createOutgoing } from '../../packages/server/src/outgoing/index.ts';
import { PrometheusQueries } from '../../packages/server/src/series/prometheus.ts';
import { promqlSeries } from '../../packages/server/src/series/promql-series.ts';
import { hasProgram, eventually, PrometheusServer } from '../metrics/prometheus-server.ts';
import { post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const outgoing = createOutgoing({ allowPrivate: [], clock: systemClock });

afterAll(() => outgoing.close());

describe('GET /api/v1/series', () => {
  const directory = temporaryDirectory();
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer(directory.path);
    const event = { provider: 'openai', model: 'gpt-4o', input_tokens: 1000, output_tokens: 100 };
    await post(server.url, [
      { ...event, id: '1', timestamp: '2026-11-01T00:00:00Z', team: 'a' },
      { ...event, id: '2', timestamp: '2026-11-01T01:59:59.999Z', team: 'b', status: 'error' },
      { ...event, id: '3', timestamp: '2026-11-01T02:00:00Z', team: 'b' },
    ]);
  });

  afterAll(async () => {
    await server.stop();
    directory.remove();
  });

  async function get(path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${server.url}${path}`);
    return { status: response.status, body: await response.json() };
  }

  it('answers with a value for every step, and null where there is none', async () => {
    const range = 'from=2026-11-01&to=2026-11-01T03:00:00Z&step=1h';
    const { status, body } = await get(`/api/v1/series?measure=error_ratio&by=team&${range}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      measure: 'error_ratio',
      unit: 'ratio',
      good: 'lower',
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-11-01T03:00:00.000Z',
      step_seconds: 3600,
      timestamps_ms: [0, 1, 2].map((hour) => Date.UTC(2026, 10, 1, hour)),
      series: [
        { labels: { team: 'b' }, values: [null, 1, 0] },
        { labels: { team: 'a' }, values: [0, null, null] },
      ],
      truncated: false,
    });
  });

  it('filters, and says that there are more series than it shows', async () => {
    const range = 'from=2026-11-01&to=2026-11-02&step=1d';
    const some = await get(`/api/v1/series?measure=requests&by=team&${range}&series_max=1`);
    expect(some.body).toMatchObject({ series: [{ labels: { team: 'b' }, values: [2] }], truncated: true });
    const where = 'where=team=a&where=model!=x';
    const filtered = await get(`/api/v1/series?measure=input_tokens&${where}&${range}`);
    expect(filtered.body).toMatchObject({ series: [{ labels: {}, values: [1000] }], truncated: false });
  });

  it('refuses what it does not know', async () => {
    for (const query of [
      'measure=nothing',
      'measure=requests&by=id',
      'measure=requests&where=x',
      'measure=requests&step=30',
      'measure=requests&limit=2',
      'by=team',
    ]) {
      const { status, body } = await get(`/api/v1/series?${query}`);
      expect([query, status, body]).toMatchObject([query, 400, { error: { code: 'invalid_parameter' } }]);
    }
  });

  it('lists the measures', async () => {
    const { body } = await get('/api/v1/measures');
    const { measures, dimensions } = body as { measures: { name: string }[]; dimensions: string[] };
    expect(measures.find(({ name }) => name === 'latency_p95_ms')).toMatchObject({
      unit: 'ms',
      good: 'lower',
    });
    expect(dimensions).toContain('backend_id');
  });
});

describe.skipIf(!hasProgram('prometheus', '--version'))('series of a Prometheus', () => {
  let prometheus: PrometheusServer;
  const MINUTE_MS = 60_000;

  beforeAll(async () => {
    prometheus = await PrometheusServer.start('scrape_configs: []\n');
  });

  afterAll(async () => {
    await prometheus.stop();
  });

  const query = (expression: string, more: { seriesMax?: number } = {}) => {
    const fromMs = Date.UTC(2026, 0, 1);
    const grid = { fromMs, toMs: fromMs + 3 * MINUTE_MS, stepMs: MINUTE_MS };
    return promqlSeries(new PrometheusQueries(prometheus.url, outgoing)).query({
      expression,
      ...grid,
      ...more,
    });
  };

  it('evaluates at the end of each step', async () => {
    const fromSeconds = Date.UTC(2026, 0, 1) / 1000;
    const [only] = await query(`(time() - ${fromSeconds}) / 60`);
    expect(only).toEqual({
      labels: {},
      timestampsMs: [0, 1, 2].map((minute) => (fromSeconds + minute * 60) * 1000),
      values: [1, 2, 3],
    });
  });

  it('tells series apart by their labels, and leaves out what is not finite', async () => {
    const labelled = (value: string, expression: string) =>
      `label_replace(${expression}, "zone", "${value}", "", "")`;
    const found = await query(`${labelled('b', 'vector(2) / 0')} or ${labelled('a', 'vector(1)')}`);
    expect(found.map(({ labels, values }) => [labels, values])).toEqual([
      [{ zone: 'a' }, [1, 1, 1]],
      [{ zone: 'b' }, [Number.NaN, Number.NaN, Number.NaN]],
    ]);
  });

  it('names what is wrong with an expression', async () => {
    await expect(query('sum(')).rejects.toMatchObject({ code: 'invalid_parameter' });
    const two = 'label_replace(vector(1), "a", "1", "", "") or vector(2)';
    await expect(query(two, { seriesMax: 1 })).rejects.toThrow(/gives 2 series, more than 1/);
  });

  it('says that a Prometheus does not answer', async () => {
    const gone = promqlSeries(new PrometheusQueries('http://127.0.0.1:1', outgoing));
    const error = await gone
      .query({ expression: '1', fromMs: 0, toMs: MINUTE_MS, stepMs: MINUTE_MS })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BellwetherError);
    expect(error).toMatchObject({ code: 'prometheus_unavailable' });
  });

  it('waits for nothing that is not there', async () => {
    expect(await eventually('an empty answer', () => query('nothing_of_this_name'))).toEqual([]);
  });
});
