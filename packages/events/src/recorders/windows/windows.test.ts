import { Gauge, Registry } from '@bellwether/metrics';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../test-random.ts';
import { Accounts, PairAccounts } from './accounts.ts';
import { beforeScrape } from './before-scrape.ts';
import { KeyHash } from './key-hash.ts';
import { SlidingDistinct } from './sliding-distinct.ts';
import { SlidingGauge } from './sliding-gauge.ts';
import { SlidingSums } from './sliding-sums.ts';

describe('SlidingSums', () => {
  it('sums the last parts as a list of everything does, whatever the pauses', () => {
    const next = seededRandom(7);
    const shape = { partMs: 10, parts: 6 };
    for (let run = 0; run < 50; run++) {
      let nowMs = Math.floor(next() * 1000);
      const sums = new SlidingSums(2, shape, nowMs);
      const all: { readonly part: number; readonly field: number; readonly value: number }[] = [];
      for (let step = 0; step < 200; step++) {
        nowMs += next() < 0.05 ? Math.floor(next() * 200) : Math.floor(next() * 12);
        const part = Math.floor(nowMs / shape.partMs);
        const field = next() < 0.5 ? 0 : 1;
        const value = Math.floor(next() * 100);
        const at = sums.at(nowMs);
        sums.values[at + field]! += value;
        all.push({ part, field, value });
        const parts = 1 + Math.floor(next() * 6);
        const expected = all
          .filter((one) => one.field === field && one.part > part - parts)
          .reduce((sum, one) => sum + one.value, 0);
        expect(sums.sum(field, nowMs, parts)).toBe(expected);
      }
    }
  });

  it('does not stir when the time given is an earlier one', () => {
    const sums = new SlidingSums(1, { partMs: 10, parts: 3 }, 100);
    sums.values[sums.at(100)]! += 5;
    sums.values[sums.at(85)]! += 1;
    expect(sums.sum(0, 100)).toBe(6);
  });
});

describe('SlidingDistinct', () => {
  const hash = new KeyHash([1, 2]);
  const shape = { partMs: 10, parts: 8, keysMax: 1024 };

  it('is exact in every window while everyone fits', () => {
    const next = seededRandom(11);
    const distinct = new SlidingDistinct(shape);
    const seen: { readonly part: number; readonly key: string; readonly group: number }[] = [];
    let nowMs = 0;
    for (let step = 0; step < 6000; step++) {
      nowMs += next() < 0.01 ? Math.floor(next() * 120) : next() < 0.1 ? 3 : 0;
      const key = `user-${Math.floor(next() ** 2 * 400)}`;
      const group = next() < 0.7 ? 0 : 1;
      distinct.see(hash.of(key), group, nowMs);
      const part = Math.floor(nowMs / shape.partMs);
      seen.push({ part, key, group });
      if (step % 97 !== 0) continue;
      for (const parts of [1, 3, 8]) {
        const expected = new Set(
          seen.filter((one) => one.group === group && one.part > part - parts).map((one) => one.key),
        );
        expect(distinct.count(group, nowMs, parts)).toEqual({ count: expected.size, standardError: 0 });
      }
    }
  });

  it('counts nobody in a group that nobody was in', () => {
    expect(new SlidingDistinct(shape).count(3, 50)).toEqual({ count: 0, standardError: 0 });
  });

  it('stays within five times the error it states when there are too many', () => {
    const errors: number[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const seeded = new KeyHash([seed, 99]);
      const distinct = new SlidingDistinct({ partMs: 10, parts: 8, keysMax: 4096 });
      for (let user = 0; user < 100_000; user++)
        distinct.see(seeded.of(`user-${user}`), 0, Math.floor(user / 2000));
      const { count, standardError } = distinct.count(0, 50);
      expect(standardError).toBeGreaterThan(0.01);
      expect(standardError).toBeLessThan(0.03);
      errors.push((count - 100_000) / 100_000 / standardError);
    }
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(5);
    // Neither always above nor always below: the estimate leans to no side.
    expect(Math.abs(errors.reduce((sum, error) => sum + error, 0)) / Math.sqrt(20)).toBeLessThan(4);
  });

  it('becomes exact again when few are left', () => {
    const distinct = new SlidingDistinct({ partMs: 10, parts: 4, keysMax: 256 });
    for (let user = 0; user < 10_000; user++) distinct.see(hash.of(`user-${user}`), 0, 5);
    expect(distinct.count(0, 5).standardError).toBeGreaterThan(0);
    for (let part = 1; part <= 20; part++) {
      for (let user = 0; user < 30; user++) distinct.see(hash.of(`user-${user}`), 0, part * 10);
    }
    expect(distinct.count(0, 200)).toEqual({ count: 30, standardError: 0 });
  });

  it('tells users of other seeds and groups apart', () => {
    const distinct = new SlidingDistinct(shape);
    distinct.see(hash.of('a'), 0, 0);
    distinct.see(hash.of('a'), 1, 0);
    distinct.see(hash.of(''), 0, 0);
    expect([distinct.count(0, 0).count, distinct.count(1, 0).count]).toEqual([2, 1]);
  });
});

