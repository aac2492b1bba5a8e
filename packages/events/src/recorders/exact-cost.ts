/**
 * Carries exact money to a counter of doubles. Adding each amount as a double would
 * drift; here the sum stays in pico-dollars and the counter is moved to the double
 * nearest to it.
 */

import { type PicoUsd, usdAsNumber } from '../money.ts';

/** The counter that shows a sum. */
interface Increments {
  inc(amount: number): void;
}

/** One series of money. */
export class ExactCost {
  readonly #counter: Increments;
  #sum: PicoUsd = 0n;
  #shown = 0;

  constructor(counter: Increments) {
    this.#counter = counter;
  }

  /** @param amount not negative. */
  add(amount: PicoUsd): void {
    this.#sum += amount;
    const target = usdAsNumber(this.#sum);
    // The difference of two neighbouring doubles is exact, so the counter lands on the target.
    this.#counter.inc(target - this.#shown);
    this.#shown = target;
  }
}
