/**
 * Samples that wait to be sent, oldest first, in batches of request size. When it
 * is full the oldest are dropped, since the newest say most about now.
 */
import type { RemoteSample } from './series.ts';

/** A bounded queue of batches. */
export class SampleQueue {
  readonly #samplesMax: number;
  readonly #batchMax: number;
  #batches: RemoteSample[][] = [];
  #samples = 0;

  constructor(samplesMax: number, batchMax: number) {
    this.#samplesMax = samplesMax;
    this.#batchMax = batchMax;
  }

  /** The number of samples that wait. */
  get size(): number {
    return this.#samples;
  }

  /** Adds samples; gives back how many old ones had to be dropped for them. */
  add(samples: readonly RemoteSample[]): number {
    for (let from = 0; from < samples.length; ) {
      let last = this.#batches.at(-1);
      if (last === undefined || last.length >= this.#batchMax) {
        last = [];
        this.#batches.push(last);
      }
      const to = from + this.#batchMax - last.length;
      last.push(...samples.slice(from, to));
      from = to;
    }
    this.#samples += samples.length;
    let dropped = 0;
    while (this.#samples > this.#samplesMax) dropped += this.take()?.length ?? 0;
    return dropped;
  }

  /** Removes the oldest batch. */
  take(): RemoteSample[] | undefined {
    const batch = this.#batches.shift();
    this.#samples -= batch?.length ?? 0;
    return batch;
  }
}
