/** Anomalies as figures that alert rules can be about. */

import { signalDescriptions } from './alerts/check-rules.ts';
import type { SignalSource } from './alerts/signals.ts';
import type { Anomaly } from './analysis/anomaly.ts';

/**
 * The source `anomaly_score`: the score of each anomaly that lasts, with the labels of its series and its measure.
 *
 * @param open the anomalies that last.
 */
export function anomalySignals(open: () => readonly Anomaly[]): SignalSource[] {
  return [
    {
      name: 'anomaly_score',
      description: signalDescriptions['anomaly_score'] ?? '',
      read: () =>
        open().map(({ measure, labels, kinds, score }) => ({
          labels: { ...labels, measure, kind: kinds[0] ?? '' },
          value: score,
        })),
    },
  ];
}
