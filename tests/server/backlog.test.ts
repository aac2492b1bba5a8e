/** The ledger stands still: events are taken until as much waits on disk as may, then refused, and taken again. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { childrenOf } from '../torture/round.ts';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const EVENTS = 5000;
const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  const environment = { BELLWETHER_LEDGER_SPOOL_BYTES_MAX: '16MiB' };
  server = await startServer(directory.path, { environment });
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

function batch(n: number): string {
  return JSON.stringify(
    Array.from({ length: EVENTS }, (_, i) => ({
      id: `b-${n}-${i}`,
      timestamp: Date.UTC(2026, 10, 1) + i,
      provider: 'openai',
      model: 'gpt-4o',
      input_tokens: i,
      attributes: { note: 'x'.repeat(100) },
    })),
  );
}

it('refuses with the time to try again, before a body is worked on, and loses nothing', async () => {
  await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 30_000 }).toBe(200);
  const engine = childrenOf(server.process.pid);
  for (const pid of engine) process.kill(pid, 'SIGSTOP');
  let taken = 0;
  let answer = await post(server.url, batch(taken));
  while (answer.status === 200 && taken < 100) {
    taken += 1;
    answer = await post(server.url, batch(taken));
  }
  expect(answer).toMatchObject({ status: 429, body: { error: { code: 'overloaded' } } });
  expect(answer.headers.get('retry-after')).toBe('1');
  // What is no body at all is refused for the same reason: nobody has looked.
  expect((await post(server.url, '{')).status).toBe(429);
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  for (const pid of engine) process.kill(pid, 'SIGCONT');
  await expect
    .poll(async () => (await post(server.url, batch(taken))).status, { timeout: 60_000, interval: 200 })
    .toBe(200);
  const { stdout } = await runCli(['verify', '--url', server.url, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ consistent: true, events: (taken + 1) * EVENTS });
});
