import { describe, expect, it } from 'vitest';
import { bucketIndex, bucketUpperBound } from './bounds.ts';
import { mergeNative } from './merge.ts';
import { NativeHistogram, type NativeSnapshot } from './native-histogram.ts';
import { decodeSpans, encodeSpans } from './spans.ts';

function filled(values: readonly number[], options = {}): NativeHistogram {
  const histogram = new NativeHistogram({ bucketFactor: 1.1, ...options });
  for (const value of values) histogram.observe(value);
  return histogram;
}

function used(all: [number, number][]): [number, number][] {
  return all.filter(([, count]) => count !== 0);
}

function bucketsOf(snapshot: NativeSnapshot): { positive: number[][]; negative: number[][] } {
  return {
    positive: used(decodeSpans(snapshot.positiveSpans, snapshot.positiveDeltas)),
    negative: used(decodeSpans(snapshot.negativeSpans, snapshot.negativeDeltas)),
  };
}

function sorted(table: Map<number, number>): number[][] {
  return [...table].toSorted((a, b) => a[0] - b[0]);
}

/** What the definition says, value by value. */
function byDefinition(values: readonly number[], schema: number, zeroThreshold: number) {
  const positive = new Map<number, number>();
  const negative = new Map<number, number>();
  let zeroCount = 0;
  for (const value of values) {
    if (Math.abs(value) <= zeroThreshold) zeroCount++;
    else {
      const table = value > 0 ? positive : negative;
      const index = bucketIndex(Math.abs(value), schema);
      table.set(index, (table.get(index) ?? 0) + 1);
    }
  }
  return { positive: sorted(positive), negative: sorted(negative), zeroCount };
}

describe('NativeHistogram', () => {
  it('is empty at the start', () => {
    expect(new NativeHistogram({ bucketFactor: 2 }).snapshot()).toEqual({
      schema: 0,
      zeroThreshold: 2 ** -128,
      zeroCount: 0,
      count: 0,
      sum: 0,
      positiveSpans: [],
      positiveDeltas: [],
      negativeSpans: [],
      negativeDeltas: [],
    });
  });

  it('marks an empty histogram without zero threshold by a span without buckets', () => {
    const histogram = new NativeHistogram({ bucketFactor: 2, zeroThreshold: 0 });
    expect(histogram.snapshot().positiveSpans).toEqual([{ offset: 0, length: 0 }]);
    histogram.observe(0);
    expect(histogram.snapshot().positiveSpans).toEqual([]);
    expect(histogram.snapshot().zeroCount).toBe(1);
  });

  it('encodes spans and deltas, writing out gaps of two and skipping longer ones', () => {
    const snapshot = filled([1, 2, 2, 4, 32, 256 * 4, -8], { bucketFactor: 2 }).snapshot();
    expect(snapshot.positiveSpans).toEqual([
      { offset: 0, length: 6 },
      { offset: 4, length: 1 },
    ]);
    expect(snapshot.positiveDeltas).toEqual([1, 1, -1, -1, 0, 1, 0]);
    expect(snapshot.negativeSpans).toEqual([{ offset: 3, length: 1 }]);
    expect(snapshot.negativeDeltas).toEqual([1]);
    expect(snapshot.count).toBe(7);
    expect(snapshot.sum).toBe(1 + 2 + 2 + 4 + 32 + 1024 - 8);
  });

  it('refuses NaN without counting it, and counts infinities in the overflow bucket', () => {
    const histogram = filled([1], { bucketFactor: 2 });
    expect(() => histogram.observe(Number.NaN)).toThrow(RangeError);
    expect([histogram.count, histogram.sum]).toEqual([1, 1]);
    histogram.observe(Number.POSITIVE_INFINITY);
    histogram.observe(Number.NEGATIVE_INFINITY);
    expect(bucketsOf(histogram.snapshot())).toEqual({
      positive: [
        [0, 1],
        [1025, 1],
      ],
      negative: [[1025, 1]],
    });
  });

  it('refuses a factor of 1 and thresholds below 0', () => {
    expect(() => new NativeHistogram({ bucketFactor: 1 })).toThrow(RangeError);
    expect(() => new NativeHistogram({ bucketFactor: Number.NaN })).toThrow(RangeError);
    expect(() => new NativeHistogram({ bucketFactor: 2, zeroThreshold: -1 })).toThrow(RangeError);
    expect(() => new NativeHistogram({ bucketFactor: 2, maxZeroThreshold: -1 })).toThrow(RangeError);
    expect(() => new NativeHistogram({ bucketFactor: 2, maxBuckets: 1.5 })).toThrow(RangeError);
  });

  it('halves the resolution until the limit holds, and ends as if recorded at that schema', () => {
    const values = Array.from({ length: 400 }, (_, i) => (i % 3 === 0 ? -1 : 1) * 1.05 ** i);
    for (const maxBuckets of [10, 40, 100, 1000]) {
      const histogram = filled(values, { maxBuckets });
      const snapshot = histogram.snapshot();
      const expected = byDefinition(values, snapshot.schema, 2 ** -128);
      expect({ ...bucketsOf(snapshot), zeroCount: snapshot.zeroCount }).toEqual(expected);
      expect(expected.positive.length + expected.negative.length).toBeLessThanOrEqual(maxBuckets);
      expect(snapshot.count).toBe(400);
      const finer = byDefinition(values, snapshot.schema + 1, 2 ** -128);
      const finerBuckets = finer.positive.length + finer.negative.length;
      expect(snapshot.schema === 3 || finerBuckets > maxBuckets).toBe(true);
    }
  });

  it('widens the zero bucket first, as far as it may', () => {
    const values = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 2 ** (i - 40));
    const histogram = filled(values, { bucketFactor: 2, maxBuckets: 30, maxZeroThreshold: 1 });
    const snapshot = histogram.snapshot();
    expect(snapshot.schema).toBe(0);
    expect(snapshot.zeroThreshold).toBe(2 ** -11);
    expect({ ...bucketsOf(snapshot), zeroCount: snapshot.zeroCount }).toEqual(
      byDefinition(values, 0, 2 ** -11),
    );
    const narrower = filled(values, {
      bucketFactor: 2,
      maxBuckets: 30,
      maxZeroThreshold: 2 ** -30,
    }).snapshot();
    // Each sign has every second power of two, so one halving merges nothing and two are needed.
    expect(narrower.schema).toBe(-2);
    expect(narrower.zeroThreshold).toBe(2 ** -30);
  });

  it('stops at the coarsest schema', () => {
    const values = Array.from({ length: 100 }, (_, i) => 2 ** (i * 10 - 500));
    const snapshot = filled(values, { bucketFactor: 2, maxBuckets: 3, zeroThreshold: 0 }).snapshot();
    expect(snapshot.schema).toBe(-4);
    expect({ ...bucketsOf(snapshot), zeroCount: 0 }).toEqual(byDefinition(values, -4, 0));
  });

  it('returns to its first resolution when reset', () => {
    const histogram = filled(
      Array.from({ length: 300 }, (_, i) => 1.1 ** i),
      { maxBuckets: 10 },
    );
    expect(histogram.schema).toBeLessThan(3);
    histogram.reset();
    expect(histogram.snapshot()).toEqual(new NativeHistogram({ bucketFactor: 1.1 }).snapshot());
  });
});

