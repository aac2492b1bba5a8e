/** Holds sums against those that were counted anew. */

import { formatUsd } from '@bellwether/events';
import type { Counted, Sums } from './sums.ts';
import { OVERFLOW_KEY } from './sums.ts';

/** A sum that is not what it should be. Amounts are exact decimal dollars. */
export interface SumDifference {
  readonly budget: string;
  /** RFC 3339. */
  readonly period: string;
  readonly key: string;
  readonly expected: string;
  readonly actual: string;
}

/** What a verification of the sums found. */
export interface BudgetVerification {
  readonly consistent: boolean;
  /** Sums that were compared. */
  readonly compared: number;
  readonly differences: readonly SumDifference[];
}

/** Compares what is kept with what was counted, for every period that both hold completely. */
export function compareSums(kept: Sums, anew: Sums, counted: readonly Counted[]): BudgetVerification {
  const differences: SumDifference[] = [];
  let compared = 0;
  for (const { budget, completeFromMs } of counted) {
    const { id } = budget.definition;
    const starts = new Set(
      [...kept.entries(), ...anew.entries()]
        .filter((entry) => entry.budget === id && entry.startMs >= completeFromMs)
        .map(({ startMs }) => startMs),
    );
    for (const startMs of [...starts].toSorted((a, b) => a - b)) {
      const [mine, theirs] = [kept.period(id, startMs), anew.period(id, startMs)];
      // Which keys found a place of their own depends on the order of events: then only the total tells.
      const overflown = mine.has(OVERFLOW_KEY) || theirs.has(OVERFLOW_KEY);
      const keys = overflown ? [OVERFLOW_KEY] : new Set([...mine.keys(), ...theirs.keys()]);
      for (const key of keys) {
        const [expected, actual] = [theirs, mine].map((sums) =>
          overflown ? [...sums.values()].reduce((sum, amount) => sum + amount, 0n) : (sums.get(key) ?? 0n),
        );
        compared += 1;
        if (expected === actual) continue;
        differences.push({
          budget: id,
          period: new Date(startMs).toISOString(),
          key: overflown ? 'all' : key,
          expected: formatUsd(expected ?? 0n),
          actual: formatUsd(actual ?? 0n),
        });
      }
    }
  }
  return { consistent: differences.length === 0, compared, differences };
}
