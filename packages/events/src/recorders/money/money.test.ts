import { Counter, Registry } from '@bellwether/metrics';
import { describe, expect, it } from 'vitest';
import { formatUsd, parseUsd, usdAsNumber } from '../../money.ts';
import { ExactSum } from './exact-sum.ts';
import { MoneyLedger } from './money-series.ts';
import { seededRandom } from '../test-random.ts';
import { picoAmountOf, picoAmountOfNumber, usdOf } from './pico-amount.ts';

describe('picoAmountOf', () => {
  it.each([
    ['0', 0],
    ['0.00', 0],
    ['0.000000000001', 1],
    ['0.0000003', 300_000],
    ['12', 12e12],
    ['.5', 5e11],
    ['5.', 5e12],
    ['9007.199254740991', Number.MAX_SAFE_INTEGER],
    ['9007.199254740992', 2n ** 53n],
    ['1000000000', 10n ** 21n],
    ['1e-6', 1_000_000],
    // Below a pico-dollar: half to even.
    ['0.0000000000005', 0],
    ['0.0000000000015', 2],
  ])('reads %s', (text, amount) => {
    expect(picoAmountOf(text)).toBe(amount);
  });

  it.each(['', '.', '-1', '-0.5', 'x', '1,5', '0x10', '1.2.3', 'NaN', 'Infinity'])('refuses %j', (text) => {
    expect(picoAmountOf(text)).toBeUndefined();
  });

  it('agrees with the reading of bigints, whatever the amount', () => {
    const next = seededRandom(1);
    for (let i = 0; i < 5000; i++) {
      const text = formatUsd(
        BigInt(Math.floor(next() * 10 ** (next() * 16))) * 10n ** BigInt(Math.floor(next() * 5)),
      );
      expect(BigInt(picoAmountOf(text) ?? -1)).toBe(parseUsd(text));
    }
  });
});

describe('picoAmountOfNumber', () => {
  it.each([
    [0, 0],
    [0.1, 100_000_000_000],
    [3e-7, 300_000],
    [1e9, 10n ** 21n],
    [-1, undefined],
    [Number.NaN, undefined],
    [Infinity, undefined],
  ])('reads %s', (usd, amount) => {
    expect(picoAmountOfNumber(usd)).toBe(amount);
  });

  it('gives dollars back', () => {
    expect(usdOf(150_000_000_000)).toBe(0.15);
    expect(usdOf(10n ** 21n)).toBe(1e9);
  });
});

describe('ExactSum', () => {
  it('is exact over amounts of every size', () => {
    const next = seededRandom(2);
    const sum = new ExactSum();
    let expected = 0n;
    for (let i = 0; i < 20_000; i++) {
      const amount = Math.floor(next() * 10 ** (next() * 15.9));
      const taken = i % 50 === 0 ? BigInt(amount) * 1000n : amount;
      sum.add(taken);
      expected += BigInt(taken);
      // Looking at a sum must not change it.
      if (i % 1000 === 0) void sum.total;
    }
    expect(sum.total).toBe(expected);
  });
});

describe('MoneySeries', () => {
  it('shows ten million times $0.0000003 as exactly $3', () => {
    const registry = new Registry();
    const counter = new Counter({ name: 'usd_total', help: 'Dollars.', registers: [registry] });
    const money = new MoneyLedger();
    const series = money.open(counter.labels());
    for (let i = 0; i < 10_000_000; i++) {
      series.add(300_000);
      if (i % 1_000_003 === 0) money.show();
    }
    money.show();
    expect(counter.labels().value).toBe(3);
  });

  it('is at the double nearest to the sum each time it is shown, after great leaps too', () => {
    const next = seededRandom(3);
    for (let start = 0; start < 2000; start++) {
      const registry = new Registry();
      const counter = new Counter({ name: 'usd_total', help: 'Dollars.', registers: [registry] });
      const money = new MoneyLedger();
      const series = money.open(counter.labels());
      let expected = 0n;
      for (let i = 0; i < 20; i++) {
        const amount = Math.floor(next() * 10 ** Math.floor(next() * 15));
        series.add(amount);
        expected += BigInt(amount);
        money.show();
        expect(counter.labels().value).toBe(usdAsNumber(expected));
      }
    }
  });
});