describe('spans', () => {
  it('come back as the buckets they were made of', () => {
    const buckets: [number, number][] = [
      [-40, 3],
      [-39, 1],
      [-36, 9],
      [-32, 2],
      [0, 5],
      [1000, 1],
    ];
    const { spans, deltas } = encodeSpans(buckets);
    expect(decodeSpans(spans, deltas).filter(([, count]) => count > 0)).toEqual(buckets);
    expect(spans.reduce((sum, span) => sum + span.length, 0)).toBe(deltas.length);
  });
});

describe('mergeNative', () => {
  const small = Array.from({ length: 50 }, (_, i) => 1.01 ** i);
  const large = Array.from({ length: 50 }, (_, i) => -(3 ** (i - 20)));

  it('is what one histogram would have recorded', () => {
    const merged = mergeNative(filled(small).snapshot(), filled(large).snapshot());
    expect(bucketsOf(merged)).toEqual(bucketsOf(filled([...small, ...large], { maxBuckets: 0 }).snapshot()));
    expect(merged.count).toBe(100);
  });

  it('takes the coarser schema', () => {
    const merged = mergeNative(filled(small).snapshot(), filled(large, { bucketFactor: 4 }).snapshot());
    expect(merged.schema).toBe(-1);
    expect(bucketsOf(merged)).toEqual(
      bucketsOf(filled([...small, ...large], { bucketFactor: 4 }).snapshot()),
    );
  });

  it('takes the wider zero bucket, moved to a bucket boundary of the other', () => {
    const a = filled([0.001, 0.1, 5, -0.3], { bucketFactor: 2 }).snapshot();
    const b = filled([0.2, 7], { bucketFactor: 2, zeroThreshold: 0.3 }).snapshot();
    const merged = mergeNative(a, b);
    // 0.3 cuts the bucket (0.25, 0.5] in which a counted -0.3.
    expect(merged.zeroThreshold).toBe(0.5);
    expect(merged.zeroCount).toBe(4);
    expect(bucketsOf(merged)).toEqual({ positive: [[3, 2]], negative: [] });
    expect(mergeNative(b, a)).toEqual(merged);
    expect(bucketUpperBound(3, 0)).toBe(8);
  });
});
