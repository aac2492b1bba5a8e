import { afterEach, describe, expect, it } from 'vitest';
import { type FakeClock, fakeClock } from '../clock.ts';
import { type EventSink, type SinkOptions, startEventSink } from '../replay/testing/event-sink.ts';
import { generateHistory } from './history.ts';
import { type DemoOptions, runDemo } from './run.ts';

const startMs = Date.UTC(2026, 10, 20, 15, 30);
const eventsTotal = 20_000;

const sinks: EventSink[] = [];
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
});

async function sinkFor(options: SinkOptions = {}): Promise<EventSink> {
  const sink = await startEventSink(options);
  sinks.push(sink);
  return sink;
}

interface Running {
  readonly clock: FakeClock;
  readonly stop: AbortController;
  readonly said: string[];
  readonly result: ReturnType<typeof runDemo>;
}

function start(sink: EventSink, more: Partial<DemoOptions> = {}, clock = fakeClock(startMs)): Running {
  const stop = new AbortController();
  const said: string[] = [];
  const stderr = { write: (text: string) => said.push(text) };
  const result = runDemo({ url: sink.url, clock, signal: stop.signal, stderr, eventsTotal, ...more });
  return { clock, stop, said, result };
}

/** Moves the clock on by a second at a time, and lets requests come and go, until a condition holds. */
async function runUntil(condition: () => boolean, clock: FakeClock): Promise<void> {
  while (!condition()) {
    await clock.advanceAsync(1000);
  }
}

const isLive = ({ path }: { path: string }): boolean => !path.includes('live=false');

describe('runDemo', () => {
  it('loads the history without the live counters, tells its story, then sends live traffic', async () => {
    const sink = await sinkFor();
    const { clock, stop, said, result } = start(sink, { token: 'secret' });
    await runUntil(() => sink.requests.filter(isLive).length >= 20, clock);
    stop.abort();
    const { historyAccepted, historyKnown, liveAccepted } = await result;
    const history = [...generateHistory({ endMs: startMs, eventsTotal })].flat();
    expect([historyAccepted, historyKnown]).toEqual([history.length, 0]);
    expect(sink.stored.size).toBe(history.length + liveAccepted);
    expect(history.every((event) => sink.stored.get(event.id) === JSON.stringify(event))).toBe(true);
    expect(sink.requests[0]).toMatchObject({
      path: '/v1/events?live=false&partial=true',
      headers: { authorization: 'Bearer secret' },
      events: 1000,
    });
    expect(sink.requests.at(-1)?.path).toBe('/v1/events?partial=true');
    const known = new Set(history.map(({ id }) => id));
    const live = [...sink.stored]
      .filter(([id]) => !known.has(id))
      .map(([, text]) => JSON.parse(text) as { timestamp: number; latency_ms: number });
    expect(live.length).toBe(liveAccepted);
    expect(
      live.every(
        ({ timestamp, latency_ms }) => timestamp >= startMs && timestamp + latency_ms <= clock.nowMs(),
      ),
    ).toBe(true);
    const text = said.join('');
    expect(text).toContain(`${history.length.toLocaleString('en-US')} events loaded in`);
    expect(text).toContain('2026-11-12 16:00  anthropic is degraded for 90 minutes');
    expect(text).toContain('2026-11-20 15:34  The backend openai-eu-west is five times slower');
  });

  it.each([
    ['on the same day', 1, 10, 200],
    ['on the next day', 26, 600, 2500],
  ])(
    'adds what is missing and changes nothing when it runs again %s',
    async (_, laterHours, addedMin, addedMax) => {
      const sink = await sinkFor();
      const first = start(sink);
      // Into the first run's incident, so that some events differ from what the second run would make of them.
      await runUntil(
        () => first.clock.nowMs() > startMs + 9 * 60_000 && sink.requests.some(isLive),
        first.clock,
      );
      first.stop.abort();
      await first.result;
      const before = new Map(sink.stored);
      const laterMs = startMs + laterHours * 3_600_000;
      const second = start(sink, {}, fakeClock(laterMs));
      await runUntil(
        () => second.said.some((text) => text.startsWith('What there is to find')),
        second.clock,
      );
      second.stop.abort();
      const { historyAccepted, historyKnown } = await second.result;
      for (const [id, text] of before) expect(sink.stored.get(id)).toBe(text);
      const history = [...generateHistory({ endMs: laterMs, eventsTotal })].flat();
      expect(historyAccepted + historyKnown).toBe(history.length);
      expect(historyAccepted).toBeLessThan(addedMax);
      expect(historyAccepted).toBeGreaterThan(addedMin);
      expect(second.said.join('')).toContain('were there already.');
    },
  );

  it('waits until reports have the history, and says so', async () => {
    const sink = await sinkFor();
    const answers = [false, false, true];
    const isInLedger = (): Promise<boolean> => Promise.resolve(answers.shift() ?? true);
    const { clock, stop, said, result } = start(sink, { isInLedger });
    await runUntil(() => sink.requests.some(isLive), clock);
    stop.abort();
    await result;
    expect(answers).toEqual([]);
    expect(said.filter((text) => /ledger|Reports/.test(text))).toEqual([
      'The ledger takes them in; reports show a part of them until then.\n',
      'Reports show them all, 2.0 s later.\n',
    ]);
    const storyAt = said.findIndex((text) => text.startsWith('What there is to find'));
    expect(storyAt).toBeGreaterThan(said.findIndex((text) => text.startsWith('Reports')));
  });

  it('goes on with live traffic when the server was away', async () => {
    let away = false;
    const sink = await sinkFor({ misbehave: () => (away ? 'cut before' : undefined) });
    const { clock, stop, said, result } = start(sink);
    await runUntil(() => sink.requests.filter(isLive).length >= 3, clock);
    away = true;
    const stored = sink.stored.size;
    await runUntil(() => said.some((text) => text.startsWith('Live traffic waits: gave up')), clock);
    expect(sink.stored.size).toBe(stored);
    away = false;
    await runUntil(() => sink.stored.size > stored + 30, clock);
    stop.abort();
    const { historyAccepted, liveAccepted } = await result;
    expect(sink.stored.size).toBe(historyAccepted + liveAccepted);
  });

  it('ends when it is stopped while it loads, and when the server refuses it', async () => {
    const sink = await sinkFor({ takesMs: 5 });
    const { stop, result } = start(sink);
    stop.abort();
    expect(await result).toMatchObject({ liveAccepted: 0 });
    expect(sink.requests.some(isLive)).toBe(false);
    const strict = await sinkFor({
      misbehave: () => ({ status: 401, body: '{"code":"unauthorized","message":"No."}' }),
    });
    await expect(start(strict).result).rejects.toThrow('the server answered 401 unauthorized: No.');
    const doubting = await sinkFor({ nowMs: startMs - 86_400_000 });
    await expect(start(doubting).result).rejects.toThrow('refused an event of the demo: timestamp_in_future');
  });
});
