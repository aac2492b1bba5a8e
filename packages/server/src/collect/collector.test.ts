import { describe, expect, it } from 'vitest';
import { type FakeClock, fakeClock } from '../clock.ts';
import { type CollectorJob, readCollectorJobs } from '../config/collector-items.ts';
import type { Outgoing } from '../outgoing/index.ts';
import { Collector } from './collector.ts';
import type { Scrape } from './target-loop.ts';

const START_MS = 1_790_000_000_000;
const INTERVAL_MS = 15_000;
const TARGETS = Array.from({ length: 60 }, (_none, n) => `host-${n}:9100`);

function jobOf(more: Record<string, unknown> = {}): CollectorJob {
  const jobs = readCollectorJobs([{ id: 'j', targets: TARGETS, ...more }]);
  if (typeof jobs === 'string' || jobs[0] === undefined) throw new Error('the job cannot be read');
  return jobs[0];
}

/** A collector on a clock that stands still, whose targets answer after a time. */
function open(
  clock: FakeClock,
  answer: (url: string) => { readonly afterMs: number; readonly body: string | null },
) {
  const scrapes: { readonly instance: string; readonly atMs: number; readonly scrape: Scrape }[] = [];
  const outgoing: Pick<Outgoing, 'request'> = {
    request: async ({ url }) => {
      const { afterMs, body } = answer(url);
      if (afterMs > 0)
        await new Promise<void>((resolve) => {
          clock.setTimeout(resolve, afterMs);
        });
      if (body === null) throw new Error('nobody is there');
      return {
        status: 200,
        headers: { 'content-type': 'text/plain; version=0.0.4' },
        body: Buffer.from(body),
      };
    },
  };
  const collector = new Collector({
    clock,
    outgoing: outgoing as Outgoing,
    intervalMs: INTERVAL_MS,
    onSecret: () => undefined,
    keep: async (scrape) => {
      const atMs = scrape.samples.at(-1)?.timestampMs ?? 0;
      scrapes.push({ instance: scrape.target.instance, atMs: atMs - START_MS, scrape });
    },
  });
  return { collector, scrapes };
}

const page = { afterMs: 0, body: '# TYPE a gauge\na 1\n' };

describe('the collector', () => {
  it('scrapes each target at a moment of its own, which stays the same', async () => {
    const moments = async (): Promise<Map<string, number[]>> => {
      const clock = fakeClock(START_MS);
      const { collector, scrapes } = open(clock, () => page);
      collector.define([jobOf()]);
      await clock.advanceAsync(3 * INTERVAL_MS - 1);
      await collector.close();
      const found = new Map<string, number[]>();
      for (const { instance, atMs } of scrapes) found.set(instance, [...(found.get(instance) ?? []), atMs]);
      return found;
    };
    const [once, again] = [await moments(), await moments()];
    expect(again).toEqual(once);
    expect(once.size).toBe(TARGETS.length);
    for (const [first = 0, second, third] of once.values()) {
      expect(first).toBeLessThan(INTERVAL_MS);
      expect([second, third]).toEqual([first + INTERVAL_MS, first + 2 * INTERVAL_MS]);
    }
    // No tenth of the interval has more than a third of them.
    const tenths = [...once.values()].map(([first = 0]) => Math.floor((10 * first) / INTERVAL_MS));
    const largest = Math.max(...tenths.map((tenth) => tenths.filter((other) => other === tenth).length));
    expect(largest).toBeLessThan(TARGETS.length / 3);
  });

  it('keeps the moments of a target that answers slowly', async () => {
    const clock = fakeClock(START_MS);
    const { collector, scrapes } = open(clock, () => ({ ...page, afterMs: 4000 }));
    collector.define([jobOf({ targets: ['host-1:9100'] })]);
    await clock.advanceAsync(4 * INTERVAL_MS);
    await collector.close();
    const [first = 0, ...others] = scrapes.map(({ atMs }) => atMs);
    expect(others.slice(0, 2)).toEqual([first + INTERVAL_MS, first + 2 * INTERVAL_MS]);
    const took = scrapes[0]?.scrape.samples.find(({ name }) => name === 'scrape_duration_seconds');
    expect(took?.value).toBe(4);
  });

  it('leaves out the names of the exporter where only ours are wanted', async () => {
    const clock = fakeClock(START_MS);
    const body =
      '# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting{model_name="m",user="ann"} 2\n';
    const { collector, scrapes } = open(clock, () => ({ afterMs: 0, body }));
    collector.define([jobOf({ targets: ['host-1:9100'], raw: false })]);
    await clock.advanceAsync(INTERVAL_MS);
    await collector.close();
    expect(scrapes[0]?.scrape.samples.map(({ name }) => name)).toEqual([
      'model_server_requests_waiting',
      'up',
      'scrape_duration_seconds',
      'scrape_samples_scraped',
    ]);
  });

  it('keeps of a scrape that failed that it did, and of one that succeeded how it went', async () => {
    const clock = fakeClock(START_MS);
    const { collector, scrapes } = open(clock, (url) =>
      url.includes('host-1:') ? { ...page, body: null } : page,
    );
    collector.define([jobOf({ targets: ['host-1:9100', 'host-2:9100'], labels: { zone: 'z' } })]);
    await clock.advanceAsync(INTERVAL_MS);
    await collector.close();
    const of = (instance: string) => {
      const samples = scrapes.find((one) => one.instance === instance)?.scrape.samples ?? [];
      return samples.map(({ name, value, labels }) => `${name}{${JSON.stringify(labels)}} ${value}`);
    };
    expect(of('host-1:9100')).toEqual([
      'up{{"zone":"z"}} 0',
      'scrape_duration_seconds{{"zone":"z"}} 0',
      'scrape_samples_scraped{{"zone":"z"}} 0',
    ]);
    expect(of('host-2:9100')).toEqual([
      'a{{"zone":"z"}} 1',
      'up{{"zone":"z"}} 1',
      'scrape_duration_seconds{{"zone":"z"}} 0',
      'scrape_samples_scraped{{"zone":"z"}} 1',
    ]);
    expect(collector.views[0]?.targets.map(({ state }) => state).toSorted()).toEqual(['down', 'up']);
  });
});
