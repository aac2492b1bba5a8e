/** Scraped samples as the families that the server shows for others take them: histograms and summaries put together again. */

import type { Relayed, RelayedValue } from '../live/relayed-families.ts';
import type { Labels, Sample, SampleSource } from '../samples/sample.ts';

/** What the samples of a histogram or a summary say together. */
interface Parts {
  readonly name: string;
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly buckets: (readonly [bound: number, count: number])[];
  readonly quantiles: { readonly quantile: number; readonly value: number }[];
  count: number | null;
  sum: number;
}

/** What the samples of one scrape say of each series; those of families that nobody shows are passed over later. */
export function relayed(samples: readonly Sample[], source: SampleSource): Relayed[] {
  const wholes = new Map<string, Parts>();
  const found: Relayed[] = [];
  for (const sample of samples) {
    const { name, labels, timestampMs, value } = sample;
    found.push({ name, source, labels, timestampMs, value: { kind: 'number', value }, isDelta: false });
    const [, base, suffix] = /^(.+)_(bucket|count|sum)$/.exec(name) ?? [];
    if (base !== undefined) {
      const parts = partsOf(wholes, base, sample);
      const { le } = labels;
      if (suffix === 'count') parts.count = value;
      else if (suffix === 'sum') parts.sum = value;
      else if (le !== undefined && le !== '+Inf') parts.buckets.push([Number(le), value]);
    } else if (labels['quantile'] !== undefined)
      partsOf(wholes, name, sample).quantiles.push({ quantile: Number(labels['quantile']), value });
  }
  for (const parts of wholes.values()) {
    const { name, labels, timestampMs } = parts;
    const value = wholeOf(parts);
    if (value !== null) found.push({ name, source, labels, timestampMs, value, isDelta: false });
  }
  return found;
}

function partsOf(wholes: Map<string, Parts>, name: string, { labels, timestampMs }: Sample): Parts {
  const { le: _le, quantile: _quantile, ...others } = labels;
  const key = `${name} ${JSON.stringify(others)}`;
  const known = wholes.get(key);
  if (known !== undefined) return known;
  const parts: Parts = {
    name,
    labels: others,
    timestampMs,
    buckets: [],
    quantiles: [],
    count: null,
    sum: Number.NaN,
  };
  wholes.set(key, parts);
  return parts;
}

function wholeOf({ buckets, quantiles, count, sum }: Parts): RelayedValue | null {
  if (count === null) return null;
  if (buckets.length === 0)
    return {
      kind: 'summary',
      count,
      sum,
      quantiles: quantiles.toSorted((a, b) => a.quantile - b.quantile),
    };
  const sorted = buckets.toSorted(([a], [b]) => a - b);
  const cumulated = [...sorted.map(([, held]) => held), count];
  return {
    kind: 'histogram',
    count,
    sum,
    bounds: sorted.map(([bound]) => bound),
    counts: cumulated.map((held, i) => held - (cumulated[i - 1] ?? 0)),
  };
}
