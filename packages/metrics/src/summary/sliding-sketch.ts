/**
 * A sketch of what was seen lately: a ring of sketches, each for a part of the time,
 * of which the oldest is emptied when a new part begins.
 */
import type { Clock } from '../clock.ts';
import { Sketch } from './sketch.ts';

/** Over which time observations count. */
export interface Window {
  readonly maxAgeSeconds: number;
  /** Into how many parts the time is divided; the more, the more smoothly old values leave. */
  readonly ageBuckets: number;
}

/** Quantiles over a window of time, or over everything if there is no window. */
export class SlidingSketch {
  readonly #clock: Clock;
  readonly #ring: Sketch[];
  readonly #partMs: number;
  #current = 0;
  #partEndsMs: number;

  constructor(clock: Clock, window: Window | undefined) {
    this.#clock = clock;
    this.#ring = Array.from({ length: window?.ageBuckets ?? 1 }, () => new Sketch());
    this.#partMs = window === undefined ? Infinity : (window.maxAgeSeconds * 1000) / window.ageBuckets;
    this.#partEndsMs = window === undefined ? Infinity : clock.nowMs() + this.#partMs;
  }

  /** Takes a finite number in. */
  add(value: number): void {
    if (this.#partMs !== Infinity) this.#advance();
    this.#ring[this.#current]!.add(value);
  }

  /** How many numbers the window holds. */
  get size(): number {
    this.#advance();
    return this.#ring.reduce((sum, sketch) => sum + sketch.count, 0);
  }

  /** Writes the quantiles of the window from `out[at]` on; `empty` where there is nothing. */
  quantiles(wanted: readonly number[], out: Float64Array, at: number, empty: number): void {
    this.#advance();
    const whole = this.#whole();
    wanted.forEach((q, index) => {
      out[at + index] = whole.count === 0 ? empty : whole.quantile(q);
    });
  }

  /** Forgets everything. */
  clear(): void {
    for (const sketch of this.#ring) sketch.clear();
  }

  /** The sketch of the whole window. */
  whole(): Sketch {
    this.#advance();
    return this.#whole();
  }

  #whole(): Sketch {
    const filled = this.#ring.filter((sketch) => sketch.count > 0);
    if (filled.length <= 1) return filled[0] ?? this.#ring[0]!;
    const whole = new Sketch();
    for (const sketch of filled) whole.merge(sketch);
    return whole;
  }

  /** Empties the parts whose time has passed. */
  #advance(): void {
    if (this.#partMs === Infinity) return;
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#partEndsMs) return;
    const passed = Math.floor((nowMs - this.#partEndsMs) / this.#partMs) + 1;
    for (let step = 0; step < Math.min(passed, this.#ring.length); step++) {
      this.#current = (this.#current + 1) % this.#ring.length;
      this.#ring[this.#current]!.clear();
    }
    this.#partEndsMs += passed * this.#partMs;
  }
}
