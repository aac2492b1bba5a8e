/**
 * Notices series that are no longer there, and ends them: without a stale marker a
 * receiver goes on showing the last value for minutes.
 */
import type { RemoteSample, RemoteSeries } from './series.ts';

/** Remembers the series of the last collection. */
export class StaleSeries {
  #last = new Map<string, RemoteSeries>();
  #lastHistograms = new Set<string>();
  #living = new Map<string, RemoteSeries>();
  #histograms = new Set<string>();

  /**
   * Takes samples of the collection at hand. Series with times of their own are never
   * ended, since nobody can say when they did.
   */
  note(samples: readonly RemoteSample[]): void {
    for (const { series, hasOwnTime, histogram } of samples) {
      if (hasOwnTime) continue;
      this.#living.set(series.key, series);
      if (histogram !== undefined) this.#histograms.add(series.key);
    }
  }

  /** Ends the collection: gives a marker for each series that the one before had and this one has not. */
  finish(nowMs: number): RemoteSample[] {
    const markers: RemoteSample[] = [];
    for (const [key, series] of this.#last) {
      if (!this.#living.has(key)) markers.push(staleMarker(series, nowMs, this.#lastHistograms.has(key)));
    }
    this.#last = this.#living;
    this.#lastHistograms = this.#histograms;
    this.#living = new Map();
    this.#histograms = new Set();
    return markers;
  }
}

function staleMarker(series: RemoteSeries, timestampMs: number, isHistogram: boolean): RemoteSample {
  const none = { positiveSpans: [], positiveDeltas: [], negativeSpans: [], negativeDeltas: [] };
  return {
    series,
    value: Number.NaN,
    histogram: isHistogram
      ? { schema: 0, zeroThreshold: 0, zeroCount: 0, count: 0, sum: Number.NaN, ...none }
      : undefined,
    timestampMs,
    startTimestampMs: undefined,
    exemplars: [],
    isStale: true,
    hasOwnTime: false,
  };
}
