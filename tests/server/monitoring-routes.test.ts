import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path, {
    environment: { BELLWETHER_DISCOVERY_APPLICATIONS: 'app:8080, https://b.example/m' },
  });
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

it('tells Prometheus what to scrape', async () => {
  const response = await fetch(`${server.url}/api/v1/sd/prometheus`);
  // Prometheus refuses any other type.
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await response.json()).toEqual([
    { targets: ['app:8080'], labels: { __scheme__: 'http', __metrics_path__: '/metrics' } },
    { targets: ['b.example:443'], labels: { __scheme__: 'https', __metrics_path__: '/m' } },
  ]);
});

it('shows the runbook that an alert leads to', async () => {
  const response = await fetch(`${server.url}/runbooks/LLMCostSpike`);
  expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(await response.text()).toBe(readFileSync(join(root, 'docs/runbooks/LLMCostSpike.md'), 'utf8'));
  const index = await (await fetch(`${server.url}/runbooks`)).text();
  expect(index).toContain('[LLMCostSpike](/runbooks/LLMCostSpike)');
  expect((await fetch(`${server.url}/runbooks/NoSuchAlert`)).status).toBe(404);
});
