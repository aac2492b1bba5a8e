import { describe, expect, it } from 'vitest';
import type { MetricFamily, NativeSample, Sample } from '../../family.ts';
import { NativeHistogram } from '../../native/native-histogram.ts';
import type { ExponentialPoint, OtlpMetric } from './data-points.ts';
import { DeltaState } from './delta.ts';
import { toOtlp } from './to-otlp.ts';

function family(type: MetricFamily['type'], samples: Sample[], native: NativeSample[] = []): MetricFamily {
  return { name: 'm', type, help: '', unit: '', samples, native };
}

function counter(value: number, created?: number): MetricFamily {
  const samples = [{ name: 'm_total', labels: {}, value }];
  if (created !== undefined) samples.push({ name: 'm_created', labels: {}, value: created });
  return family('counter', samples);
}

function classic(counts: readonly number[], sum: number, bounds = ['1', '2', '+Inf']): MetricFamily {
  const buckets = counts.map((value, i) => ({ name: 'm_bucket', labels: { le: bounds[i]! }, value }));
  return family('histogram', [...buckets, { name: 'm_sum', labels: {}, value: sum }]);
}

/** The metric of a family at a second, and its difference. */
function at(
  state: DeltaState,
  second: number,
  source: MetricFamily,
): { metric: OtlpMetric; delta: OtlpMetric | undefined } {
  const [metric] = toOtlp([source], { nowNanos: BigInt(second) * 1_000_000_000n, startNanos: 0n });
  return { metric: metric!, delta: state.difference(metric!) };
}

function points(metric: OtlpMetric | undefined): unknown[] {
  return (metric?.points ?? []).map((point) => ({
    value: 'value' in point ? point.value : point.count,
    start: Number((point.startTimeNanos ?? 0n) / 1_000_000_000n),
    time: Number(point.timeNanos / 1_000_000_000n),
  }));
}

describe('DeltaState', () => {
  it('takes the difference to what was delivered, so that a failed push is made up for', () => {
    const state = new DeltaState();
    const first = at(state, 10, counter(5));
    expect(points(first.delta)).toEqual([{ value: 5, start: 0, time: 10 }]);
    expect(first.delta).toMatchObject({ kind: 'sum', temporality: 'delta' });
    state.commit(first.metric);
    // This one is sent and never delivered.
    expect(points(at(state, 20, counter(8)).delta)).toEqual([{ value: 3, start: 10, time: 20 }]);
    const third = at(state, 30, counter(9));
    expect(points(third.delta)).toEqual([{ value: 4, start: 10, time: 30 }]);
    state.commit(third.metric);
    expect(at(state, 40, counter(9)).delta).toBeUndefined();
  });

  it('sends the whole value after a reset', () => {
    const state = new DeltaState();
    state.commit(at(state, 10, counter(5)).metric);
    expect(points(at(state, 20, counter(2)).delta)).toEqual([{ value: 2, start: 10, time: 20 }]);
    // A series that was removed and came back larger says so by its creation time.
    expect(points(at(state, 20, counter(7, 15)).delta)).toEqual([{ value: 7, start: 15, time: 20 }]);
    expect(at(state, 20, counter(0)).delta).toBeUndefined();
  });

  it('leaves gauges and summaries as they are', () => {
    const state = new DeltaState();
    const gauge = at(state, 10, family('gauge', [{ name: 'm', labels: {}, value: 5 }]));
    state.commit(gauge.metric);
    expect(state.difference(gauge.metric)).toBe(gauge.metric);
    expect(state.size).toBe(0);
  });

  it('forgets series that no longer exist', () => {
    const state = new DeltaState();
    const { metric } = at(state, 10, counter(5));
    state.commit(metric);
    state.prune([metric]);
    expect(state.size).toBe(1);
    state.prune([]);
    expect(state.size).toBe(0);
  });

  it('subtracts histograms bucket by bucket', () => {
    const state = new DeltaState();
    state.commit(at(state, 10, classic([1, 2, 3], 10)).metric);
    expect(at(state, 20, classic([1, 3, 6], 25)).delta).toMatchObject({
      temporality: 'delta',
      points: [{ count: 3, sum: 15, counts: [0, 1, 2], bounds: [1, 2] }],
    });
    expect(at(state, 20, classic([1, 2, 3], 10)).delta).toBeUndefined();
    // Fewer observations, a smaller bucket or other bounds mean a reset.
    expect(at(state, 20, classic([0, 1, 1], 4)).delta).toMatchObject({ points: [{ counts: [0, 1, 0] }] });
    expect(at(state, 20, classic([0, 2, 4], 4)).delta).toMatchObject({ points: [{ counts: [0, 2, 2] }] });
    expect(at(state, 20, classic([1, 3, 6], 25, ['1', '5', '+Inf'])).delta).toMatchObject({
      points: [{ counts: [1, 2, 3] }],
    });
  });

  it('subtracts native histograms although resolution and zero bucket have changed', () => {
    const early = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 1.09 ** (i - 30));
    const late = Array.from({ length: 300 }, (_, i) => 1.07 ** (i - 150));
    for (const maxZeroThreshold of [0, 0.2]) {
      const options = { bucketFactor: 1.1, maxBuckets: 40, maxZeroThreshold };
      const histogram = new NativeHistogram(options);
      for (const value of early) histogram.observe(value);
      const state = new DeltaState();
      state.commit(at(state, 10, family('histogram', [], [{ labels: {}, ...histogram.snapshot() }])).metric);
      for (const value of late) histogram.observe(value);
      const { delta } = at(state, 20, family('histogram', [], [{ labels: {}, ...histogram.snapshot() }]));
      const point = delta?.points[0] as ExponentialPoint;
      expect(point.count).toBe(300);
      expect(histogram.schema).toBeLessThan(3);
      // The late values alone, recorded at the final resolution, are what must be left.
      const alone = new NativeHistogram({
        bucketFactor: 2 ** (2 ** -histogram.schema),
        zeroThreshold: histogram.snapshot().zeroThreshold,
        maxBuckets: 0,
      });
      for (const value of late) alone.observe(value);
      const [expected] = toOtlp([family('histogram', [], [{ labels: {}, ...alone.snapshot() }])], {
        nowNanos: 0n,
        startNanos: 0n,
      });
      const wanted = expected!.points[0] as ExponentialPoint;
      expect(point.zeroCount).toBe(wanted.zeroCount);
      expect(trimmed(point)).toEqual(trimmed(wanted));
    }
  });

  it('takes a native histogram that became finer for a reset one', () => {
    const histogram = new NativeHistogram({ bucketFactor: 1.1, maxBuckets: 10 });
    for (let i = 0; i < 100; i++) histogram.observe(1.3 ** i);
    const state = new DeltaState();
    state.commit(at(state, 10, family('histogram', [], [{ labels: {}, ...histogram.snapshot() }])).metric);
    histogram.reset();
    for (let i = 0; i < 200; i++) histogram.observe(1);
    const { delta } = at(state, 20, family('histogram', [], [{ labels: {}, ...histogram.snapshot() }]));
    expect(delta?.points[0]).toMatchObject({ count: 200, scale: 3 });
  });
});

/** Index → count, without empty buckets. */
function trimmed(point: ExponentialPoint): Record<string, number> {
  const found: Record<string, number> = {};
  for (const side of ['positive', 'negative'] as const) {
    point[side].counts.forEach((count, i) => {
      if (count !== 0) found[`${side} ${point[side].offset + i}`] = count;
    });
  }
  return found;
}
