/** Exemplars: what a sample points at outside the metrics, usually a trace. */
import { MetricsError } from '../errors.ts';
import type { Exemplar } from '../family.ts';
import type { LabelValues } from '../series/label-values.ts';
import type { ExemplarLabels } from './configuration.ts';

/** OpenMetrics 1.0 allows so many code points in the names and values of an exemplar's labels. */
export const EXEMPLAR_LENGTH_MAX = 128;

/** What `inc` takes on a counter with `enableExemplars`. */
export interface IncreaseDataWithExemplar<T extends string> {
  value?: number | undefined;
  labels?: LabelValues<T> | undefined;
  exemplarLabels?: ExemplarLabels | undefined;
}

/** What `observe` takes on a histogram with `enableExemplars`. */
export interface ObserveDataWithExemplar<T extends string> {
  value: number;
  labels?: LabelValues<T> | undefined;
  exemplarLabels?: ExemplarLabels | undefined;
}

/** An exemplar of `value` at `timestamp` (seconds since the epoch). Throws EXEMPLAR_TOO_LONG. */
export function makeExemplar(
  name: string,
  given: Readonly<Record<string, unknown>>,
  value: number,
  timestamp: number,
): Exemplar {
  const labels: Record<string, string> = {};
  let length = 0;
  for (const [label, text] of Object.entries(given)) {
    labels[label] = String(text);
    length += Array.from(label + labels[label]).length;
  }
  if (length > EXEMPLAR_LENGTH_MAX) throw new MetricsError('EXEMPLAR_TOO_LONG', { name, length });
  return { labels, value, timestamp };
}
