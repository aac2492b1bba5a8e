import { describe, expect, it } from 'vitest';
import { generator } from '../testing/random.ts';
import { bucketIndex, bucketUpperBound, SCHEMA_MAX, SCHEMA_MIN, schemaForFactor } from './bounds.ts';

/** The value as mantissa * 2^exponent, exactly. */
function exactParts(value: number): [mantissa: bigint, exponent: number] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  return biased === 0 ? [fraction, -1074] : [fraction | (1n << 52n), biased - 1075];
}

/** Whether value <= 2^(index / 2^schema), decided in whole numbers. */
function isAtMostBound(value: number, index: number, schema: number): boolean {
  const [mantissa, exponent] = exactParts(value);
  const power = schema >= 0 ? 1 << schema : 1;
  const target = schema >= 0 ? index : index * 2 ** -schema;
  const shift = target - exponent * power;
  return shift < 0 ? false : mantissa ** BigInt(power) <= 1n << BigInt(shift);
}

function anyDouble(random: () => number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, Math.floor(random() * 0x7ff00000));
  view.setUint32(4, Math.floor(random() * 2 ** 32));
  return view.getFloat64(0);
}

describe('bucketIndex', () => {
  it('is the bucket whose exact bounds hold the value, for any double and schema', () => {
    const random = generator(1);
    for (let round = 0; round < 1500; round++) {
      const value = anyDouble(random);
      if (value === 0) continue;
      const schema = SCHEMA_MIN + Math.floor(random() * (SCHEMA_MAX - SCHEMA_MIN + 1));
      const index = bucketIndex(value, schema);
      expect([value, schema, isAtMostBound(value, index, schema)]).toEqual([value, schema, true]);
      expect([value, schema, isAtMostBound(value, index - 1, schema)]).toEqual([value, schema, false]);
    }
  });

  it('puts the boundary itself below and the next double above, in every schema', () => {
    for (let schema = SCHEMA_MIN; schema <= SCHEMA_MAX; schema++) {
      for (let index = -600; index <= 600; index++) {
        const bound = bucketUpperBound(index, schema);
        if (bound < 1e-300 || bound > 1e300) continue;
        expect(bucketIndex(bound, schema)).toBe(index);
        const view = new DataView(new ArrayBuffer(8));
        view.setFloat64(0, bound);
        view.setBigUint64(0, view.getBigUint64(0) + 1n);
        expect(bucketIndex(view.getFloat64(0), schema)).toBe(index + 1);
      }
    }
  });

  it('knows the ends of the number line', () => {
    expect(bucketIndex(Number.MIN_VALUE, 0)).toBe(-1074);
    expect(bucketIndex(1, 3)).toBe(0);
    expect(bucketIndex(2, 3)).toBe(8);
    expect(bucketIndex(Number.MAX_VALUE, 0)).toBe(1024);
    expect(bucketIndex(Number.MAX_VALUE, 8)).toBe(1024 * 256);
    expect(bucketIndex(Number.POSITIVE_INFINITY, 8)).toBe(1024 * 256 + 1);
    expect(bucketIndex(Number.MAX_VALUE, -4)).toBe(64);
    expect(bucketIndex(Number.POSITIVE_INFINITY, -4)).toBe(65);
  });
});

describe('bucketUpperBound', () => {
  it('ends the last bucket at the largest double and the overflow bucket at infinity', () => {
    for (const schema of [-4, -1, 0, 1, 8]) {
      const last = bucketIndex(Number.MAX_VALUE, schema);
      expect(bucketUpperBound(last, schema)).toBe(Number.MAX_VALUE);
      expect(bucketUpperBound(last + 1, schema)).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it('gives whole powers of two exactly and the others rounded down', () => {
    expect(bucketUpperBound(16, 3)).toBe(4);
    expect(bucketUpperBound(-16, 3)).toBe(0.25);
    expect(bucketUpperBound(-1, -4)).toBe(2 ** -16);
    expect(bucketUpperBound(1, 1)).toBe(Math.SQRT2 - Number.EPSILON);
  });
});

describe('schemaForFactor', () => {
  it('picks the finest schema that grows by no more than the factor', () => {
    expect(schemaForFactor(1.1)).toBe(3);
    expect(schemaForFactor(2)).toBe(0);
    expect(schemaForFactor(4)).toBe(-1);
    expect(schemaForFactor(1.0001)).toBe(8);
    expect(schemaForFactor(1e9)).toBe(-4);
    expect(schemaForFactor(1.5)).toBe(1);
  });
});