describe('accounts', () => {
  it('are bounded: what is beyond shares one', () => {
    const accounts = new Accounts(2, (name) => ({ name }));
    const names = ['a', 'b', 'a', 'c', 'd', 'a'].map((name) => accounts.of(name).name);
    expect(names).toEqual(['a', 'b', 'a', '__overflow__', '__overflow__', 'a']);
    expect(accounts.all.map(({ name }) => name)).toEqual(['a', 'b', '__overflow__']);
  });

  it('by two names do not mix the names up', () => {
    const accounts = new PairAccounts(3, (first, second) => ({ name: `${first}/${second}` }));
    const ask = (first: string, second: string): string => accounts.of(first, second).name;
    expect([
      ask('a', 'b|c'),
      ask('a|b', 'c'),
      ask('a', 'b|c'),
      ask('x', 'y'),
      ask('p', 'q'),
      ask('r', 's'),
    ]).toEqual(['a/b|c', 'a|b/c', 'a/b|c', 'x/y', '__overflow__/__overflow__', '__overflow__/__overflow__']);
    expect(accounts.all.length).toBe(4);
  });
});

describe('SlidingGauge', () => {
  it('is absent while there is nothing to show', async () => {
    const registry = new Registry();
    const only = new Gauge({ name: 'only', help: 'One.', registers: [registry] });
    const many = new Gauge<'a'>({ name: 'many', help: 'Many.', labelNames: ['a'], registers: [registry] });
    const gauges = [SlidingGauge.only(only), SlidingGauge.of<{ a: string }>(many, { a: 'x' })];
    const lines = async (): Promise<string[]> =>
      (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(await lines()).toEqual([]);
    for (const gauge of gauges) gauge.show(1.5);
    for (const gauge of gauges) gauge.show(2.5);
    expect(await lines()).toEqual(['only 2.5', 'many{a="x"} 2.5']);
    for (const gauge of gauges) gauge.show(Number.NaN);
    expect(await lines()).toEqual([]);
    for (const gauge of gauges) gauge.show(3);
    expect(await lines()).toEqual(['only 3', 'many{a="x"} 3']);
  });
});

describe('beforeScrape', () => {
  it('works figures out once for all that are exposed together, and for one that is exposed alone', async () => {
    const registry = new Registry();
    const gauges = ['a', 'b'].map((name) => new Gauge({ name, help: 'A gauge.', registers: [registry] }));
    let times = 0;
    beforeScrape(registry, gauges, () => {
      times += 1;
      for (const gauge of gauges) gauge.set(times);
    });
    const text = async (names?: readonly string[]): Promise<string> =>
      Buffer.from(await registry.render(names === undefined ? {} : { names })).toString();
    expect(await text()).toContain('\na 1\n');
    expect(await text(['b'])).toContain('\nb 2\n');
    expect(await text()).toContain('\nb 3\n');
    expect(times).toBe(3);
  });
});
