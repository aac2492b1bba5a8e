/**
 * From families to OTLP metrics. Every point is cumulative here; `delta.ts` turns
 * them into differences where that is wanted.
 *
 * The names stay as Prometheus users know them (`…_total`, `…_seconds`). What OTLP
 * has no type for becomes gauges: info, states, unknown, and the parts of a gauge
 * histogram.
 */
import type { BucketSpan, Exemplar, MetricFamily, NativeSample } from '../../family.ts';
import { decodeSpans } from '../../native/spans.ts';
import { exposedName, type MetricPoint, pointSteps } from '../../points/metric-point.ts';
import {
  type ExponentialBuckets,
  type ExponentialPoint,
  type HistogramPoint,
  nanosOf,
  type NumberPoint,
  type OtlpMetric,
  type SummaryPoint,
  ucumUnit,
} from './data-points.ts';

/** When the points are of. */
export interface PointTimes {
  /** The time of points that have none of their own. */
  readonly nowNanos: bigint;
  /** The start of series that do not say when they began to count. */
  readonly startNanos: bigint;
}

/** The metrics of the families, cumulative. Families without samples are left out. */
export function toOtlp(families: readonly MetricFamily[], times: PointTimes): OtlpMetric[] {
  const steps = otlpSteps(families, times);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** As `toOtlp`, bit by bit: each step is a moment at which others may have the event loop. */
export function* otlpSteps(
  families: readonly MetricFamily[],
  times: PointTimes,
): Generator<undefined, OtlpMetric[]> {
  const metrics: OtlpMetric[] = [];
  for (const family of families) {
    if (family.type === 'gaugehistogram') metrics.push(...gaugesBySampleName(family, times));
    else metrics.push(...(yield* metricsOf(family, times)));
    yield;
  }
  return metrics;
}

function* metricsOf(family: MetricFamily, times: PointTimes): Generator<undefined, OtlpMetric[]> {
  const descriptor = {
    name: exposedName(family),
    description: family.help,
    unit: ucumUnit(family.unit),
  };
  const points = yield* pointSteps(family);
  if (points.length === 0) return [];
  if (family.type === 'counter') {
    const sums = yield* converted(points, (point) => numberPoint(point, times, true));
    return [{ ...descriptor, kind: 'sum', temporality: 'cumulative', points: sums }];
  }
  if (family.type === 'histogram') return yield* histograms(descriptor, points, times);
  if (family.type === 'summary') {
    const summaries = yield* converted(points, (point) => summaryPoint(point, times));
    return [{ ...descriptor, kind: 'summary', points: summaries }];
  }
  const gauges = yield* converted(points, (point) => numberPoint(point, times, false));
  return [{ ...descriptor, kind: 'gauge', points: gauges }];
}

/** So many points are converted between two places where the work can be interrupted. */
const POINTS_PER_STEP = 500;

function* converted<P>(
  points: readonly MetricPoint[],
  convert: (point: MetricPoint) => P,
): Generator<undefined, P[]> {
  const result: P[] = [];
  for (const point of points) {
    result.push(convert(point));
    if (result.length % POINTS_PER_STEP === 0) yield;
  }
  return result;
}

/** Series with native buckets go as exponential histograms, since those lose nothing; the others as classic. */
function* histograms(
  descriptor: { name: string; description: string; unit: string },
  points: readonly MetricPoint[],
  times: PointTimes,
): Generator<undefined, OtlpMetric[]> {
  const metrics: OtlpMetric[] = [];
  const classic = points.filter((point) => point.native === undefined);
  if (classic.length > 0) {
    const own = yield* converted(classic, (point) => histogramPoint(point, times));
    metrics.push({ ...descriptor, kind: 'histogram', temporality: 'cumulative', points: own });
  }
  const native = points.flatMap((point) =>
    point.native === undefined ? [] : [exponentialPoint(point, point.native, times)],
  );
  if (native.length > 0) {
    metrics.push({ ...descriptor, kind: 'exponential', temporality: 'cumulative', points: native });
  }
  return metrics;
}

function commonParts(point: MetricPoint, times: PointTimes, exemplars: readonly Exemplar[]) {
  return {
    attributes: point.labels,
    startTimeNanos: point.createdTimestamp === undefined ? times.startNanos : nanosOf(point.createdTimestamp),
    timeNanos: point.timestamp === undefined ? times.nowNanos : nanosOf(point.timestamp),
    exemplars,
  };
}

function numberPoint(point: MetricPoint, times: PointTimes, hasStart: boolean): NumberPoint {
  const common = commonParts(point, times, point.exemplar === undefined ? [] : [point.exemplar]);
  const startTimeNanos = hasStart ? common.startTimeNanos : undefined;
  return { ...common, startTimeNanos, value: point.value ?? Number.NaN };
}

function summaryPoint(point: MetricPoint, times: PointTimes): SummaryPoint {
  const { count = 0, sum = 0, quantiles } = point;
  return { ...commonParts(point, times, []), count, sum, quantiles };
}

function histogramPoint(point: MetricPoint, times: PointTimes): HistogramPoint {
  const buckets = point.buckets.toSorted((a, b) => a.upperBound - b.upperBound);
  const count = point.count ?? buckets.at(-1)?.cumulativeCount ?? 0;
  const finite = buckets.filter(({ upperBound }) => upperBound !== Number.POSITIVE_INFINITY);
  let below = 0;
  const counts = finite.map(({ cumulativeCount }) => {
    const own = cumulativeCount - below;
    below = cumulativeCount;
    return own;
  });
  counts.push(count - below);
  const exemplars = buckets.flatMap(({ exemplar }) => (exemplar === undefined ? [] : [exemplar]));
  const bounds = finite.map(({ upperBound }) => upperBound);
  return { ...commonParts(point, times, exemplars), count, sum: point.sum, bounds, counts };
}

function exponentialPoint(point: MetricPoint, native: NativeSample, times: PointTimes): ExponentialPoint {
  return {
    ...commonParts(point, times, native.exemplars ?? []),
    count: native.count,
    sum: native.sum,
    scale: native.schema,
    zeroCount: native.zeroCount,
    zeroThreshold: native.zeroThreshold,
    positive: denseBuckets(native.positiveSpans, native.positiveDeltas),
    negative: denseBuckets(native.negativeSpans, native.negativeDeltas),
  };
}

/** OTLP writes the counts of all indices from the first to the last. */
function denseBuckets(spans: readonly BucketSpan[], deltas: readonly number[]): ExponentialBuckets {
  const used = decodeSpans(spans, deltas).filter(([, count]) => count !== 0);
  const [first, last] = [used[0]?.[0] ?? 0, used.at(-1)?.[0] ?? -1];
  const counts: number[] = Array.from({ length: last - first + 1 }, () => 0);
  for (const [index, count] of used) counts[index - first] = count;
  return { offset: used.length === 0 ? 0 : first - 1, counts };
}

function gaugesBySampleName(family: MetricFamily, times: PointTimes): OtlpMetric[] {
  const byName = new Map<string, NumberPoint[]>();
  for (const { name, labels, value, timestamp } of family.samples) {
    const points = byName.get(name) ?? [];
    byName.set(name, points);
    const timeNanos = timestamp === undefined ? times.nowNanos : nanosOf(timestamp);
    points.push({ attributes: labels, startTimeNanos: undefined, timeNanos, exemplars: [], value });
  }
  return [...byName].map(([name, points]) => ({
    name,
    description: family.help,
    unit: ucumUnit(family.unit),
    kind: 'gauge',
    points,
  }));
}
