/**
 * The demo's traffic as a source of series, without a server: what the analyst would
 * read from a ledger of it, minute by minute. Events are generated as they are asked
 * for, in the order of time, and forgotten two days later.
 */

import { anchorOf, describeStory, type StoryFact } from '../../packages/server/src/demo/story.ts';
import type { DemoEvent } from '../../packages/server/src/demo/request.ts';
import { createTraffic, type Traffic } from '../../packages/server/src/demo/traffic.ts';
import { emptyValue, measureOf } from '../../packages/server/src/series/measures.ts';
import type {
  Series,
  SeriesFilter,
  SeriesQuery,
  SeriesSource,
} from '../../packages/server/src/series/series.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What a step of a group adds up to. */
interface Sums {
  requests: number;
  errors: number;
  cost: number;
  input: number;
  output: number;
  cached: number;
  quality: number;
  rated: number;
  readonly latencies: number[];
  readonly ttfts: number[];
}

const measured: Readonly<Record<string, (sums: Sums) => number>> = {
  requests: (sums) => sums.requests,
  error_ratio: (sums) => sums.errors / sums.requests,
  latency_p50_ms: ({ latencies }) => quantile(latencies, 0.5),
  latency_p95_ms: ({ latencies }) => quantile(latencies, 0.95),
  latency_avg_ms: ({ latencies }) => mean(latencies),
  ttft_p95_ms: ({ ttfts }) => quantile(ttfts, 0.95),
  ttft_avg_ms: ({ ttfts }) => mean(ttfts),
  cost_usd: (sums) => sums.cost,
  total_tokens: (sums) => sums.input + sums.output,
  input_tokens: (sums) => sums.input,
  output_tokens: (sums) => sums.output,
  cached_tokens: (sums) => sums.cached,
  quality_score: (sums) => sums.quality / sums.rated,
  unpriced_requests: () => 0,
};

/** What to generate. */
export interface DemoSourceOptions {
  readonly endMs: number;
  readonly seed?: number;
  readonly eventsTotal?: number;
  /** The story, unless the month is quiet. */
  readonly facts?: readonly StoryFact[];
}

/** The source. */
export class DemoSource implements SeriesSource {
  readonly #traffic: Traffic;
  readonly #minutes = new Map<number, DemoEvent[]>();
  #next: number | null = null;

  constructor({ endMs, seed = 1, eventsTotal = 1_000_000, facts = describeStory(endMs) }: DemoSourceOptions) {
    this.#traffic = createTraffic({ seed, anchorMs: anchorOf(endMs), eventsTotal, facts });
  }

  async query({ measure, ...query }: SeriesQuery): Promise<Series[]> {
    const [series = []] = await this.queryMeasures(query, [measure]);
    return series;
  }

  async queryMeasures(
    { by, where, fromMs, toMs, stepMs, seriesMax = 100 }: Omit<SeriesQuery, 'measure'>,
    measures: readonly string[],
  ): Promise<Series[][]> {
    this.#generate(fromMs, toMs);
    const steps = (toMs - fromMs) / stepMs;
    const groups = new Map<
      string,
      { labels: Record<string, string>; sums: (Sums | undefined)[]; requests: number }
    >();
    for (let minute = fromMs / MINUTE_MS; minute < toMs / MINUTE_MS; minute += 1) {
      const step = Math.floor((minute * MINUTE_MS - fromMs) / stepMs);
      for (const event of this.#minutes.get(minute) ?? []) {
        if (!where.every((filter) => holds(filter, event))) continue;
        const values = by.map((name) => valueOf(event, name));
        const key = values.join('\n');
        let group = groups.get(key);
        if (group === undefined) {
          const labels = Object.fromEntries(by.map((name, i) => [name, values[i] ?? '']));
          group = { labels, sums: Array.from({ length: steps }, () => undefined), requests: 0 };
          groups.set(key, group);
        }
        group.requests += 1;
        add((group.sums[step] ??= noSums()), event);
      }
    }
    const kept = [...groups.values()].toSorted((a, b) => b.requests - a.requests).slice(0, seriesMax);
    const timestampsMs = Array.from({ length: steps }, (_none, step) => fromMs + step * stepMs);
    if (kept.length === 0 && by.length === 0)
      kept.push({ labels: {}, sums: timestampsMs.map(() => undefined), requests: 0 });
    return measures.map((name) => {
      const empty = emptyValue(measureOf(name));
      const of = measured[name];
      if (of === undefined) throw new Error(`the demo's source does not measure ${name}`);
      return kept.map(({ labels, sums }) => ({
        labels,
        timestampsMs,
        values: sums.map((one) => (one === undefined ? empty : of(one))),
      }));
    });
  }

  #generate(fromMs: number, toMs: number): void {
    this.#next ??= fromMs / MINUTE_MS;
    for (; this.#next < toMs / MINUTE_MS; this.#next += 1) {
      const events: DemoEvent[] = [];
      this.#traffic.appendMinute(this.#next, events);
      for (const event of events) {
        const minute = Math.floor(event.timestamp / MINUTE_MS);
        const list = this.#minutes.get(minute);
        if (list === undefined) this.#minutes.set(minute, [event]);
        else list.push(event);
      }
    }
    for (const minute of this.#minutes.keys()) {
      if (minute * MINUTE_MS < fromMs - 2 * DAY_MS) this.#minutes.delete(minute);
    }
  }
}

function valueOf(event: DemoEvent, name: string): string {
  const value: unknown = Reflect.get(event, name);
  return typeof value === 'string' ? value : '';
}

function holds({ dimension, operator, values }: SeriesFilter, event: DemoEvent): boolean {
  return values.includes(valueOf(event, dimension)) === (operator === '=');
}

function noSums(): Sums {
  const none = { requests: 0, errors: 0, cost: 0, input: 0, output: 0, cached: 0, quality: 0, rated: 0 };
  return { ...none, latencies: [], ttfts: [] };
}

function add(sums: Sums, event: DemoEvent): void {
  const numberOf = (name: string): number => Number(Reflect.get(event, name) ?? 0);
  sums.requests += 1;
  if (event.status !== 'success') sums.errors += 1;
  sums.cost += numberOf('cost_usd');
  sums.input += numberOf('input_tokens');
  sums.output += numberOf('output_tokens');
  sums.cached += numberOf('cache_read_tokens');
  if (event.quality_score !== undefined) {
    sums.quality += event.quality_score;
    sums.rated += 1;
  }
  sums.latencies.push(event.latency_ms);
  if (event.ttft_ms !== undefined) sums.ttfts.push(event.ttft_ms);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}
