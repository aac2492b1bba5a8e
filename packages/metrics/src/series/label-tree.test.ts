import { describe, expect, it } from 'vitest';
import { Counter } from '../instruments/counter.ts';
import { Registry } from '../registry/registry.ts';
import { anyText, generator } from '../testing/random.ts';
import { LabelTree } from './label-tree.ts';

describe('label sets and series', () => {
  it('gives two different label sets two series and equal ones the same', () => {
    const random = generator(1);
    const counter = new Counter({
      name: 'things_total',
      help: 'h',
      labelNames: ['a', 'b', 'c'],
      registers: [],
      seriesMax: 20_000,
    });
    const oracle = new Map<string, number>();
    for (let round = 0; round < 20_000; round++) {
      const labels = { a: anyText(random), b: anyText(random), c: anyText(random) };
      counter.inc(labels);
      const identity = JSON.stringify([labels.a, labels.b, labels.c]);
      oracle.set(identity, (oracle.get(identity) ?? 0) + 1);
    }
    const counted = new Map(
      counter.series.map((series) => [JSON.stringify(series.labelValues), series.value] as const),
    );
    expect(counted).toEqual(oracle);
  });

  it('takes a number and its text for the same value, also after removal', () => {
    const counter = new Counter({ name: 'codes_total', help: 'h', labelNames: ['code'], registers: [] });
    counter.inc({ code: 200 });
    counter.inc({ code: '200' });
    counter.inc({ code: 200 });
    expect(counter.series.map((series) => series.value)).toEqual([3]);
    counter.remove('200');
    expect(counter.series).toEqual([]);
    counter.inc({ code: 200 });
    expect(counter.series.map((series) => series.value)).toEqual([1]);
  });

  it('takes a missing label and an empty one for the same series', async () => {
    const registry = new Registry();
    const counter = new Counter({
      name: 'x_total',
      help: 'h',
      labelNames: ['a', 'b'],
      registers: [registry],
    });
    counter.inc({ a: 'x' });
    counter.inc({ a: 'x', b: '' });
    expect(await registry.metrics()).toBe('# HELP x_total h\n# TYPE x_total counter\nx_total{a="x"} 2\n');
  });

  it('leaves no empty maps behind', () => {
    const tree = new LabelTree<object>(3);
    tree.set(['a', 'b', 'c'], {});
    tree.set(['a', 'b', 'd'], {});
    tree.delete(['a', 'b', 'c']);
    expect(tree.get(['a', 'b', 'c'])).toBeUndefined();
    expect(tree.get(['a', 'b', 'd'])).toBeDefined();
    tree.delete(['a', 'b', 'd']);
    expect(tree.root.empty).toBe(true);
  });
});

describe('values that are no strings', () => {
  it('are found as their text, whatever they are', () => {
    const counter = new Counter({ name: 'c', help: 'h', labelNames: ['a', 'b'], registers: [] });
    const values: unknown[] = [Number.NaN, -0, 1.5, 1e21, 5n, true, false, null];
    for (let round = 0; round < 3; round++) {
      for (const a of values) for (const b of values) counter.inc({ a, b } as never);
      for (const a of values) for (const b of values) counter.inc({ a: String(a), b: String(b) });
    }
    expect(counter.series.length).toBe(64);
    expect(new Set(counter.series.map(({ value }) => value))).toEqual(new Set([6]));
    for (const a of values) for (const b of values) counter.remove({ a, b } as never);
    expect(counter.series).toEqual([]);
    counter.inc({ a: Number.NaN, b: 5 });
    expect(counter.series.map(({ labelValues }) => labelValues)).toEqual([['NaN', '5']]);
  });

  it('are not disturbed by properties that something added to all objects', () => {
    const counter = new Counter({ name: 'c', help: 'h', labelNames: ['a'], registers: [] });
    const labels: { a: string } = Object.assign(Object.create({ stranger: 1 }) as object, { a: 'x' });
    counter.inc(labels);
    counter.inc(labels);
    expect(counter.labels('x').value).toBe(2);
  });
});

describe('values that are half a character', () => {
  it('are found as the replacement character, which is how they are exposed', () => {
    const counter = new Counter({ name: 'c', help: 'h', labelNames: ['a'], registers: [] });
    counter.inc({ a: '\ud800' });
    counter.inc({ a: 'x\udc00' });
    counter.inc({ a: '\ufffd' });
    counter.remove('\ud800');
    counter.inc({ a: '\ud800' }, 5);
    expect(counter.series.map(({ labelValues, value }) => [labelValues[0], value])).toEqual([
      ['x\ufffd', 1],
      ['\ufffd', 5],
    ]);
  });
});
