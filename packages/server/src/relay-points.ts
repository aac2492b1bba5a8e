/** Hands the points of OTLP metrics to the families that the server shows for applications. */

import type { NativeSample } from '@bellwether/metrics';
import type { OtlpPoint } from './ingest/otlp/metric.ts';
import type { TakenPoint } from './ingest/otlp/metric-ingest.ts';
import type { RelayedFamilies, RelayedValue } from './live/relayed-families.ts';

/** The finest and the coarsest resolution that Prometheus has. */
const [SCALE_MAX, SCALE_MIN] = [8, -4];

/** Hands points on; gives how many series are not shown since there are too many. */
export function relayPoints(relay: RelayedFamilies, points: readonly TakenPoint[], nowMs: number): number {
  let left = 0;
  for (const { source, name, labels, metric, point, timestampMs } of points) {
    const value = point.isGap ? null : valueOf(point);
    const isDelta = metric.temporality === 'delta' && metric.kind !== 'gauge' && metric.kind !== 'summary';
    if (!relay.take({ name, source, labels, timestampMs, value, isDelta }, nowMs)) left += 1;
  }
  return left;
}

function valueOf({ data }: OtlpPoint): RelayedValue {
  if (data.kind === 'number' || data.kind === 'summary') return data;
  const { count, sum } = data;
  if (data.kind === 'histogram') {
    const bounds = data.counts.length === 0 ? [] : data.bounds;
    return { kind: 'histogram', count, sum: sum ?? Number.NaN, bounds, counts: data.counts };
  }
  const native = nativeOf(data);
  const whole = { kind: 'histogram', count, sum: sum ?? Number.NaN, bounds: [], counts: [count] } as const;
  return native === null ? whole : { ...whole, native };
}

type Exponential = Extract<OtlpPoint['data'], { kind: 'exponential' }>;

/** An exponential histogram as a native one; null if it is coarser than those can be. */
function nativeOf(data: Exponential): Omit<NativeSample, 'labels' | 'count' | 'sum'> | null {
  const { scale, zeroCount, zeroThreshold, positive, negative } = data;
  if (scale < SCALE_MIN) return null;
  const shift = Math.max(0, scale - SCALE_MAX);
  const [up, down] = [deltasOf(positive, shift), deltasOf(negative, shift)];
  return {
    schema: scale - shift,
    zeroThreshold,
    zeroCount,
    positiveSpans: up.spans,
    positiveDeltas: up.deltas,
    negativeSpans: down.spans,
    negativeDeltas: down.deltas,
  };
}

/** Buckets as one span of differences, merged 2^shift at a time; indices here are one more than OTLP's. */
function deltasOf({ offset, counts }: Exponential['positive'], shift: number) {
  const first = Math.floor(offset / 2 ** shift);
  const merged: number[] = [];
  counts.forEach((count, i) => {
    const at = Math.floor((offset + i) / 2 ** shift) - first;
    merged[at] = (merged[at] ?? 0) + count;
  });
  const deltas = merged.map((count, i) => count - (merged[i - 1] ?? 0));
  return { spans: merged.length === 0 ? [] : [{ offset: first + 1, length: merged.length }], deltas };
}
