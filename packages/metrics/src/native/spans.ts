/**
 * Between buckets with their counts and the wire's spans with deltas, in both
 * directions.
 */
import type { BucketSpan } from '../family.ts';

/** Gaps of up to this many empty buckets are written out, since a new span costs more. */
const GAP_MAX = 2;

/** Spans and deltas as Prometheus puts them on the wire. */
export interface EncodedBuckets {
  readonly spans: BucketSpan[];
  readonly deltas: number[];
}

/** Encodes buckets given in rising order of their index. */
export function encodeSpans(buckets: readonly (readonly [index: number, count: number])[]): EncodedBuckets {
  const spans: { offset: number; length: number }[] = [];
  const deltas: number[] = [];
  let nextIndex = 0;
  let previous = 0;
  let span: { offset: number; length: number } | undefined;
  const append = (count: number): void => {
    if (span) span.length++;
    deltas.push(count - previous);
    previous = count;
  };
  for (const [index, count] of buckets) {
    const gap = index - nextIndex;
    if (span === undefined || gap > GAP_MAX) {
      span = { offset: gap, length: 0 };
      spans.push(span);
    } else {
      for (let i = 0; i < gap; i++) append(0);
    }
    append(count);
    nextIndex = index + 1;
  }
  return { spans, deltas };
}

/** The buckets of spans and deltas in rising order of their index, empty ones included. */
export function decodeSpans(
  spans: readonly BucketSpan[],
  deltas: readonly number[],
): [index: number, count: number][] {
  const buckets: [number, number][] = [];
  let index = 0;
  let count = 0;
  let next = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++) {
      count += deltas[next++] ?? 0;
      buckets.push([index++, count]);
    }
  }
  return buckets;
}
