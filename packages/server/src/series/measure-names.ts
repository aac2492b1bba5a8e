/**
 * What a question for series may name. A measure of requests is called as the measure
 * table has it, `latency_p95_ms`; a metric among the samples `sample:NAME`; a series that
 * the configuration declares `series:ID`.
 */

import { BellwetherError } from '@bellwether/events';
import { columnsOf } from './dimensions.ts';
import { type Measure, measureOf } from './measures.ts';

/** How samples of several series become one value; null for what suits their kind. */
export type Aggregate = 'sum' | 'avg' | 'min' | 'max' | null;

/** A name, taken apart. */
export type MeasureName =
  | { readonly kind: 'ledger' }
  | { readonly kind: 'sample'; readonly name: string; readonly aggregate: Aggregate }
  | { readonly kind: 'series'; readonly id: string };

/** What is known of a measure without asking for it. */
export type MeasureDescription = Pick<Measure, 'name' | 'unit' | 'help' | 'good' | 'kind'>;

const NAME_LENGTH_MAX = 256;
const LABELS_MAX = 4;

/** Takes a name apart; whether there is such a measure is another question. */
export function readMeasureName(name: string): MeasureName {
  const [, aggregate, metric] = /^sample(?:_(sum|avg|min|max))?:(.+)$/s.exec(name) ?? [];
  if (metric !== undefined)
    return { kind: 'sample', name: metric, aggregate: (aggregate ?? null) as Aggregate };
  if (name.startsWith('series:')) return { kind: 'series', id: name.slice('series:'.length) };
  return { kind: 'ledger' };
}

/**
 * What is known of a measure of any kind.
 *
 * @throws BellwetherError `invalid_parameter` for a measure of requests that there is not, and a name that is too long.
 */
export function describeMeasure(name: string): MeasureDescription {
  const read = readMeasureName(name);
  if (read.kind === 'ledger') return measureOf(name);
  if (name.length > NAME_LENGTH_MAX + 20)
    throw new BellwetherError('invalid_parameter', 'The name of the measure is too long.', {
      field: 'measure',
    });
  const help =
    read.kind === 'sample' ? `Samples of ${read.name}.` : `The series ${read.id} of the configuration.`;
  return { name, unit: 'value', help, good: 'neutral', kind: 'level' };
}

/**
 * What a measure can be told apart by, without repetition: dimensions of requests, or the
 * labels that samples have.
 *
 * @throws BellwetherError `invalid_parameter` for an unknown dimension, for what is no label, and for too many.
 */
export function dimensionsFor(measure: string, by: readonly string[]): string[] {
  if (readMeasureName(measure).kind === 'ledger') return columnsOf(by);
  const names = [...new Set(by)];
  const isLabel = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_.]{0,255}$/.test(name);
  if (names.length <= LABELS_MAX && names.every(isLabel)) return names;
  throw new BellwetherError('invalid_parameter', `by takes up to ${LABELS_MAX} names of labels.`, {
    field: 'by',
  });
}
