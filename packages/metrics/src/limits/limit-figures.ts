/**
 * What the bounds of the families of a registry did, as metrics of their own. They
 * are exposed as soon as there is anything to tell.
 */
import type { MetricValue, MetricValues } from '../instruments/lines.ts';
import type { LimitFigures } from './limits.ts';

interface Bounded {
  readonly name: string;
  readonly limitFigures: Readonly<LimitFigures>;
}

/** The metrics about the bounds of `metrics`; none while no bound was met. */
export function limitMetrics(metrics: readonly Bounded[]): MetricValues[] {
  const overflow: MetricValue[] = [];
  const idle: MetricValue[] = [];
  for (const { name: metric, limitFigures: figures } of metrics) {
    const add = (reason: string, value: number) => {
      if (value > 0) overflow.push({ labels: { metric, reason }, value });
    };
    add('series_limit', figures.seriesLimit);
    add('label_value_length', figures.labelValueTooLong);
    if (figures.idleRemoved > 0) idle.push({ labels: { metric }, value: figures.idleRemoved });
  }
  const families: MetricValues[] = [];
  if (overflow.length > 0) {
    families.push({
      name: 'metrics_series_overflow_total',
      help: 'Look-ups of label sets that went to the overflow series of a metric, by the bound that they met.',
      type: 'counter',
      aggregator: 'sum',
      values: overflow,
    });
  }
  if (idle.length > 0) {
    families.push({
      name: 'metrics_idle_series_removed_total',
      help: 'Series of a metric that were removed since nothing had changed them for long.',
      type: 'counter',
      aggregator: 'sum',
      values: idle,
    });
  }
  return families;
}
