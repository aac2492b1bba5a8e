/** One batch whose events lie in hundreds of months, for each of which the ledger makes a part of its own. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const MONTHS = 660;
const EVENTS = MONTHS * 3;
const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  // In one insert so many parts would take longer than this, at every try.
  const environment = { BELLWETHER_LEDGER_QUERY_TIMEOUT_SECONDS: '5' };
  server = await startServer(directory.path, { environment });
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

it('is loaded whole, and keeps neither senders nor health waiting', async () => {
  const batch = Array.from({ length: EVENTS }, (_, i) => ({
    id: `old-${i}`,
    timestamp: Date.UTC(1971, (i * 7) % MONTHS, 3),
    provider: 'openai',
    model: 'gpt-4o',
    input_tokens: i,
  }));
  expect((await post(server.url, batch)).body).toMatchObject({ accepted: EVENTS });
  for (let n = 0; n < 20; n++) {
    const event = { id: `new-${n}`, timestamp: Date.UTC(2026, 10, 1), provider: 'openai', model: 'gpt-4o' };
    expect((await post(server.url, event)).body).toMatchObject({ accepted: 1 });
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  }
  const verified = async (): Promise<unknown> =>
    JSON.parse((await runCli(['verify', '--url', server.url, '--json'])).stdout);
  await expect
    .poll(verified, { timeout: 90_000, interval: 1000 })
    .toMatchObject({ consistent: true, events: EVENTS + 20 });
  const { total } = (await (await fetch(`${server.url}/api/v1/costs`)).json()) as { total: unknown };
  expect(total).toMatchObject({ requests: EVENTS + 20, input_tokens: (EVENTS * (EVENTS - 1)) / 2 });
});
