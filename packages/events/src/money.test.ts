import { describe, expect, it } from 'vitest';
import { divideHalfEven, formatUsd, PICO_PER_USD, parseUsd, usdAsNumber } from './money.ts';

describe('parseUsd', () => {
  it.each([
    ['0', 0n],
    ['12', 12n * PICO_PER_USD],
    ['0.15', 150_000_000_000n],
    ['.5', 500_000_000_000n],
    ['5.', 5n * PICO_PER_USD],
    ['-1.25', -1_250_000_000_000n],
    ['1e-12', 1n],
    ['3E-7', 300_000n],
    ['1.5e3', 1500n * PICO_PER_USD],
    [3e-7, 300_000n],
    [0.1, 100_000_000_000n],
    ['0.0000000000005', 0n],
    ['0.0000000000015', 2n],
    ['0.00000000000050001', 1n],
    ['9007199254740993.000000000001', 9_007_199_254_740_993n * PICO_PER_USD + 1n],
  ])('reads %s', (text, expected) => {
    expect(parseUsd(text)).toBe(expected);
  });

  it.each(['', '.', 'abc', '1,5', '0x10', '1e', '1e99999', 'NaN', 'Infinity', ' 1', '1 ', '--1', '1_000'])(
    'refuses %j',
    (text) => {
      expect(parseUsd(text)).toBeNull();
    },
  );

  it('refuses numbers that are no amounts', () => {
    expect(parseUsd(Number.NaN)).toBeNull();
    expect(parseUsd(Number.POSITIVE_INFINITY)).toBeNull();
  });
});

describe('formatUsd', () => {
  it.each([
    [0n, '0.00'],
    [1n, '0.000000000001'],
    [-1n, '-0.000000000001'],
    [150_000_000_000n, '0.15'],
    [12n * PICO_PER_USD, '12.00'],
    [1_234_500_000_000n, '1.2345'],
  ])('prints %s', (amount, expected) => {
    expect(formatUsd(amount)).toBe(expected);
  });

  it('is read back exactly', () => {
    let state = 1n;
    for (let i = 0; i < 2000; i++) {
      state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 64n;
      const amount = (state >> BigInt(i % 60)) * (i % 2 === 0 ? 1n : -1n);
      expect(parseUsd(formatUsd(amount))).toBe(amount);
    }
  });
});

it('rounds ties to even in both directions', () => {
  expect([-3n, -1n, 1n, 3n, 5n].map((n) => divideHalfEven(n, 2n))).toEqual([-2n, 0n, 0n, 2n, 2n]);
  expect(divideHalfEven(7n, 4n)).toBe(2n);
  expect(divideHalfEven(-7n, 4n)).toBe(-2n);
});

it('adds ten million times $0.0000003 to exactly $3', () => {
  const one = parseUsd('0.0000003') ?? 0n;
  expect(formatUsd(one * 10_000_000n)).toBe('3.00');
  expect(usdAsNumber(one * 10_000_000n)).toBe(3);
});
