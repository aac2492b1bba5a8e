/**
 * Carries exact money to a series of doubles. Adding each amount as a double would
 * drift; here the sum stays in pico-dollars, and when the series is looked at it is
 * moved to the double nearest to the sum.
 */

import { usdAsNumber } from '../../money.ts';
import { ExactSum } from './exact-sum.ts';
import type { PicoAmount } from './pico-amount.ts';

/** A factor that shortens a number by more than roundings can lengthen it. */
const ALMOST = 1 - 2 ** -50;

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
    // The difference of two doubles within a factor of two is exact (Sterbenz' lemma), and adding it lands
    // on the target. A greater leap is made in two steps, the first of them a little too short: its rounding
    // can then not lead beyond the target, from where a counter cannot come back.
    if (this.#series.value < target / 2) this.#series.inc((target - this.#series.value) * ALMOST);
    const missing = target - this.#series.value;
    if (missing > 0) this.#series.inc(missing);
  }
}
