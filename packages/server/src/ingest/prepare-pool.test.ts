import { afterEach, describe, expect, it } from 'vitest';
import { createHashSeed } from '../journal/identities/index.ts';
import { SeqCounter } from '../journal/seq-counter.ts';
import { parseRateCard } from '../pricing/index.ts';
import { type Clock, fakeClock, systemClock } from '../clock.ts';
import { createPricer } from '../pricing/pricer.ts';
import { Preparer, type UnpreparedBody } from './prepare.ts';
import { PreparePool } from './prepare-pool.ts';

const limits = { eventsPerRequestMax: 500, futureToleranceMs: 1000 };
const seedBytes = Uint8Array.from({ length: 16 }, (_, i) => i);
const arrivedMs = Date.UTC(2026, 10, 20);
const cards = [
  parseRateCard(
    'name: ours\nversion: "1"\nprices: [{ provider: acme, model: "big-*", per_million_tokens: { input: 3, output: 7 } }]',
    'ours.yaml',
  ),
];
const pools: PreparePool[] = [];

afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

/** A pool over a journal whose next row has the number 7. */
function pool(threads: number, clock: Clock = systemClock): PreparePool {
  const seqs = SeqCounter.from(7);
  const pricer = createPricer({ cards });
  const made = new PreparePool({
    threads,
    clock,
    local: new Preparer({
      limits,
      pricer: () => pricer,
      journal: { id: 'j0', seed: createHashSeed(seedBytes) },
      seqs,
    }),
    data: { limits, cards, journalId: 'j0', seedBytes, seqs: seqs.memory },
  });
  pools.push(made);
  return made;
}

function event(n: number): Record<string, unknown> {
  return {
    id: `e-${n}`,
    timestamp: arrivedMs - n,
    provider: ['openai', 'acme', 'nobody'][n % 3],
    model: ['gpt-4o', 'big-1'][n % 2],
    input_tokens: n * 1000,
    output_tokens: n,
    user_id: n % 5 === 0 ? `Zoë ${n}` : `user ${n}`,
    attributes: { note: `"${n}"` },
  };
}

function body(events: readonly unknown[], overrides: Partial<UnpreparedBody> = {}): UnpreparedBody {
  const text =
    overrides.format === 'ndjson'
      ? events.map((each) => JSON.stringify(each)).join('\n')
      : JSON.stringify(events);
  return {
    body: new TextEncoder().encode(text).slice(),
    format: 'json',
    partial: false,
    tenant: null,
    live: true,
    arrivedMs,
    ...overrides,
  };
}

const many = (count: number): unknown[] => Array.from({ length: count }, (_, n) => event(n));
const withWrong = many(200).map((each, n) =>
  n % 50 === 3 ? { ...(each as object), input_tokens: -n } : each,
);

/** Bodies large enough for a thread, right and wrong. */
const bodies: Record<string, () => UnpreparedBody> = {
  array: () => body(many(300)),
  ndjson: () => body(many(300), { format: 'ndjson', live: false }),
  'partly wrong': () => body(withWrong, { partial: true }),
  'partly wrong, whole': () => body(withWrong),
  'wrong line': () => body([...many(200), '{'], { format: 'ndjson' }),
  'not JSON': () => body([], { body: new TextEncoder().encode(`[${'1,'.repeat(20_000)}`).slice() }),
  'not UTF-8': () => body([], { body: Buffer.alloc(20_000, 0xff) }),
  'too many': () => body(many(501)),
  'nothing right': () =>
    body(
      Array.from({ length: 100 }, () => ({ model: 'x'.repeat(200) })),
      { partial: true },
    ),
};

/** What comes of a body, or how it was refused. */
async function outcome(from: PreparePool, unprepared: UnpreparedBody): Promise<unknown> {
  try {
    return await from.prepare(unprepared);
  } catch (error) {
    const { name, code, message, place } = error as Record<string, unknown>;
    return { name, code, message, place };
  }
}

