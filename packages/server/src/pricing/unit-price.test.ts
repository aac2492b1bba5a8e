import { describe, expect, it } from 'vitest';
import {
  add,
  costOf,
  formatUnitPrice,
  parseFraction,
  scale,
  unitPriceOf,
  wholePicoUsd,
} from './unit-price.ts';
import type { UnitPrice } from './unit-price.ts';

const price = (amount: string | number, perUnits: number): UnitPrice =>
  unitPriceOf(amount, perUnits) ?? { numerator: -1n, denominator: 1n };

describe('a unit price', () => {
  it('is what its author wrote, exactly', () => {
    expect(price(0.15, 1_000_000)).toEqual({ numerator: 150_000n, denominator: 1n });
    expect(price('0.0000375', 1000)).toEqual({ numerator: 37_500n, denominator: 1n });
    expect(price(1e-7, 1)).toEqual({ numerator: 100_000n, denominator: 1n });
    expect(price('2.4', 3600)).toEqual({ numerator: 2_000_000_000n, denominator: 3n });
    expect(price('1e3', 1)).toEqual({ numerator: 1_000_000_000_000_000n, denominator: 1n });
  });

  it.each(['', '.', '-1', 'NaN', '1,5', '0x10', '1e999', Number.POSITIVE_INFINITY, Number.NaN, -0.1])(
    'is not made of %s',
    (amount) => {
      expect(parseFraction(amount)).toBeNull();
    },
  );

  it('is rounded once per quantity, half to even', () => {
    const half = { numerator: 1n, denominator: 2n };
    expect([1, 2, 3, 5].map((quantity) => costOf(half, quantity))).toEqual([0n, 1n, 2n, 2n]);
    expect(costOf(price(0.3, 1_000_000), 10_000_000)).toBe(3_000_000_000_000n);
    expect(costOf(price('2.4', 3600), 1.5)).toBe(1_000_000_000n);
  });

  it('is scaled and added without loss', () => {
    const third = scale(price(1, 1), { numerator: 1n, denominator: 3n });
    expect(add(add(third, third), third)).toEqual(price(1, 1));
    expect(add(undefined, third)).toBe(third);
  });

  it('is whole only where a double holds it exactly', () => {
    expect(wholePicoUsd(price(0.15, 1_000_000))).toBe(150_000);
    expect(wholePicoUsd(price(1, 3_000_000))).toBeNaN();
    expect(wholePicoUsd(price(1_000_000, 1))).toBeNaN();
  });

  it('is printed as an exact decimal where it is one', () => {
    expect(formatUnitPrice(price(0.15, 1_000_000))).toBe('0.00000015');
    expect(formatUnitPrice(price(5, 1))).toBe('5.00');
    expect(formatUnitPrice(price(1, 3))).toBe(`0.${'3'.repeat(30)}`);
  });
});
