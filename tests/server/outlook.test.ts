import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../packages/server/src/replay/random.ts';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 40;

/** Forty days of hours: quality falls a little every day; a deployment after 30 days takes a fifth longer and sends more long tasks. */
function traffic(startMs: number): Record<string, unknown>[] {
  const random = new RandomStream(5);
  const events: Record<string, unknown>[] = [];
  for (let hour = 0; hour < DAYS * 24; hour += 1) {
    const isAfter = hour >= 30 * 24;
    for (let n = 0; n < 4; n += 1) {
      const isLong = random.uniform() < (isAfter ? 0.7 : 0.3);
      const noise = 1 + 0.1 * (random.uniform() - 0.5);
      const slow = isAfter ? 1.2 : 1;
      events.push({
        id: `${hour}-${n}`,
        timestamp: startMs + hour * HOUR_MS + n * 60_000,
        provider: 'openai',
        model: 'gpt-5',
        task_type: isLong ? 'summarization' : 'classification',
        latency_ms: (isLong ? 4000 : 1000) * noise * slow,
        input_tokens: 100,
        output_tokens: 10,
        cost_usd: '0.25',
        quality_score: 0.8 - (0.001 * hour) / 24 + 0.02 * (random.uniform() - 0.5),
      });
    }
  }
  return events;
}

describe('the outlook of the ledger', () => {
  const directory = temporaryDirectory();
  let server: RunningServer;
  const startMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAYS * DAY_MS;
  const deployedMs = startMs + 30 * DAY_MS;

  beforeAll(async () => {
    server = await startServer(directory.path, { environment: { BELLWETHER_ANALYSIS_ENABLED: 'false' } });
    await post(server.url, traffic(startMs), { query: '?live=false' });
  });

  afterAll(async () => {
    await server.stop();
    directory.remove();
  });

  async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${server.url}${path}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it('tells what a deployment did, and what only the mix did', async () => {
    const at = new Date(deployedMs).toISOString();
    const { body } = await get(`/api/v1/regressions?at=${at}&hours=168&mix=task_type`);
    const measures = body['measures'] as {
      measure: string;
      verdict: string;
      comparison: { change_percent: number; before_unadjusted: number; after_unadjusted: number } | null;
    }[];
    const of = (name: string) => measures.find(({ measure }) => measure === name);
    expect(of('latency_avg_ms')?.verdict).toBe('worse');
    expect(of('latency_avg_ms')?.comparison?.change_percent).toBeGreaterThan(18);
    expect(of('latency_avg_ms')?.comparison?.change_percent).toBeLessThan(22);
    const { before_unadjusted: before = 0, after_unadjusted: after = 0 } =
      of('latency_avg_ms')?.comparison ?? {};
    expect(after / before).toBeGreaterThan(1.6);
    expect(of('quality_score')?.verdict).toBe('same');
    expect(of('cost_per_request_usd')?.verdict).toBe('same');
    expect(of('ttft_avg_ms')?.verdict).toBe('unknown');
  });

  it('compares around a deployment that was told', async () => {
    const added = await fetch(`${server.url}/api/v1/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        id: 'd1',
        service: 'chat',
        version: '2',
        at: new Date(deployedMs).toISOString(),
      }),
    });
    expect([added.status, await added.text()]).toEqual([added.status, expect.stringContaining('d1')]);
    const { body } = await get(
      '/api/v1/regressions?marker=d1&hours=168&mix=task_type&measures=latency_avg_ms',
    );
    expect(body).toMatchObject({
      at: new Date(deployedMs).toISOString(),
      marker: { id: 'd1', service: 'chat', version: '2' },
      measures: [{ measure: 'latency_avg_ms', verdict: 'worse' }],
    });
    expect((await get('/api/v1/regressions?marker=other')).status).toBe(404);
  });

  it('calls a trend by the good direction of the measure', async () => {
    const range = `from=${new Date(startMs).toISOString()}&step=1d`;
    const falling = await get(`/api/v1/trends?measure=quality_score&${range}`);
    expect(falling.body['trends']).toMatchObject([{ labels: {}, verdict: 'degrading' }]);
    const level = await get(`/api/v1/trends?measure=cost_usd&${range}&by=provider`);
    expect(level.body['trends']).toMatchObject([{ labels: { provider: 'openai' }, verdict: 'stable' }]);
  });

  it('forecasts with intervals and the error of back-tests', async () => {
    const { body } = await get('/api/v1/forecasts?measure=cost_usd&horizon=10&limit=1000');
    // Ninety-six requests of a quarter of a dollar a day, without noise.
    const [only] = body['forecasts'] as {
      steps: { point: number }[];
      total: { point: number };
      backtest: { smape: number };
    }[];
    expect(only?.steps).toHaveLength(10);
    expect(only?.steps[9]?.point).toBeCloseTo(24, 1);
    expect(only?.total.point).toBeCloseTo(240, 0);
    expect(only?.backtest.smape).toBeLessThan(1);
    expect(body['forecasts']).toMatchObject([{ reaches_limit: { expected: null } }]);
    const now = new Date();
    const days = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 0)).getUTCDate();
    expect((body['month_end'] as { point: number }).point).toBeCloseTo(24 * days, -1);
  });

  it('answers the commands', async () => {
    const forecast = await runCli([
      'forecast',
      '--measure',
      'cost_usd',
      '--horizon',
      '3',
      '--data',
      directory.path,
    ]);
    expect(forecast.stderr).toBe('');
    expect(forecast.stdout).toMatch(/^Forecast from the history of .*\n\ncost_usd of all requests, usd/);
    expect(forecast.stdout).toContain('This month: $');
    const trends = await runCli([
      'trends',
      '--measure',
      'cost_usd',
      '--step',
      '1d',
      '--data',
      directory.path,
    ]);
    expect(trends.stdout).toMatch(/all requests +stable/);
    const asked = await get('/api/v1/forecasts?measure=cost_usd&by=task_type&series_max=1&step=1d');
    expect(asked.body).toMatchObject({ groups: 2, groups_left_out: 1, truncated: true });
    const some = await runCli(['trends', '--by', 'task_type', '--limit', '1', '--data', directory.path]);
    expect(some.stdout).toContain(
      '1 of 2 are shown, those with the most requests; 1 is left out. --limit takes up to 50.',
    );
    const at = new Date(Date.now() - 4 * 86_400_000).toISOString();
    const regressions = await runCli([
      'regressions',
      '--at',
      at,
      '--hours',
      '48',
      '--measures',
      'cost_per_request_usd',
      '--data',
      directory.path,
    ]);
    expect(regressions.stderr).toBe('');
    expect(regressions.stdout).toMatch(/^cost_per_request_usd +same +\S/m);
  });

  it('refuses what it does not know', async () => {
    for (const path of [
      'trends?measure=nothing',
      'trends?series_max=51',
      'forecasts?horizon=0',
      'forecasts?by=id',
      'regressions',
      'regressions?at=2026-11-01&mix=id',
      'regressions?at=2026-11-01&measures=nothing',
      'regressions?at=2026-11-01&hours=0',
    ])
      expect([path, (await get(`/api/v1/${path}`)).status]).toEqual([path, 400]);
  });
});
