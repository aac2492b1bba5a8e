/** What of an exposition is kept: its samples with the labels of their target, as Prometheus would have them. */

import { type MetricFamily, type Sample as Scraped, parseExposition } from '@bellwether/metrics';
import { faultOf, type Labels, type Sample, type SampleKind } from '../samples/sample.ts';
import type { Target } from './discovery.ts';

/** A scrape that was read. */
export interface ReadScrape {
  readonly samples: readonly Sample[];
  /** Samples that cannot be kept: too many labels, or a time that is not near. */
  readonly rejected: number;
  /** What was exposed, as it was. */
  readonly families: readonly MetricFamily[];
}

/** How far a sample's own time may be from ours. */
const APART_MS_MAX = 600_000;

/** Reads an exposition. @throws Error if it is none, or has more than `samplesMax` samples. */
export function readScrape(
  body: Uint8Array,
  contentType: string | undefined,
  { labels }: Pick<Target, 'labels'>,
  { samplesMax, atMs }: { readonly samplesMax: number; readonly atMs: number },
): ReadScrape {
  const samples: Sample[] = [];
  let rejected = 0;
  const families = parseExposition(body, contentType).map(asExposed);
  for (const family of families) {
    for (const scraped of family.samples) {
      const kind = kindOf(family, scraped);
      if (kind === null) continue;
      if (samples.length + rejected >= samplesMax)
        throw new Error(`there are more than ${samplesMax} samples`);
      const { name, value, timestamp } = scraped;
      const timestampMs = timestamp === undefined ? atMs : Math.round(timestamp * 1000);
      const sample = { name, kind, labels: labelled(scraped.labels, labels), timestampMs, value };
      if (Math.abs(timestampMs - atMs) > APART_MS_MAX || faultOf(sample) !== null) rejected += 1;
      else samples.push(sample);
    }
  }
  return { samples, rejected, families };
}

/** A family with the names that it was exposed with: the parser gives `_total` to counters that have none. */
function asExposed(family: MetricFamily): MetricFamily {
  const { exposedName: name, samples } = family;
  return name === undefined ? family : { ...family, samples: samples.map((sample) => ({ ...sample, name })) };
}

/** Whether a sample is a level or a running total; null for times of creation, which say nothing of their own. */
function kindOf({ name, type }: MetricFamily, sample: Scraped): SampleKind | null {
  const suffix = sample.name.slice(name.length);
  if (suffix === '_created' && type !== 'gauge' && type !== 'unknown') return null;
  if (type === 'counter') return 'counter';
  if (type === 'histogram') return 'counter';
  return type === 'summary' && suffix !== '' ? 'counter' : 'gauge';
}

/**
 * The labels of both, in the order of their names; a scraped one gives way to the target's under another name, with
 * `exported_` before it as often as it takes to be no other's.
 */
function labelled(scraped: Labels, added: Labels): Labels {
  const isTargets = (name: string): boolean =>
    name === 'job' || name === 'instance' || Object.hasOwn(added, name);
  const all = new Map(Object.entries(scraped).filter(([name]) => !isTargets(name)));
  for (const [name, value] of Object.entries(scraped)) {
    if (!isTargets(name)) continue;
    let other = `exported_${name}`;
    while (all.has(other) || isTargets(other)) other = `exported_${other}`;
    all.set(other, value);
  }
  for (const [name, value] of Object.entries(added)) all.set(name, value);
  const given = [...all].filter(([, value]) => value !== '');
  return Object.fromEntries(given.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Recognises that what is scraped has begun anew: it says so, or a running total is less than it was. */
export class RestartWatch {
  #totals: ReadonlyMap<string, number> = new Map();
  #startedSeconds: number | null = null;

  /** Takes the next scrape; true if there was a restart since the one before. */
  take(samples: readonly Sample[]): boolean {
    const totals = new Map<string, number>();
    let startedSeconds: number | null = null;
    let isLess = false;
    for (const { name, kind, labels, value } of samples) {
      if (name === 'process_start_time_seconds') startedSeconds = value;
      if (kind !== 'counter' || name.endsWith('_sum')) continue;
      const key = `${name} ${JSON.stringify(labels)}`;
      isLess ||= value < (this.#totals.get(key) ?? value);
      totals.set(key, value);
    }
    const before = this.#startedSeconds;
    this.#totals = totals;
    if (startedSeconds !== null) this.#startedSeconds = startedSeconds;
    // Some exporters compute the time from the uptime, so that it wavers by less than a second.
    return isLess || (before !== null && startedSeconds !== null && startedSeconds - before > 1);
  }
}
