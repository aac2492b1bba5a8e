import { describe, expect, it } from 'vitest';
import { anyNumber, generator } from '../testing/random.ts';
import { canonicalNumber, digitCount, numberText, writeDigits } from './numbers.ts';

describe('numbers', () => {
  it('are written digit by digit as String() writes them', () => {
    const random = generator(7);
    const edges = Array.from({ length: 16 }, (_none, power) => [
      10 ** power - 1,
      10 ** power,
      10 ** power + 1,
    ]).flat();
    const bytes = Buffer.alloc(20);
    for (const number of [...edges, ...Array.from({ length: 2000 }, () => Math.floor(random() * 1e15))]) {
      const digits = digitCount(number);
      expect(digits).toBe(number < 1e15 ? String(number).length : 0);
      writeDigits(bytes, 18, number);
      expect(bytes.toString('latin1', 18 - digits, 18)).toBe(number < 1e15 ? String(number) : '');
    }
    for (const other of [-1, 0.5, 1e15, Number.NaN, Infinity]) expect(digitCount(other)).toBe(0);
  });

  it('read back as what they were', () => {
    const random = generator(8);
    for (let i = 0; i < 5000; i++) {
      const number = anyNumber(random);
      expect(Number(numberText(number))).toBe(number);
      expect(Number(canonicalNumber(number))).toBe(number);
    }
    expect([Infinity, -Infinity, Number.NaN].map(numberText)).toEqual(['+Inf', '-Inf', 'NaN']);
  });

  it.each([
    [0, '0.0'],
    [1, '1.0'],
    [-1, '-1.0'],
    [0.005, '0.005'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [100000, '100000.0'],
    [1000000, '1e+06'],
    [1234567, '1.234567e+06'],
    [1e21, '1e+21'],
    [1e100, '1e+100'],
    [Infinity, '+Inf'],
  ])('stand in labels as Go writes them: %d is %s', (number, text) => {
    expect(canonicalNumber(number)).toBe(text);
  });
});
