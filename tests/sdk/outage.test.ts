/** The shipper of an application against a real server that is killed, stays away and comes back. */

import { setTimeout as sleep } from 'node:timers/promises';
import { createBellwether } from '@bellwether/sdk';
import { Registry } from '@bellwether/metrics';
import { afterAll, expect, it } from 'vitest';
import { freePort } from '../server/free-port.ts';
import { type RunningServer, startServer, temporaryDirectory } from '../server/running-server.ts';

const data = temporaryDirectory();
const spool = temporaryDirectory();
let server: RunningServer | undefined;

afterAll(async () => {
  await server?.stop();
  data.remove();
  spool.remove();
});

const start = async (port: number): Promise<RunningServer> =>
  startServer(data.path, { args: ['--port', String(port)] });

it('delivers every event exactly once across a killed server', async () => {
  const port = await freePort();
  server = await start(port);
  const registry = new Registry();
  const bellwether = createBellwether({
    url: server.url,
    registry,
    batchEventsMax: 100,
    flushIntervalMs: 20,
    backoff: { initialMs: 50, maxMs: 500 },
    spool: { directory: spool.path },
    onError: () => undefined,
  });
  const track = async (requests: number): Promise<void> => {
    for (let i = 0; i < requests; i++) {
      bellwether.trackLlmRequest({
        provider: 'openai',
        task_type: 'generation',
        model: 'gpt-4o',
        input_tokens: 100,
        output_tokens: 10,
        latency_ms: 5,
      });
      if (i % 100 === 0) await sleep(1);
    }
  };
  await track(3000);
  await server.kill();
  await track(3000);
  server = await start(port);
  await track(3000);
  expect(await bellwether.flush(30_000)).toBe(true);
  await bellwether.close();
  const { accepted, duplicate, ...others } = bellwether.shipper.counts;
  // What was taken just before the server died, and not answered, was sent again.
  expect(accepted + duplicate).toBe(9000);
  expect(Object.values(others)).toEqual([0, 0, 0, 0, 0, 0]);
  const response = await fetch(`${server.url}/api/v1/costs?by=provider`);
  const { total } = (await response.json()) as { total: { requests: number; input_tokens: number } };
  expect(total).toMatchObject({ requests: 9000, input_tokens: 900_000 });
  expect(await registry.metrics()).toContain(
    'llm_requests_total{provider="openai",task_type="generation",model="gpt-4o"} 9000\n',
  );
});
