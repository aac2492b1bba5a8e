/** What the metrics of the server say of anomalies. */

import { costAnalysed } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import type { Anomaly } from './anomaly.ts';

/** The figures that the analyst shows. */
export interface AnalysisMetrics {
  /** Counts an anomaly that has begun. */
  opened(anomaly: Pick<Anomaly, 'measure' | 'labels'>): void;
}

/** Declares the families. */
export function analysisMetrics(registry: Registry): AnalysisMetrics {
  const families = defineMetrics(costAnalysed, { registry });
  return {
    opened: ({ measure, labels }) => {
      const { provider } = labels;
      if (measure === 'cost_usd' && provider !== undefined) families.anomalies.inc({ provider });
    },
  };
}
