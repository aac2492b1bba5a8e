/**
 * Carries exact money to a series of doubles. Adding each amount as a double would
 * drift; here the sum stays in pico-dollars, and when the series is looked at it is
 * moved to the double nearest to the sum.
 */

import { usdAsNumber } from '../../money.ts';
import { ExactSum } from './exact-sum.ts';
import type { PicoAmount } from './pico-amount.ts';

/** The series of a counter or gauge that shows a sum, and that nothing else changes. */
interface Shown {
  readonly value: number;
  inc(amount: number): void;
}

/** All series of money that changed since they were last shown. */
export class MoneyLedger {
  readonly #changed = new Set<MoneySeries>();

  /** Opens a series that is shown by `series`. */
  open(series: Shown): MoneySeries {
    return new MoneySeries(series, this.#changed);
  }

  /** Brings every series up to date. */
  show(): void {
    for (const series of this.#changed) series.show();
    this.#changed.clear();
  }
}

/** One series of money. */
export class MoneySeries {
  readonly #series: Shown;
  readonly #changed: Set<MoneySeries>;
  readonly #sum = new ExactSum();
  #waiting = false;

  constructor(series: Shown, changed: Set<MoneySeries>) {
    this.#series = series;
    this.#changed = changed;
  }

  /** Adds an amount that is not negative. It shows once the ledger's `show` is called. */
  add(amount: PicoAmount): void {
    this.#sum.add(amount);
    if (this.#waiting) return;
    this.#waiting = true;
    this.#changed.add(this);
  }

  /** Brings the series up to date. */
  show(): void {
    this.#waiting = false;
    const target = usdAsNumber(this.#sum.total);
    const missing = increment(this.#series.value, target);
    if (missing > 0) this.#series.inc(missing);
  }
}

/**
 * What to add to one double so that the sum is rounded to another, larger one. Their
 * difference does that within a factor of two (Sterbenz' lemma); after a greater leap
 * it is itself rounded, and may have to be a little smaller or larger.
 */
function increment(from: number, to: number): number {
  const difference = to - from;
  const step = to * 2 ** -54;
  for (let steps = 0; steps <= 8; steps++) {
    if (from + (difference - steps * step) === to) return difference - steps * step;
    if (from + (difference + steps * step) === to) return difference + steps * step;
  }
  return difference;
}
