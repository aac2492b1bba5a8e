/** Figures that are worked out when somebody looks at them. */

import { Counter, Gauge, type Registry } from '@bellwether/metrics';

/**
 * Has `refresh` called before any of the metrics is exposed, once for all that are
 * exposed together.
 */
export function beforeScrape(
  registry: Registry,
  metrics: readonly { readonly name: string }[],
  refresh: () => void,
): void {
  let due = true;
  const collect = (): void => {
    if (!due) return;
    due = false;
    // All metrics of an exposition are prepared before anything else gets its turn.
    queueMicrotask(() => (due = true));
    refresh();
  };
  for (const { name } of metrics) {
    const metric = registry.getSingleMetric(name);
    if (metric instanceof Gauge || metric instanceof Counter) metric.collect = collect;
  }
}
