/**
 * What OpenMetrics 1.0 says of each metric type: which sample names it has, which
 * labels those carry, and which values are allowed. Tables and pure checks only;
 * what concerns several samples together is in `metric-group.ts`.
 */
import type { MetricType } from '../family.ts';
import type { Cursor } from './cursor.ts';
import { parseNumber } from './number.ts';

/** What a sample is within its metric. */
export type Role =
  | 'value'
  | 'total'
  | 'created'
  | 'bucket'
  | 'count'
  | 'sum'
  | 'gcount'
  | 'gsum'
  | 'quantile'
  | 'info'
  | 'state';

/** The suffixes of the sample names of each type, with the role that each stands for. */
export const SUFFIXES: Readonly<Record<MetricType, Readonly<Record<string, Role>>>> = {
  counter: { _total: 'total', _created: 'created' },
  gauge: { '': 'value' },
  histogram: { _bucket: 'bucket', _count: 'count', _sum: 'sum', _created: 'created' },
  gaugehistogram: { _bucket: 'bucket', _gcount: 'gcount', _gsum: 'gsum' },
  summary: { '': 'quantile', _count: 'count', _sum: 'sum', _created: 'created' },
  info: { _info: 'info' },
  stateset: { '': 'state' },
  unknown: { '': 'value' },
};

/** Whether the text names a metric type of OpenMetrics. */
export function isMetricType(text: string): text is MetricType {
  return Object.hasOwn(SUFFIXES, text);
}

/** The role of a sample name within a family, or undefined if it does not belong there. */
export function roleOf(type: MetricType, familyName: string, sampleName: string): Role | undefined {
  if (!sampleName.startsWith(familyName)) return undefined;
  const suffixes = SUFFIXES[type];
  const suffix = sampleName.slice(familyName.length);
  return Object.hasOwn(suffixes, suffix) ? suffixes[suffix] : undefined;
}

/** The label that sets the samples of one metric apart: `le`, `quantile`, or the family's name for a state. */
export function distinguishingLabel(role: Role, familyName: string): string | undefined {
  if (role === 'bucket') return 'le';
  if (role === 'quantile') return 'quantile';
  return role === 'state' ? familyName : undefined;
}

/** The upper bound of a bucket as written in `le`. Infinity must be written `+Inf`; NaN is no bound. */
export function bucketBound(cursor: Cursor): number {
  const text = cursor.labelValue('le');
  if (text === undefined) return cursor.fail('LABEL_MISSING', 'le');
  const bound = parseNumber(text, 0, text.length);
  const isBound = bound !== undefined && !Number.isNaN(bound) && (bound !== Infinity || text === '+Inf');
  return isBound ? bound : cursor.fail('BUCKET_BOUND', text);
}

/** The quantile as written in its label, from 0 to 1. */
export function quantileRank(cursor: Cursor): number {
  const text = cursor.labelValue('quantile');
  if (text === undefined) return cursor.fail('LABEL_MISSING', 'quantile');
  const rank = parseNumber(text, 0, text.length);
  return rank !== undefined && rank >= 0 && rank <= 1 ? rank : cursor.fail('QUANTILE_INVALID', text);
}

/** Throws unless the value is one that a sample in this role may have. */
export function checkValue(cursor: Cursor, role: Role, value: number): void {
  switch (role) {
    case 'value':
      return;
    case 'total':
    case 'sum':
      if (Number.isNaN(value)) cursor.fail('VALUE_NAN', role);
      if (value < 0) cursor.fail('VALUE_NEGATIVE', role);
      return;
    case 'gsum':
      // Whether it may be negative depends on the buckets.
      if (Number.isNaN(value)) cursor.fail('VALUE_NAN', role);
      return;
    case 'bucket':
    case 'count':
    case 'gcount':
      if (value < 0) cursor.fail('VALUE_NEGATIVE', role);
      if (!Number.isInteger(value)) cursor.fail('VALUE_FRACTION', role);
      return;
    case 'created':
      if (!Number.isFinite(value)) cursor.fail('VALUE_NOT_FINITE', 'creation time');
      return;
    case 'quantile':
      if (value < 0) cursor.fail('VALUE_NEGATIVE', role);
      return;
    case 'info':
      if (value !== 1) cursor.fail('VALUE_NOT_ONE');
      return;
    case 'state':
      if (value !== 0 && value !== 1) cursor.fail('VALUE_NOT_BOOLEAN');
      return;
  }
}
