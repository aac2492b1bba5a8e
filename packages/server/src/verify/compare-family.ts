/** One counter against the ledger, series by series. Pure, so that a test can tamper with what is counted. */

import { type MetricFamily, OVERFLOW_LABEL_VALUE } from '@bellwether/metrics';
import type { CheckedFamily } from './accuracy-families.ts';

/** A series that differs. */
export interface DifferingSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Of the ledger, exactly. */
  readonly expected: string;
  /** Of the counter. */
  readonly actual: string;
}

/** How a family agrees. */
export interface FamilyAccuracy {
  readonly family: string;
  /** What was compared: each series, or the sum of all where series have run over or were charged anew. */
  readonly compared: 'series' | 'sum';
  readonly series: number;
  /** The sums over all series. */
  readonly expected: string;
  readonly actual: string;
  /** 1 less the differences of all series divided by what is expected of all; at least 0. */
  readonly accuracy: number;
  readonly equal: boolean;
  /** The first series that differ. */
  readonly differing: readonly DifferingSeries[];
}

/** A group of the ledger: its labels in the order of the family, and the value as text. */
export interface LedgerGroup {
  readonly labels: readonly string[];
  readonly value: string;
}

/** Series that are named of a family. */
const NAMED_MAX = 10;
/** How far a sum of doubles may lie from the exact sum, relative to it. */
const ROUNDED_SHARE = 1e-9;

/**
 * Compares a family.
 *
 * @param shown the family as it is exposed.
 * @param correction what re-ratings have added to the ledger since; the sum is compared if it is not null.
 */
export function compareFamily(
  checked: CheckedFamily,
  shown: MetricFamily,
  groups: readonly LedgerGroup[],
  correction: number | null,
): FamilyAccuracy {
  const { sample, labels, rounded } = checked;
  const names = Object.keys(labels);
  const keyOf = (values: readonly string[]): string => JSON.stringify(values);
  const counted = new Map<string, number>();
  let hasOverflow = false;
  for (const each of shown.samples) {
    if (each.name !== sample) continue;
    const values = names.map((name) => each.labels[name] ?? '');
    if (values.includes(OVERFLOW_LABEL_VALUE)) hasOverflow = true;
    counted.set(keyOf(values), each.value);
  }
  const stored = new Map(groups.map(({ labels: values, value }) => [keyOf(values), value]));
  const bySum = hasOverflow || correction !== null;
  const expectedSum = groups.reduce((total, { value }) => total + Number(value), 0) - (correction ?? 0);
  const actualSum = [...counted.values()].reduce((total, value) => total + value, 0);
  const keys = bySum ? [] : [...new Set([...stored.keys(), ...counted.keys()])];
  const differences = keys.flatMap((key) => {
    const [expected, actual] = [stored.get(key) ?? '0', counted.get(key) ?? 0];
    if (agrees(Number(expected), actual, rounded)) return [];
    const values = JSON.parse(key) as string[];
    const named = Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
    return [{ labels: named, expected, actual: String(actual) }];
  });
  const sumAgrees = agrees(expectedSum, actualSum, true);
  const apart = bySum
    ? sumAgrees
      ? 0
      : Math.abs(expectedSum - actualSum)
    : differences.reduce(
        (total, { expected, actual }) => total + Math.abs(Number(expected) - Number(actual)),
        0,
      );
  return {
    family: sample,
    compared: bySum ? 'sum' : 'series',
    series: counted.size,
    expected: sumText(expectedSum),
    actual: sumText(actualSum),
    accuracy: apart === 0 ? 1 : Math.max(0, 1 - apart / Math.abs(expectedSum)),
    equal: apart === 0 && differences.length === 0,
    differing: differences.slice(0, NAMED_MAX),
  };
}

/** A sum for people, without the digits that adding doubles leaves behind. */
function sumText(sum: number): string {
  return String(Number(sum.toPrecision(15)));
}

/** A counter is the double nearest to an exact sum of counts or dollars, or a sum of doubles. */
function agrees(expected: number, actual: number, rounded: boolean | undefined): boolean {
  return rounded === true
    ? Math.abs(expected - actual) <= Math.abs(expected) * ROUNDED_SHARE
    : expected === actual;
}
