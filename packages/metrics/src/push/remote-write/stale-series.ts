/**
 * Notices series that are no longer there, and ends them: without a stale marker a
 * receiver goes on showing the last value for minutes.
 */
import type { RemoteSample, RemoteSeries } from './series.ts';

/** Remembers the series of the last collection. */
export class StaleSeries {
  #living = new Map<string, RemoteSeries>();
  #histograms = new Set<string>();

  /**
   * Takes the samples of a collection and gives back stale markers for the series
   * that the one before had and this one has not. Series with times of their own
   * have no such markers, since nobody can say when they ended.
   */
  update(samples: readonly RemoteSample[], nowMs: number): RemoteSample[] {
    const living = new Map<string, RemoteSeries>();
    const histograms = new Set<string>();
    for (const { series, hasOwnTime, histogram } of samples) {
      if (hasOwnTime) continue;
      living.set(series.key, series);
      if (histogram !== undefined) histograms.add(series.key);
    }
    const ended = [...this.#living.values()].filter(({ key }) => !living.has(key));
    const markers = ended.map((series) => staleMarker(series, nowMs, this.#histograms.has(series.key)));
    this.#living = living;
    this.#histograms = histograms;
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
