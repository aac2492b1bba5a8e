import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Summary } from '../instruments/summary.ts';
import { Registry } from '../registry/registry.ts';
import { joinSharedMemory } from './join.ts';
import { createSharedMemory, releaseThread } from './memory.ts';

function start(memory: SharedArrayBuffer, thread: number, times: number, stay = false): Worker {
  const url = new URL('./recording-thread.fixture.ts', import.meta.url);
  return new Worker(url, { workerData: { memory, thread, times, stay } });
}

/** The samples of an exposition by `name{labels}`. */
async function samples(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

describe('threads that share their metrics', () => {
  it('lose no increment and need no message to be seen', async () => {
    const memory = createSharedMemory({ threadsMax: 4 });
    const registry = new Registry({ shared: joinSharedMemory(memory) });
    const own = new Counter({
      name: 'requests_total',
      help: 'h',
      labelNames: ['kind'],
      registers: [registry],
    });
    const times = 120_000;
    const workers = [1, 2, 3].map((thread) => start(memory, thread, times, true));
    const done = Promise.all(workers.map(async (worker) => once(worker, 'message')));
    for (let i = 0; i < times; i++) own.inc({ kind: 'even' });
    await done;
    expect(await samples(registry)).toEqual({
      'requests_total{kind="even"}': times + (3 * times) / 2,
      'requests_total{kind="odd"}': (3 * times) / 2,
      'requests_total{kind="only 1"}': 1,
      'requests_total{kind="only 2"}': 1,
      'requests_total{kind="only 3"}': 1,
      'seconds_bucket{le="1"}': 2 * times,
      'seconds_bucket{le="2"}': 3 * times,
      'seconds_bucket{le="+Inf"}': 3 * times,
      seconds_sum: 3 * times,
      seconds_count: 3 * times,
      level: 3,
      busy: 3,
    });
    await Promise.all(workers.map(async (worker) => worker.terminate()));
  });

  it('keep the counters of a thread that has ended, not its gauges, and go on from there', async () => {
    const memory = createSharedMemory({ threadsMax: 2 });
    const registry = new Registry({ shared: joinSharedMemory(memory) });
    await once(start(memory, 1, 10), 'exit');
    const after = await samples(registry);
    expect(after['requests_total{kind="odd"}']).toBe(5);
    expect(after['seconds_count']).toBe(10);
    expect(after['busy']).toBeUndefined();
    await once(start(memory, 2, 10), 'exit');
    expect((await samples(registry))['requests_total{kind="odd"}']).toBe(10);
    expect((await samples(registry))['requests_total{kind="only 1"}']).toBe(1);
  });

  it('can be freed of a thread that ended without a word', async () => {
    const memory = createSharedMemory({ threadsMax: 2 });
    const registry = new Registry({ shared: joinSharedMemory(memory) });
    const worker = start(memory, 1, 10, true);
    await once(worker, 'message');
    expect((await samples(registry))['busy']).toBe(1);
    const { threadId } = worker;
    await worker.terminate();
    releaseThread(memory, threadId);
    expect((await samples(registry))['busy']).toBeUndefined();
    expect((await samples(registry))['seconds_count']).toBe(10);
    await once(start(memory, 2, 10), 'exit');
    expect((await samples(registry))['seconds_count']).toBe(20);
  });

  it('see series go that were removed', async () => {
    const memory = createSharedMemory({ threadsMax: 2 });
    const one = new Registry({ shared: joinSharedMemory(memory, 1) });
    const other = new Registry({ shared: joinSharedMemory(memory, 2) });
    const gauge = new Gauge({ name: 'g', help: 'h', labelNames: ['a'], registers: [one] });
    gauge.set({ a: 'x' }, 1);
    gauge.set({ a: 'y' }, 2);
    expect(await samples(other)).toEqual({ 'g{a="x"}': 1, 'g{a="y"}': 2 });
    gauge.remove({ a: 'x' });
    gauge.set({ a: 'z' }, 3);
    expect(await samples(other)).toEqual({ 'g{a="y"}': 2, 'g{a="z"}': 3 });
  });

  it.each([
    ['sum', 5],
    ['max', 3],
    ['min', 2],
    ['average', 2.5],
    ['first', 2],
    ['last', 3],
  ] as const)('put gauges together by %s', async (aggregator, expected) => {
    const memory = createSharedMemory({ threadsMax: 2 });
    let nowMs = 1000;
    const clock = { nowMs: () => nowMs, monotonicMs: () => 0 };
    const registries = [1, 2].map((id) => new Registry({ clock, shared: joinSharedMemory(memory, id) }));
    const gauges = registries.map((r) => new Gauge({ name: 'g', help: 'h', aggregator, registers: [r] }));
    gauges[0]!.set(2);
    nowMs++;
    gauges[1]!.set(3);
    expect(await samples(registries[0]!)).toEqual({ g: expected });
  });

  it('say plainly what they cannot share and when there is no room', () => {
    const memory = createSharedMemory({ threadsMax: 1, bytesPerThread: 4096 });
    const registry = new Registry({ shared: joinSharedMemory(memory) });
    expect(() => joinSharedMemory(memory)).toThrow(expect.objectContaining({ code: 'SHARED_THREADS' }));
    expect(() => new Summary({ name: 's', help: 'h', registers: [registry] })).toThrow(
      expect.objectContaining({ code: 'SHARED_UNSUPPORTED' }),
    );
    expect(() => joinSharedMemory(new SharedArrayBuffer(4096))).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });

  it('count what has no room in the overflow series', async () => {
    const memory = createSharedMemory({ threadsMax: 1, bytesPerThread: 4096 });
    const registry = new Registry({ shared: joinSharedMemory(memory) });
    const counter = new Counter({ name: 'c_total', help: 'h', labelNames: ['a'], registers: [registry] });
    for (let i = 0; i < 1000; i++) counter.inc({ a: `value ${i}` });
    const all = await samples(registry);
    expect(Object.values(all).reduce((sum, value) => sum + value, 0)).toBeGreaterThan(1000);
    const counted = Object.entries(all).filter(([name]) => name.startsWith('c_total'));
    expect(counted.reduce((sum, [, value]) => sum + value, 0)).toBe(1000);
    expect(all['c_total{a="__overflow__"}']).toBeGreaterThan(0);
  });
});
