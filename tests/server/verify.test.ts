import { afterAll, beforeAll, expect, it } from 'vitest';
import { metric, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer;
let next = 0;

beforeAll(async () => {
  server = await startServer(directory.path);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

function events(count: number, tokens = 3): object[] {
  return Array.from({ length: count }, () => ({
    id: `v-${next++}`,
    timestamp: Date.UTC(2026, 10, 1),
    provider: 'openai',
    model: 'gpt-4o',
    input_tokens: tokens,
    output_tokens: tokens,
  }));
}

async function differences(): Promise<unknown[]> {
  const response = await fetch(`${server.url}/api/v1/verify`);
  const { comparisons } = (await response.json()) as { comparisons: { equal: boolean }[] };
  return comparisons.filter(({ equal }) => !equal);
}

it('finds no difference while events come in', async () => {
  const ended = new AbortController();
  const load = async (count: number): Promise<void> => {
    while (!ended.signal.aborted) await post(server.url, events(count));
  };
  // Large bodies are numbered in threads, so that rows do not come in the order of their numbers.
  const loads = [load(5), load(200)];
  for (let round = 0; round < 10; round++) expect(await differences()).toEqual([]);
  ended.abort();
  await Promise.all(loads);
});

it('shows what was acknowledged, and finds it in all places, right after a large request', async () => {
  for (let round = 0; round < 10; round++) {
    await post(server.url, events(5000));
    expect(await differences()).toEqual([]);
    expect(await metric(server.url, 'llm_requests_total')).toBe(next);
  }
});

it('agrees when there are more providers than the live counters keep apart', async () => {
  const batch = events(10_000).map((event, i) => ({ ...event, provider: `provider-${i}` }));
  await post(server.url, batch);
  expect(await differences()).toEqual([]);
});

it('sums the largest counts without overflow', async () => {
  const count = 2 ** 53 - 1;
  const before = 3 * next;
  await post(server.url, events(3000, count));
  expect(await differences()).toEqual([]);
  const response = await fetch(`${server.url}/api/v1/costs`);
  expect(await response.json()).toMatchObject({
    total: { requests: next, input_tokens: Number(BigInt(before) + 3000n * BigInt(count)) },
  });
});
