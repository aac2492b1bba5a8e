/**
 * Adds native histograms of several processes or series into one. The result has
 * the coarser of the two resolutions and the wider zero bucket, so no observation
 * is guessed into a bucket that is finer than what was recorded.
 */
import { bucketUpperBound } from './bounds.ts';
import type { NativeSnapshot } from './native-histogram.ts';
import { decodeSpans, encodeSpans } from './spans.ts';

interface Counts {
  readonly positive: Map<number, number>;
  readonly negative: Map<number, number>;
  zeroCount: number;
}

function addTo(target: Map<number, number>, index: number, count: number): void {
  target.set(index, (target.get(index) ?? 0) + count);
}

function countsAt(snapshot: NativeSnapshot, schema: number): Counts {
  const counts: Counts = { positive: new Map(), negative: new Map(), zeroCount: snapshot.zeroCount };
  const width = 2 ** (snapshot.schema - schema);
  for (const [index, count] of decodeSpans(snapshot.positiveSpans, snapshot.positiveDeltas)) {
    if (count > 0) addTo(counts.positive, Math.ceil(index / width), count);
  }
  for (const [index, count] of decodeSpans(snapshot.negativeSpans, snapshot.negativeDeltas)) {
    if (count > 0) addTo(counts.negative, Math.ceil(index / width), count);
  }
  return counts;
}

/** The threshold moved up to the end of any used bucket that it would cut in two. */
function thresholdAround(threshold: number, counts: Counts, schema: number): number {
  let widened = threshold;
  for (const table of [counts.positive, counts.negative]) {
    for (const index of table.keys()) {
      if (bucketUpperBound(index - 1, schema) < threshold) {
        widened = Math.max(widened, bucketUpperBound(index, schema));
      }
    }
  }
  return widened;
}

function absorb(counts: Counts, threshold: number, schema: number): void {
  for (const table of [counts.positive, counts.negative]) {
    for (const [index, count] of table) {
      if (bucketUpperBound(index, schema) > threshold) continue;
      counts.zeroCount += count;
      table.delete(index);
    }
  }
}

function inOrder(table: Map<number, number>): [number, number][] {
  return [...table].toSorted((x, y) => x[0] - y[0]);
}

/** The two histograms added. Counts add exactly; sums as doubles do. */
export function mergeNative(a: NativeSnapshot, b: NativeSnapshot): NativeSnapshot {
  const schema = Math.min(a.schema, b.schema);
  const left = countsAt(a, schema);
  const right = countsAt(b, schema);
  let threshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  for (let before = -1; before !== threshold; ) {
    before = threshold;
    // A histogram's own threshold may lie inside its first bucket, which then needs no widening.
    if (threshold > a.zeroThreshold) threshold = thresholdAround(threshold, left, schema);
    if (threshold > b.zeroThreshold) threshold = thresholdAround(threshold, right, schema);
  }
  if (threshold > a.zeroThreshold) absorb(left, threshold, schema);
  if (threshold > b.zeroThreshold) absorb(right, threshold, schema);
  for (const [index, count] of right.positive) addTo(left.positive, index, count);
  for (const [index, count] of right.negative) addTo(left.negative, index, count);
  const positive = encodeSpans(inOrder(left.positive));
  const negative = encodeSpans(inOrder(left.negative));
  return {
    schema,
    zeroThreshold: threshold,
    zeroCount: left.zeroCount + right.zeroCount,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    positiveSpans: positive.spans,
    positiveDeltas: positive.deltas,
    negativeSpans: negative.spans,
    negativeDeltas: negative.deltas,
  };
}
