/** How often the same alert was raised of late: what comes and goes all the time is damped. */

import type { AlertStore } from './alert-store.ts';

/** The time that is looked back over. */
const WINDOW_MS = 60 * 60_000;
/** From the so manieth time in it on, an alert is flapping. */
export const FLAPPING_RAISES = 4;
const FINGERPRINTS_MAX = 50_000;

export class RaiseCounts {
  readonly #times = new Map<string, number[]>();
  #sweptMs: number;

  constructor(store: AlertStore, nowMs: number) {
    this.#sweptMs = nowMs;
    for (const { fingerprint, atMs } of store.raisedSince(nowMs - WINDOW_MS)) this.add(fingerprint, atMs);
  }

  /** Notes that an alert is raised, and tells whether it is flapping. */
  add(fingerprint: string, atMs: number): boolean {
    const times = (this.#times.get(fingerprint) ?? []).filter((time) => atMs - time < WINDOW_MS);
    times.push(atMs);
    if (this.#times.size < FINGERPRINTS_MAX || this.#times.has(fingerprint))
      this.#times.set(fingerprint, times.slice(-FLAPPING_RAISES));
    return times.length >= FLAPPING_RAISES;
  }

  /** The wall clock was set by so much. */
  moveTimes(stepMs: number): void {
    this.#sweptMs += stepMs;
    for (const [fingerprint, times] of this.#times)
      this.#times.set(
        fingerprint,
        times.map((time) => time + stepMs),
      );
  }

  /** Lets go of what is long ago, now and then. */
  forget(nowMs: number): void {
    if (nowMs - this.#sweptMs < WINDOW_MS) return;
    this.#sweptMs = nowMs;
    for (const [fingerprint, times] of this.#times)
      if (nowMs - (times.at(-1) ?? 0) >= WINDOW_MS) this.#times.delete(fingerprint);
  }
}
