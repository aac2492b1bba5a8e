/** An exact sum of integers, such as pico-dollars or tokens, that costs no bigint for most of its summands. */

import type { PicoUsd } from '../../money.ts';
import type { PicoAmount } from './pico-amount.ts';

/** Two safe integers below this add up to a safe integer. */
const SMALL_MAX = 2 ** 52;

/** A sum of amounts. */
export class ExactSum {
  #whole: PicoUsd = 0n;
  /** What is not in `#whole` yet, a safe integer. */
  #small = 0;

  /** @param amount not negative. */
  add(amount: PicoAmount): void {
    if (typeof amount === 'bigint') {
      this.#whole += amount;
      return;
    }
    if (this.#small >= SMALL_MAX || amount >= SMALL_MAX) {
      this.#whole += BigInt(this.#small);
      this.#small = 0;
      this.#whole += BigInt(amount);
      return;
    }
    this.#small += amount;
  }

  /** The sum. */
  get total(): PicoUsd {
    if (this.#small > 0) {
      this.#whole += BigInt(this.#small);
      this.#small = 0;
    }
    return this.#whole;
  }
}
