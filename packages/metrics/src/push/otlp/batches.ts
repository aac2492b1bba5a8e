/**
 * Metrics in requests of bounded size, so that no receiver's limit is met.
 */
import type { OtlpMetric } from './data-points.ts';

/** The metrics in lists of at most `pointsMax` data points; a metric with more is spread over several. */
export function* batchesOf(metrics: readonly OtlpMetric[], pointsMax: number): Generator<OtlpMetric[]> {
  let batch: OtlpMetric[] = [];
  let room = pointsMax;
  for (const metric of metrics) {
    for (let from = 0; from < metric.points.length; ) {
      const to = Math.min(from + room, metric.points.length);
      batch.push(withPoints(metric, from, to));
      room -= to - from;
      from = to;
      if (room > 0) continue;
      yield batch;
      batch = [];
      room = pointsMax;
    }
  }
  if (batch.length > 0) yield batch;
}

/** Each kind by itself, since a slice must stay with the type of its points. */
function withPoints(metric: OtlpMetric, from: number, to: number): OtlpMetric {
  if (from === 0 && to === metric.points.length) return metric;
  if (metric.kind === 'gauge' || metric.kind === 'sum')
    return { ...metric, points: metric.points.slice(from, to) };
  if (metric.kind === 'histogram') return { ...metric, points: metric.points.slice(from, to) };
  if (metric.kind === 'exponential') return { ...metric, points: metric.points.slice(from, to) };
  return { ...metric, points: metric.points.slice(from, to) };
}