/** Sends bodies until a thread takes them. */
async function warm(threaded: PreparePool): Promise<void> {
  const taken = async (): Promise<boolean> => {
    const unprepared = body(many(120));
    await threaded.prepare(unprepared);
    return unprepared.body.length === 0;
  };
  await expect.poll(taken, { timeout: 10_000 }).toBe(true);
}

describe('a body prepared in a thread', () => {
  it('comes to the same as in the main thread, number by number and word by word', async () => {
    const [alone, threaded] = [pool(0), pool(2)];
    await warm(threaded);
    const first = (await outcome(threaded, body([event(1)]))) as { submission: { payload: Uint8Array } };
    const next = Number(/"seq":(\d+)/.exec(Buffer.from(first.submission.payload).toString())?.[1]) + 1;
    await outcome(alone, body([event(1)]));
    for (const make of Object.values(bodies)) {
      const unprepared = make();
      expect(unprepared.body.length).toBeGreaterThan(16 * 1024);
      const expected = await outcome(alone, make());
      const actual = await outcome(threaded, unprepared);
      // What a thread has prepared was handed over to it.
      expect(unprepared.body.length).toBe(0);
      expect(shifted(actual, next - 8)).toEqual(shifted(expected, 0));
    }
    expect(threaded.size).toBeGreaterThan(0);
    expect(alone.size).toBe(0);
  });

  it('may lie in memory that it shares with others', async () => {
    const threaded = pool(1);
    await warm(threaded);
    const unprepared = body(many(120));
    const shared = Buffer.concat([Buffer.from('xyz'), unprepared.body]).subarray(3);
    const prepared = await threaded.prepare({ ...unprepared, body: shared });
    expect(prepared.submission?.totals.events).toBe(120);
    expect(shared.length).toBe(unprepared.body.length);
  });

  it('and its like have row numbers of their own, whoever gave them', async () => {
    const threaded = pool(2);
    await warm(threaded);
    const sizes = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 120 : 3));
    const prepared = await Promise.all(sizes.map(async (size) => threaded.prepare(body(many(size)))));
    const seqs = prepared.flatMap(({ submission }) => seqsOf(submission?.payload));
    expect(new Set(seqs).size).toBe(sizes.reduce((sum, size) => sum + size, 0));
  });

  it('leaves no thread behind when no more come', async () => {
    const clock = fakeClock(0);
    const threaded = pool(1, clock);
    await warm(threaded);
    const underWay = threaded.prepare(body(many(300)));
    clock.advance(30_000);
    expect(threaded.size).toBe(0);
    expect((await underWay).submission?.totals.events).toBe(300);
    await warm(threaded);
    expect(threaded.size).toBe(1);
  });

  it('is refused, and the next one is not, when the thread dies', async () => {
    const threaded = pool(1);
    await warm(threaded);
    const lost = threaded.prepare(body(many(300)));
    await threaded.close();
    await expect(lost).rejects.toMatchObject({ code: 'not_ready' });
    expect(await outcome(threaded, body(many(300)))).toMatchObject({ rejected: [] });
  });
});

function seqsOf(payload: Uint8Array | undefined): number[] {
  const text = Buffer.from(payload ?? new Uint8Array()).toString();
  return Array.from(text.matchAll(/"seq":(\d+)/g), ([, seq]) => Number(seq));
}

/** A prepared body with its payload as rows, whose numbers are lower by `by`. */
function shifted(prepared: unknown, by: number): unknown {
  const { submission, ...rest } = prepared as { submission?: { payload: Uint8Array } | null };
  if (submission === undefined || submission === null) return prepared;
  const text = Buffer.from(submission.payload).toString();
  const payload = text.replaceAll(/"seq":(\d+)/g, (_, seq: string) => `"seq":${Number(seq) - by}`);
  return { ...rest, submission: { ...submission, payload } };
}
