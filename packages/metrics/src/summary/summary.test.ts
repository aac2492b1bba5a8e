import { describe, expect, it } from 'vitest';
import { Summary } from '../instruments/summary.ts';
import { Registry } from '../registry/registry.ts';
import { generator } from '../testing/random.ts';
import { RELATIVE_ERROR, Sketch } from './sketch.ts';

const QUANTILES = [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

/** Numbers of different kinds: latencies, both signs and zeros, many sizes, few values. */
const SAMPLES: Readonly<Record<string, (random: () => number) => number>> = {
  latencies: (random) => Math.exp(3 * (random() + random() + random()) - 5),
  both: (random) => (random() < 0.1 ? 0 : (random() - 0.4) * 1000),
  sizes: (random) => (random() - 0.5) * 10 ** Math.floor(random() * 14 - 7),
  whole: (random) => Math.floor(random() * 20),
};

describe('the sketch behind summaries', () => {
  it.each(Object.entries(SAMPLES))('keeps its promise of the error: %s', (_name, sample) => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = generator(seed);
      const sketch = new Sketch();
      const halves = [new Sketch(), new Sketch()];
      const values = Array.from({ length: 3000 }, (_none, index) => {
        const value = sample(random);
        sketch.add(value);
        halves[index % 2]!.add(value);
        return value;
      }).toSorted((a, b) => a - b);
      const merged = Sketch.from(JSON.parse(JSON.stringify(halves[0])) as never);
      merged.merge(halves[1]!);
      for (const q of QUANTILES) {
        const exact = values[Math.floor(q * (values.length - 1))]!;
        const off = Math.abs(sketch.quantile(q) - exact);
        expect(off).toBeLessThanOrEqual(Math.abs(exact) * RELATIVE_ERROR * (1 + 1e-9));
        expect(merged.quantile(q)).toBe(sketch.quantile(q));
      }
    }
  });

  it('is exact for the least and the greatest, and for a single value', () => {
    const sketch = new Sketch();
    expect(sketch.quantile(0.5)).toBeNaN();
    sketch.add(123.456);
    expect(QUANTILES.map((q) => sketch.quantile(q))).toEqual(QUANTILES.map(() => 123.456));
    sketch.add(-7.5);
    sketch.add(1e9);
    expect([sketch.quantile(0), sketch.quantile(1)]).toEqual([-7.5, 1e9]);
  });

  it('stays bounded over all sizes of numbers, and exact enough where it counts', () => {
    const sketch = new Sketch();
    for (let power = -300; power <= 300; power++) sketch.add(10 ** power);
    expect(Math.abs(sketch.quantile(0.99) / 1e294 - 1)).toBeLessThanOrEqual(RELATIVE_ERROR * 1.001);
    expect(sketch.toJSON().positive.counts.length).toBeLessThanOrEqual(4096);
  });
});

describe('summaries with a window', () => {
  function windowed(options: { pruneAgedBuckets?: boolean; emptyQuantile?: number } = {}) {
    const time = { nowMs: 0 };
    const registry = new Registry({ clock: { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs } });
    const summary = new Summary({
      name: 's',
      help: 'h',
      labelNames: ['a'],
      percentiles: [0.5],
      maxAgeSeconds: 50,
      ageBuckets: 5,
      registers: [registry],
      ...options,
    });
    const lines = async () =>
      (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return { time, summary, lines };
  }

  it('forget what is older than the window, but not the sum and the count', async () => {
    const { time, summary, lines } = windowed();
    summary.observe({ a: 'x' }, 100);
    time.nowMs = 39_999;
    summary.observe({ a: 'x' }, 7);
    expect(await lines()).toEqual(['s{quantile="0.5",a="x"} 7', 's_sum{a="x"} 107', 's_count{a="x"} 2']);
    time.nowMs = 50_000;
    expect((await lines())[0]).toBe('s{quantile="0.5",a="x"} 7');
    time.nowMs = 90_000;
    expect(await lines()).toEqual(['s{quantile="0.5",a="x"} 0', 's_sum{a="x"} 107', 's_count{a="x"} 2']);
  });

  it('are left out when empty, or have no number, if that is asked for', async () => {
    const pruned = windowed({ pruneAgedBuckets: true });
    pruned.summary.observe({ a: 'x' }, 1);
    pruned.time.nowMs = 60_000;
    expect(await pruned.lines()).toEqual([]);
    const honest = windowed({ emptyQuantile: Number.NaN });
    honest.summary.observe({ a: 'x' }, 1);
    honest.time.nowMs = 60_000;
    expect((await honest.lines())[0]).toBe('s{quantile="0.5",a="x"} NaN');
  });
});
