/** A change of model is marked by itself, and what came of it is told. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../packages/server/src/replay/random.ts';
import { eventually } from '../metrics/prometheus-server.ts';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Four days of a task that moves to a slower and dearer model, beside one that stays. */
function traffic(changeMs: number, endMs: number): object[] {
  const random = new RandomStream(5);
  const events: object[] = [];
  for (let atMs = endMs - 96 * HOUR_MS; atMs < endMs; atMs += 4 * MINUTE_MS)
    for (const application of ['shop', 'search']) {
      const isMoved = application === 'shop' && atMs >= changeMs;
      events.push({
        id: `${application}-${atMs}`,
        timestamp: atMs,
        provider: 'openai',
        model: isMoved ? 'new-model' : 'old-model',
        application,
        task_type: 'chat',
        team: random.uniform() < 0.5 ? 'a' : 'b',
        latency_ms: (isMoved ? 1500 : 1000) + 200 * random.uniform(),
        input_tokens: 1000,
        output_tokens: 100,
        cost_usd: isMoved ? 0.02 : 0.01,
        quality_score: isMoved ? 0.9 : 0.7,
      });
    }
  return events;
}

interface Deployment {
  readonly id: string;
  readonly service: string;
  readonly version: string;
  readonly at: string;
  readonly annotations: Record<string, string>;
}

describe('a change of model', () => {
  const directory = temporaryDirectory();
  const endMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const changeMs = endMs - 30 * HOUR_MS;
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer(directory.path, { environment: { BELLWETHER_ANALYSIS_ENABLED: 'false' } });
    await post(server.url, traffic(changeMs, endMs), { query: '?live=false' });
    await server.stop();
    server = await startServer(directory.path);
  });

  afterAll(async () => {
    await server.stop();
    directory.remove();
  });

  async function get<T>(path: string): Promise<T> {
    return (await (await fetch(`${server.url}${path}`)).json()) as T;
  }

  const markers = () =>
    eventually('the marker', async () => {
      const { deployments } = await get<{ deployments: Deployment[] }>('/api/v1/deployments');
      return deployments.length > 0 ? deployments : undefined;
    });

  it('is marked once, where deployments are, with its shares', async () => {
    expect(await markers()).toMatchObject([
      {
        service: 'shop',
        version: 'new-model',
        at: new Date(changeMs).toISOString(),
        annotations: {
          kind: 'model_change',
          application: 'shop',
          task_type: 'chat',
          from: 'old-model',
          to: 'new-model',
          share_before: '0.000',
          share_after: '1.000',
        },
      },
    ]);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(
      /custom_metrics_deployment_timestamp_seconds\{service="shop",environment="",version="new-model"\}/,
    );
  });

  it('is compared with what was before, and what is worse is told', async () => {
    const [marker] = await markers();
    const { measures } = await get<{ measures: { measure: string; verdict: string }[] }>(
      `/api/v1/regressions?marker=${marker?.id}`,
    );
    const verdicts = new Map(measures.map(({ measure, verdict }) => [measure, verdict]));
    expect(verdicts.get('latency_avg_ms')).toBe('worse');
    expect(verdicts.get('cost_per_request_usd')).toBe('worse');
    expect(verdicts.get('quality_score')).toBe('better');
    expect(verdicts.get('tokens_per_request')).toBe('same');
    const audited = await eventually('the entry', async () => {
      const { stdout } = await runCli([
        'audit',
        'list',
        '--data',
        directory.path,
        '--action',
        'regression.found',
      ]);
      return stdout.includes(marker?.id ?? '-') ? stdout : undefined;
    });
    expect(audited.match(/regression\.found/g)).toHaveLength(1);
  });

  it('is not marked again after a restart', async () => {
    await markers();
    await server.stop();
    server = await startServer(directory.path);
    await eventually('the first look', async () => {
      const { baselines } = await get<{ baselines: object[] }>('/api/v1/baselines?measure=requests');
      return baselines.length > 0 || undefined;
    });
    expect(await markers()).toHaveLength(1);
    const { stdout } = await runCli([
      'audit',
      'list',
      '--data',
      directory.path,
      '--action',
      'deployment.added',
    ]);
    expect(stdout.match(/deployment\.added/g)).toHaveLength(1);
  });
});
