/** What an anomaly is, from the moment it is seen until it is over. */

import { createHash } from 'node:crypto';
import type { AnomalyKind } from '../analyse/detect/index.ts';
import type { Attribution } from './attribution.ts';

/** What an anomaly is: what the detector tells, and a price that has changed. */
export type Kind = AnomalyKind | 'price_change';

/** An anomaly of one series. Times are epoch milliseconds, values in the unit of the measure. */
export interface Anomaly {
  readonly id: string;
  /** Anomalies that began together have the same: it is the id of the first. */
  readonly incident: string;
  readonly measure: string;
  /** What the series is of; none for all requests. */
  readonly labels: Readonly<Record<string, string>>;
  readonly kinds: readonly Kind[];
  /** Measures of the same labels that were odd at the same time and count as evidence. */
  readonly evidence: readonly string[];
  /** 0 to 1; the highest so far. */
  readonly score: number;
  /** When it began, as far as that can be told. */
  readonly sinceMs: number;
  /** The end of the step with which it became clear. */
  readonly openedMs: number;
  /** The start of the oddest step. */
  readonly peakMs: number;
  /** The end of the last odd step; null while it lasts. */
  readonly untilMs: number | null;
  /** Of the oddest step. */
  readonly expected: number;
  readonly actual: number;
  /** How far off the oddest step was, in robust standard deviations. */
  readonly sigmas: number;
  /** Which values of dimensions explain it; null where that is not known. */
  readonly cause: Attribution | null;
  /** What the oddest step came to after late events, where that differs; null where it does not. */
  readonly revised: number | null;
}

/** The name of an anomaly: the same series and beginning give the same. */
export function anomalyId(
  measure: string,
  labels: Readonly<Record<string, string>>,
  openedMs: number,
): string {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([measure, pairs, openedMs]))
    .digest('hex')
    .slice(0, 16);
}

/** How far off, in percent of what was expected; null where that is 0. */
export function percentOff({ expected, actual }: Pick<Anomaly, 'expected' | 'actual'>): number | null {
  return expected === 0 ? null : (100 * (actual - expected)) / Math.abs(expected);
}
