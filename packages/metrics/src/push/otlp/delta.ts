/**
 * Differences for receivers that want delta temporality. A difference is always
 * taken to what was last delivered, not to what was last sent: if a push fails,
 * the next one carries its share too, so nothing is lost and nothing is queued.
 */
import { bucketUpperBound } from '../../native/bounds.ts';
import { labelKey } from '../../points/metric-point.ts';
import type {
  ExponentialBuckets,
  ExponentialPoint,
  HistogramPoint,
  NumberPoint,
  OtlpMetric,
} from './data-points.ts';

type CountedPoint = NumberPoint | HistogramPoint | ExponentialPoint;

/** What of each series was delivered. Holds one point per living series. */
export class DeltaState {
  #delivered = new Map<string, CountedPoint>();

  /** How many series are remembered. */
  get size(): number {
    return this.#delivered.size;
  }

  /**
   * The metric as difference to what was delivered, or undefined if nothing changed.
   * Gauges and summaries have no difference and come back as they are.
   */
  difference(metric: OtlpMetric): OtlpMetric | undefined {
    if (metric.kind === 'gauge' || metric.kind === 'summary') return metric;
    if (metric.kind === 'sum') {
      const points = metric.points.flatMap((point) => this.#changed(metric, point, numberDifference));
      return points.length === 0 ? undefined : { ...metric, temporality: 'delta', points };
    }
    if (metric.kind === 'histogram') {
      const points = metric.points.flatMap((point) => this.#changed(metric, point, histogramDifference));
      return points.length === 0 ? undefined : { ...metric, temporality: 'delta', points };
    }
    const points = metric.points.flatMap((point) => this.#changed(metric, point, exponentialDifference));
    return points.length === 0 ? undefined : { ...metric, temporality: 'delta', points };
  }

  /** Remembers that the cumulative points of a metric were delivered. */
  commit(metric: OtlpMetric): void {
    if (metric.kind === 'gauge' || metric.kind === 'summary') return;
    for (const point of metric.points) this.#delivered.set(keyOf(metric, point), point);
  }

  /** Forgets the series that no longer exist. */
  prune(metrics: readonly OtlpMetric[]): void {
    const living = new Map<string, CountedPoint>();
    for (const metric of metrics) {
      if (metric.kind === 'gauge' || metric.kind === 'summary') continue;
      for (const point of metric.points) {
        const key = keyOf(metric, point);
        const delivered = this.#delivered.get(key);
        if (delivered !== undefined) living.set(key, delivered);
      }
    }
    this.#delivered = living;
  }

  #changed<P extends CountedPoint>(
    metric: OtlpMetric,
    point: P,
    difference: (point: P, before: P) => P | undefined | 'reset',
  ): P[] {
    // The key holds the kind of metric, so what was delivered under it is of the same kind.
    const before = this.#delivered.get(keyOf(metric, point)) as P | undefined;
    // A new series, or one that began anew, counts from its own start.
    if (before === undefined || startedAfter(point, before)) return isEmpty(point) ? [] : [point];
    const changed = difference(point, before);
    if (changed === undefined || (changed === 'reset' && isEmpty(point))) return [];
    const startTimeNanos = before.timeNanos;
    if (changed === 'reset') return [{ ...point, startTimeNanos }];
    const since = Number(startTimeNanos / 1000n) / 1e6;
    const exemplars = changed.exemplars.filter(
      ({ timestamp }) => timestamp !== undefined && timestamp >= since,
    );
    return [{ ...changed, startTimeNanos, exemplars }];
  }
}

function keyOf(metric: OtlpMetric, point: CountedPoint): string {
  return `${metric.kind} ${metric.name.length}:${metric.name}${labelKey(point.attributes)}`;
}

/** A series that began to count after the last delivery has been reset. */
function startedAfter(point: CountedPoint, before: CountedPoint): boolean {
  return point.startTimeNanos !== undefined && point.startTimeNanos > before.timeNanos;
}

function isEmpty(point: CountedPoint): boolean {
  return 'value' in point ? point.value === 0 : point.count === 0;
}

function numberDifference(point: NumberPoint, before: NumberPoint): NumberPoint | undefined | 'reset' {
  if (!(point.value >= before.value)) return 'reset';
  return point.value === before.value ? undefined : { ...point, value: point.value - before.value };
}

function histogramDifference(
  point: HistogramPoint,
  before: HistogramPoint,
): HistogramPoint | undefined | 'reset' {
  const isSameShape =
    point.bounds.length === before.bounds.length &&
    point.bounds.every((bound, i) => bound === before.bounds[i]);
  if (!isSameShape || point.count < before.count) return 'reset';
  const counts = point.counts.map((count, i) => count - before.counts[i]!);
  if (counts.some((count) => count < 0)) return 'reset';
  if (point.count === before.count) return undefined;
  return { ...point, count: point.count - before.count, sum: sumDifference(point.sum, before.sum), counts };
}

function sumDifference(sum: number | undefined, before: number | undefined): number | undefined {
  return sum === undefined || before === undefined ? undefined : sum - before;
}

/**
 * The resolution may have become coarser and the zero bucket wider since; what was
 * delivered is brought to the same shape first, which is exact.
 */
function exponentialDifference(
  point: ExponentialPoint,
  before: ExponentialPoint,
): ExponentialPoint | undefined | 'reset' {
  const isFiner = point.scale > before.scale || point.zeroThreshold < before.zeroThreshold;
  if (isFiner || point.count < before.count) return 'reset';
  if (point.count === before.count) return undefined;
  const zeroed = absorb(before, point.zeroThreshold);
  const positive = subtract(point.positive, coarser(zeroed.positive, before.scale - point.scale));
  const negative = subtract(point.negative, coarser(zeroed.negative, before.scale - point.scale));
  const zeroCount = point.zeroCount - zeroed.zeroCount;
  if (positive === undefined || negative === undefined || zeroCount < 0) return 'reset';
  const count = point.count - before.count;
  return { ...point, count, sum: point.sum - before.sum, zeroCount, positive, negative };
}

/** Counts whose buckets end within the zero threshold, moved to the zero bucket. */
function absorb(
  point: ExponentialPoint,
  zeroThreshold: number,
): Pick<ExponentialPoint, 'zeroCount' | 'positive' | 'negative'> {
  let { zeroCount } = point;
  const remaining = ({ offset, counts }: ExponentialBuckets): ExponentialBuckets => {
    let absorbed = 0;
    // OTLP's index i is Prometheus's i + 1.
    while (
      absorbed < counts.length &&
      bucketUpperBound(offset + absorbed + 1, point.scale) <= zeroThreshold
    ) {
      zeroCount += counts[absorbed++]!;
    }
    return { offset: offset + absorbed, counts: counts.slice(absorbed) };
  };
  if (zeroThreshold === point.zeroThreshold) return point;
  const positive = remaining(point.positive);
  const negative = remaining(point.negative);
  return { zeroCount, positive, negative };
}

/** The same buckets at a scale that is `steps` coarser. */
function coarser(buckets: ExponentialBuckets, steps: number): ExponentialBuckets {
  if (steps === 0 || buckets.counts.length === 0) return buckets;
  const offset = buckets.offset >> steps;
  const counts: number[] = [];
  buckets.counts.forEach((count, i) => {
    const at = ((buckets.offset + i) >> steps) - offset;
    counts[at] = (counts[at] ?? 0) + count;
  });
  return { offset, counts };
}

/** The difference bucket by bucket, or undefined if a bucket has become smaller. */
function subtract(buckets: ExponentialBuckets, before: ExponentialBuckets): ExponentialBuckets | undefined {
  const counts = [...buckets.counts];
  for (const [i, count] of before.counts.entries()) {
    if (count === 0) continue;
    const at = before.offset + i - buckets.offset;
    const left = (counts[at] ?? 0) - count;
    if (at < 0 || left < 0) return undefined;
    counts[at] = left;
  }
  return { offset: buckets.offset, counts };
}
