/** Scraped samples as the families that the server shows for applications take them: histograms put together again. */

import type { Relayed } from '../live/relayed-families.ts';
import type { Labels, Sample, SampleSource } from '../samples/sample.ts';

interface Parts {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly buckets: (readonly [bound: number, count: number])[];
  count: number | null;
  sum: number;
}

/** What the samples of one scrape say of each series; those of families that nobody shows are passed over later. */
export function relayed(samples: readonly Sample[], source: SampleSource): Relayed[] {
  const histograms = new Map<string, Parts>();
  const found: Relayed[] = [];
  for (const { name, labels, timestampMs, value } of samples) {
    found.push({ name, source, labels, timestampMs, value: { kind: 'number', value }, isDelta: false });
    const [, base, suffix] = /^(.+)_(bucket|count|sum)$/.exec(name) ?? [];
    if (base === undefined) continue;
    const { le, ...others } = labels;
    const key = `${base} ${JSON.stringify(others)}`;
    const parts = histograms.get(key) ?? {
      labels: others,
      timestampMs,
      buckets: [],
      count: null,
      sum: Number.NaN,
    };
    histograms.set(key, parts);
    if (suffix === 'count') parts.count = value;
    else if (suffix === 'sum') parts.sum = value;
    else if (le !== undefined && le !== '+Inf') parts.buckets.push([Number(le), value]);
  }
  for (const [key, { labels, timestampMs, buckets, count, sum }] of histograms) {
    if (count === null || buckets.length === 0) continue;
    const sorted = buckets.toSorted(([a], [b]) => a - b);
    const cumulated = [...sorted.map(([, held]) => held), count];
    found.push({
      name: key.slice(0, key.indexOf(' ')),
      source,
      labels,
      timestampMs,
      value: {
        kind: 'histogram',
        count,
        sum,
        bounds: sorted.map(([bound]) => bound),
        counts: cumulated.map((held, i) => held - (cumulated[i - 1] ?? 0)),
      },
      isDelta: false,
    });
  }
  return found;
}
