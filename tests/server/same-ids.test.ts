/** Many clients that send the same ids at the same time: each event is stored once, and of payloads that differ one. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../packages/server/src/journal/identities/test-support.ts';
import {
  metric,
  post,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from './running-server.ts';

const CLIENTS = 64;
const IDS = 10_000;
/** Ids that every client sends with a payload of its own. */
const DISPUTED = 40;

const directory = temporaryDirectory();
const clients = Array.from({ length: CLIENTS }, (_, client) => client);
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

const event = (id: string, tokens: number) => ({
  id,
  timestamp: Date.UTC(2026, 10, 1) + (tokens % 1000),
  provider: 'openai',
  model: 'gpt-4o',
  input_tokens: tokens,
});

/** The events that all clients send, as text. */
const same = Array.from({ length: IDS }, (_, n) => JSON.stringify(event(`same-${n}`, n)));

/** All numbers below a bound, in an order that follows from a seed. */
function shuffled(count: number, seed: number): number[] {
  const random = seededRandom(seed);
  const keyed = Array.from({ length: count }, (_, n) => ({ n, key: random() }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ n }) => n);
}

interface Answer {
  readonly accepted: number;
  readonly duplicates: number;
}

/** Sends every id, in an order and in batches that no other client has. */
async function sendAll(client: number): Promise<Answer> {
  const order = shuffled(IDS, client + 1);
  const size = 400 + client * 7;
  const sums = { accepted: 0, duplicates: 0 };
  for (let start = 0; start < IDS; start += size) {
    const texts = order.slice(start, start + size).map((n) => same[n]);
    const answer = await post(server.url, `[${texts.join()}]`);
    expect(answer.status).toBe(200);
    const { accepted, duplicates } = answer.body as unknown as Answer;
    sums.accepted += accepted;
    sums.duplicates += duplicates;
  }
  return sums;
}

async function inputTokens(model: string): Promise<number> {
  const answer = await fetch(`${server.url}/api/v1/costs?by=model&from=2026-11-01&to=2026-11-02`);
  const { rows } = (await answer.json()) as { rows: { key: { model: string }; input_tokens: number }[] };
  return rows.find(({ key }) => key.model === model)?.input_tokens ?? 0;
}

async function verified(): Promise<unknown> {
  return JSON.parse((await runCli(['verify', '--url', server.url, '--json'])).stdout);
}

describe(`${CLIENTS} clients that send the same ${IDS} ids at once`, () => {
  it('leave each event once, and as many acceptances as events', async () => {
    const answers = await Promise.all(clients.map(sendAll));
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(IDS);
    expect(answers.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(IDS * (CLIENTS - 1));
    expect(await verified()).toMatchObject({ consistent: true, events: IDS });
    expect(await inputTokens('gpt-4o')).toBe((IDS * (IDS - 1)) / 2);
    expect(await metric(server.url, 'custom_metrics_events_accepted_total')).toBe(IDS);
    expect(await metric(server.url, 'custom_metrics_events_duplicate_total')).toBe(IDS * (CLIENTS - 1));
  });
});

describe('clients that send one id with payloads that differ', () => {
  const refused = (): Promise<number> =>
    metric(server.url, 'custom_metrics_requests_refused_total', { code: 'identity_conflict' });

  it('have one that wins; all others are refused with 409, and counted', async () => {
    const before = await refused();
    const winners: number[] = [];
    const sendOwn = async (client: number): Promise<number> => {
      let conflicts = 0;
      for (const n of shuffled(DISPUTED, client + 1)) {
        const tokens = client * 1000 + n;
        const answer = await post(server.url, { ...event(`disputed-${n}`, tokens), model: 'disputed' });
        if (answer.status === 409) conflicts += 1;
        else winners.push(tokens);
        expect([200, 409]).toContain(answer.status);
      }
      return conflicts;
    };
    const conflicts = await Promise.all(clients.map(sendOwn));
    expect(conflicts.reduce((sum, count) => sum + count)).toBe(DISPUTED * (CLIENTS - 1));
    expect(winners.map((tokens) => tokens % 1000).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: DISPUTED }, (_, n) => n),
    );
    expect((await refused()) - before).toBe(DISPUTED * (CLIENTS - 1));
    expect(await verified()).toMatchObject({ consistent: true, events: IDS + DISPUTED });
    expect(await inputTokens('disputed')).toBe(winners.reduce((sum, tokens) => sum + tokens));
  });

  it('may ask for what can be stored: each id is stored once, and every other counted', async () => {
    const sendOwn = async (client: number): Promise<{ accepted: number; rejected: { code: string }[] }> => {
      const own = shuffled(DISPUTED, client + 1).map((n) => event(`partial-${n}`, client * 1000 + n));
      const answer = await post(server.url, own, { query: '?partial=true' });
      expect(answer.status).toBe(200);
      return answer.body as unknown as { accepted: number; rejected: { code: string }[] };
    };
    const answers = await Promise.all(clients.map(sendOwn));
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(DISPUTED);
    const codes = answers.flatMap(({ rejected }) => rejected.map(({ code }) => code));
    expect(codes).toEqual(Array.from({ length: DISPUTED * (CLIENTS - 1) }, () => 'identity_conflict'));
    const counted = { code: 'identity_conflict' };
    expect(await metric(server.url, 'custom_metrics_events_rejected_total', counted)).toBe(codes.length);
    expect(await verified()).toMatchObject({ consistent: true, events: IDS + 2 * DISPUTED });
  });
});
