/**
 * What was spent, by budget, period and key, exactly. The same fold adds rows of the
 * journal to sums of the ledger and to the sums of the running server, so that the
 * one can be held against the other.
 */

import type { PicoUsd } from '@bellwether/events';
import { parseUsd } from '@bellwether/events';
import type { LedgerRow } from '../ledger/row.ts';
import { type Budget, keyFor, labelsOfRow, rowInstantMs } from './budget.ts';

/** Keys of one period of one budget; the rest shares {@link OVERFLOW_KEY}. */
export const KEYS_MAX = 10_000;
/** What has no place of its own is counted under this key; no label can be it, since it holds a control character. */
export const OVERFLOW_KEY = '\u{1}overflow';

/** Amounts by budget, period and key. */
export class Sums {
  readonly #byBudget = new Map<string, Map<number, Map<string, PicoUsd>>>();

  /** The amount; 0 where there is none. */
  get(budget: string, startMs: number, key: string): PicoUsd {
    return this.period(budget, startMs).get(key) ?? 0n;
  }

  /** The amounts of a period by key. */
  period(budget: string, startMs: number): ReadonlyMap<string, PicoUsd> {
    return this.#byBudget.get(budget)?.get(startMs) ?? none;
  }

  /** Adds to an amount; one that becomes 0 is forgotten. */
  add(budget: string, startMs: number, key: string, amount: PicoUsd): void {
    this.set(budget, startMs, key, this.get(budget, startMs, key) + amount);
  }

  set(budget: string, startMs: number, key: string, amount: PicoUsd): void {
    let periods = this.#byBudget.get(budget);
    if (periods === undefined) this.#byBudget.set(budget, (periods = new Map()));
    let keys = periods.get(startMs);
    if (keys === undefined) periods.set(startMs, (keys = new Map()));
    if (amount === 0n) keys.delete(key);
    else keys.set(key, amount);
  }

  /** Forgets the periods of a budget that begin before an instant; all of them without one. */
  drop(budget: string, beforeMs = Number.POSITIVE_INFINITY): void {
    const periods = this.#byBudget.get(budget);
    for (const startMs of periods?.keys() ?? []) if (startMs < beforeMs) periods?.delete(startMs);
  }

  /** Every amount. */
  *entries(): Generator<SumEntry> {
    for (const [budget, periods] of this.#byBudget) {
      for (const [startMs, keys] of periods) {
        for (const [key, amount] of keys) yield { budget, startMs, key, amount };
      }
    }
  }
}

const none: ReadonlyMap<string, PicoUsd> = new Map();

/** One amount. */
export interface SumEntry {
  readonly budget: string;
  readonly startMs: number;
  readonly key: string;
  readonly amount: PicoUsd;
}

/** Where a key is counted: under itself while there is room. */
export function placeOf(sums: Sums, budget: string, startMs: number, key: string): string {
  const keys = sums.period(budget, startMs);
  return keys.has(key) || keys.size < KEYS_MAX ? key : OVERFLOW_KEY;
}

/** A budget, and from when on its sums hold everything; what lies earlier is the ledger's alone. */
export interface Counted {
  readonly budget: Budget;
  readonly completeFromMs: number;
}

/**
 * Adds the cost of rows to the periods of their timestamps. Rows without a known cost add nothing.
 *
 * @param onto the sums that these will be added to, which decide whether there is room for a key.
 */
export function foldRows(
  sums: Sums,
  counted: readonly Counted[],
  rows: readonly LedgerRow[],
  onto: Sums = sums,
): void {
  if (counted.length === 0) return;
  for (const row of rows) {
    if (typeof row.cost_usd !== 'string') continue;
    const cost = parseUsd(row.cost_usd) ?? 0n;
    if (cost === 0n) continue;
    const labels = labelsOfRow(row);
    const instantMs = rowInstantMs(row.timestamp);
    for (const { budget, completeFromMs } of counted) {
      if (instantMs < completeFromMs) continue;
      const matched = keyFor(budget, labels);
      if (matched === null) continue;
      const { id } = budget.definition;
      const { startMs } = budget.calendar.at(instantMs);
      const known = sums.period(id, startMs).has(matched);
      sums.add(id, startMs, known ? matched : placeOf(onto, id, startMs, matched), cost);
    }
  }
}
