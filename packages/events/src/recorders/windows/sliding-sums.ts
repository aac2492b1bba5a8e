/**
 * Sums over the last minutes: a ring of parts, each a row of sums for a stretch of
 * time. Adding is an addition in an array; a part is emptied when its time comes
 * round again.
 */

/** How long the parts are and how many are kept; the last of them is under way. */
export interface SlidingShape {
  readonly partMs: number;
  readonly parts: number;
}

/** Parts of ten seconds: five minutes and the part under way. */
export const fiveMinutes: SlidingShape = { partMs: 10_000, parts: 31 };

/** Parts of an hour: a day and the part under way. */
export const oneDay: SlidingShape = { partMs: 3_600_000, parts: 25 };

/** Several sums that slide together. */
export class SlidingSums {
  /** The sums of all parts; those of the current part begin at what {@link at} gives. */
  readonly values: Float64Array;
  readonly #fields: number;
  readonly #shape: SlidingShape;
  #part: number;

  /** @param nowMs the monotonic time, as in all calls. */
  constructor(fields: number, shape: SlidingShape, nowMs: number) {
    this.#fields = fields;
    this.#shape = shape;
    this.values = new Float64Array(fields * shape.parts);
    this.#part = Math.floor(nowMs / shape.partMs);
  }

  /** Where the sums of the current part begin. */
  at(nowMs: number): number {
    const part = Math.floor(nowMs / this.#shape.partMs);
    if (part > this.#part) this.#advance(part);
    return (this.#part % this.#shape.parts) * this.#fields;
  }

  /** The sum of a field over the last `parts` parts, that under way included; over all if left out. */
  sum(field: number, nowMs: number, parts: number = this.#shape.parts): number {
    this.at(nowMs);
    const { parts: kept } = this.#shape;
    let sum = 0;
    for (let back = 0; back < Math.min(parts, kept); back++) {
      const part = this.#part - back;
      if (part < 0) break;
      sum += this.values[(part % kept) * this.#fields + field] ?? 0;
    }
    return sum;
  }

  #advance(part: number): void {
    const { parts } = this.#shape;
    for (let step = Math.min(part - this.#part, parts) - 1; step >= 0; step--) {
      const at = ((part - step) % parts) * this.#fields;
      this.values.fill(0, at, at + this.#fields);
    }
    this.#part = part;
  }
}
