import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../packages/server/src/replay/random.ts';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Two days of steady traffic of two models; an hour before its end one team sends forty times as much to one of them. */
function traffic(endMs: number): Record<string, unknown>[] {
  const events: Record<string, unknown>[] = [];
  const spikeMs = endMs - HOUR_MS;
  const random = new RandomStream(11);
  for (let atMs = endMs - 48 * HOUR_MS; atMs < endMs; atMs += MINUTE_MS) {
    const minute = atMs / MINUTE_MS;
    // Up to four requests of each model.
    for (let n = 0; n < 8; n += 1) {
      if (random.uniform() > 0.6) continue;
      events.push({
        id: `${minute}-${n}`,
        timestamp: atMs + 1000 * n,
        provider: 'openai',
        model: n % 2 === 0 ? 'gpt-5' : 'gpt-5-mini',
        team: n % 2 === 0 ? 'search' : 'shop',
        latency_ms: 1000 + ((minute * 37) % 200),
        input_tokens: 1000 + ((minute * 7) % 50),
        output_tokens: 100,
      });
    }
    if (atMs < spikeMs || atMs >= spikeMs + 10 * MINUTE_MS) continue;
    for (let n = 0; n < 80; n += 1)
      events.push({
        id: `${minute}-spike-${n}`,
        timestamp: atMs + 500 * n,
        provider: 'openai',
        model: 'gpt-5',
        team: 'analytics',
        latency_ms: 1100,
        input_tokens: 1000,
        output_tokens: 100,
      });
  }
  return events;
}

describe('the watch over the ledger', () => {
  const directory = temporaryDirectory();
  let server: RunningServer;
  const endMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const spikeMs = endMs - HOUR_MS;

  beforeAll(async () => {
    const loading = await startServer(directory.path, {
      environment: { BELLWETHER_ANALYSIS_ENABLED: 'false' },
    });
    const events = traffic(endMs);
    for (let from = 0; from < events.length; from += 5000)
      await post(loading.url, events.slice(from, from + 5000), { query: '?live=false' });
    await loading.stop();
    server = await start();
  });

  afterAll(async () => {
    await server.stop();
    directory.remove();
  });

  function start(): Promise<RunningServer> {
    return startServer(directory.path, { environment: { BELLWETHER_ANALYSIS_SETTLE_SECONDS: '0' } });
  }

  async function get(path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${server.url}${path}`);
    return { status: response.status, body: await response.json() };
  }

  async function anomalies(query: string): Promise<Anomalies['anomalies']> {
    return ((await get(`/api/v1/anomalies?${query}`)).body as Anomalies).anomalies;
  }

  async function baselines(query = ''): Promise<Baselines> {
    return (await get(`/api/v1/baselines?${query}`)).body as Baselines;
  }

  interface Anomalies {
    readonly anomalies: readonly {
      readonly id: string;
      readonly incident: string;
      readonly measure: string;
      readonly labels: Record<string, string>;
      readonly since: string;
      readonly until: string | null;
      readonly actual: number;
      readonly is_bad: boolean | null;
      readonly cause: { explained_by: { dimension: string; value: string; share: number }[] } | null;
    }[];
  }
  interface Baselines {
    readonly judged_to: string | null;
    readonly baselines: readonly Record<string, unknown>[];
  }

  /** Waits until everything up to the end of the traffic is judged. */
  async function judged(): Promise<void> {
    const until = performance.now() + 110_000;
    for (;;) {
      const { judged_to: judgedTo } = await baselines();
      if (judgedTo !== null && Date.parse(judgedTo) >= endMs) return;
      if (performance.now() > until) throw new Error(`judged only to ${judgedTo}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    }
  }

  it('learns history, finds what is unusual in it and names the cause', async () => {
    await judged();
    const found = await anomalies('measure=requests&limit=1000');
    const all = found.find(({ labels }) => Object.keys(labels).length === 0);
    expect(all).toMatchObject({ measure: 'requests', is_bad: null });
    expect(Math.abs(Date.parse(all?.since ?? '') - spikeMs)).toBeLessThanOrEqual(MINUTE_MS);
    const lateMs = Date.parse(all?.until ?? '') - spikeMs - 10 * MINUTE_MS;
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThanOrEqual(5 * MINUTE_MS);
    expect(all?.cause?.explained_by[0]).toMatchObject({ dimension: 'team', value: 'analytics' });
    const of = found.map(({ labels }) => JSON.stringify(labels));
    expect(of).toContain('{"model":"gpt-5"}');
    expect(of).not.toContain('{"model":"gpt-5-mini"}');
    expect(new Set(found.map(({ incident }) => incident)).size).toBe(1);
    const one = await get(`/api/v1/anomalies/${all?.id}`);
    expect(one.body).toEqual(all);
  });

  it('filters, and refuses what it does not know', async () => {
    await judged();
    const some = await anomalies('where=model=gpt-5');
    expect(some.length).toBeGreaterThan(0);
    for (const { labels } of some) expect(labels).toEqual({ model: 'gpt-5' });
    const open = await anomalies('open=true');
    expect(open.filter(({ until }) => until !== null)).toEqual([]);
    const before = new Date(spikeMs - HOUR_MS).toISOString();
    expect(await anomalies(`measure=requests&to=${before}`)).toEqual([]);
    for (const query of ['measure=nothing', 'where=team!=a', 'limit=0', 'unknown=1'])
      expect([query, (await get(`/api/v1/anomalies?${query}`)).status]).toEqual([query, 400]);
    expect((await get('/api/v1/anomalies/nothing')).status).toBe(404);
  });

  it('shows what is usual', async () => {
    await judged();
    const body = await baselines('measure=requests&where=model=gpt-5-mini');
    expect(body.baselines).toHaveLength(1);
    expect(body.baselines[0]).toMatchObject({
      measure: 'requests',
      learnt: true,
      labels: { model: 'gpt-5-mini' },
    });
    expect(Math.abs(Number(body.baselines[0]?.['expected']) - 2.4)).toBeLessThan(0.5);
  });

  it('goes on after a restart with what it knew', async () => {
    await judged();
    const before = await anomalies('limit=1000');
    await server.stop();
    const printed = await runCli(['anomalies', '--data', directory.path, '--measure', 'requests', '--json']);
    expect(printed.stderr).toBe('');
    const kept = JSON.parse(printed.stdout) as Anomalies;
    expect(kept.anomalies).toEqual(before.filter(({ measure }) => measure === 'requests'));
    server = await start();
    await judged();
    expect(await anomalies('limit=1000')).toEqual(before);
    const learnt = await runCli(['audit', 'list', '--data', directory.path, '--action', 'baseline.learnt']);
    expect(learnt.stdout.match(/baseline\.learnt/g)).toHaveLength(1);
  });
});
