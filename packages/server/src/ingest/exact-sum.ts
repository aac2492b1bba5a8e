/**
 * Adds integers exactly without a bigint for each: a plain number carries the sum
 * as long as it can.
 */
export class ExactSum {
  #whole = 0n;
  #part = 0;

  /** @param count an integer between 0 and 2^53 − 1. */
  add(count: number): void {
    if (this.#part > Number.MAX_SAFE_INTEGER - count) {
      this.#whole += BigInt(this.#part);
      this.#part = 0;
    }
    this.#part += count;
  }

  get total(): bigint {
    return this.#whole + BigInt(this.#part);
  }
}
