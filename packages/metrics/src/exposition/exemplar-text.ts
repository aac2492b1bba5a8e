/** The text of an exemplar, as OpenMetrics 1.0 puts it behind a value. */
import type { Exemplar } from '../family.ts';
import { labelText } from './line-heads.ts';
import { numberText } from './numbers.ts';

/** ` # {labels} value timestamp`. */
export function exemplarText(exemplar: Exemplar): string {
  const labels = Object.entries(exemplar.labels).map(([name, value]) => labelText(name, value));
  const timestamp = exemplar.timestamp === undefined ? '' : ` ${numberText(exemplar.timestamp)}`;
  return ` # {${labels.join(',')}} ${numberText(exemplar.value)}${timestamp}`;
}
