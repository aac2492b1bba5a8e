/**
 * Label values as callers give them, and as they are kept. A value is kept as a
 * string; a label that is not given, or is empty, is the same thing to Prometheus
 * (no label), so both have the key `''` and one series.
 */
import { MetricsError } from '../errors.ts';

/** What a caller may give as the value of a label. Numbers are written in decimal. */
export type LabelValue = string | number;

/** Labels by name; one that is left out is not exposed. */
export type LabelValues<T extends string> = Partial<Record<T, LabelValue>>;

/** A label set in the order of the declaration; undefined where a label was not given. */
export type LabelTuple = readonly (string | undefined)[];

/** What the functions below need to know of a metric. */
export interface LabelOwner {
  readonly name: string;
  readonly labelNames: readonly string[];
}

/** The text of a label value. Throws LABEL_VALUE_INVALID for what has no obvious text. */
export function labelText(owner: LabelOwner, label: string, value: unknown): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed();
  if (value === undefined) return undefined;
  if (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    typeof value === 'bigint'
  ) {
    return String(value);
  }
  throw new MetricsError('LABEL_VALUE_INVALID', {
    name: owner.name,
    label,
    value: `of type ${typeof value}`,
  });
}

/** The label set of an object of labels. Throws LABEL_UNKNOWN for a label that is not declared. */
export function tupleFromObject(owner: LabelOwner, labels: Readonly<Record<string, unknown>>): LabelTuple {
  for (const label of Object.keys(labels)) {
    if (!owner.labelNames.includes(label)) {
      throw new MetricsError('LABEL_UNKNOWN', { name: owner.name, label, known: owner.labelNames });
    }
  }
  return owner.labelNames.map((label) => labelText(owner, label, labels[label]));
}

/** The label set of values in the declared order. Throws LABEL_COUNT unless there is one for each label. */
export function tupleFromList(owner: LabelOwner, values: readonly unknown[]): LabelTuple {
  const { labelNames } = owner;
  if (values.length !== labelNames.length) {
    throw new MetricsError('LABEL_COUNT', {
      name: owner.name,
      given: values.length,
      declared: labelNames.length,
      known: labelNames,
    });
  }
  return labelNames.map((label, index) => labelText(owner, label, values[index]));
}

/** The labels of a label set, by name; those not given are left out. */
export function labelsOf(labelNames: readonly string[], tuple: LabelTuple): Record<string, string> {
  const labels: Record<string, string> = {};
  labelNames.forEach((label, index) => {
    const value = tuple[index];
    if (value !== undefined) labels[label] = value;
  });
  return labels;
}
