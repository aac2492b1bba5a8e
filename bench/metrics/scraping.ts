/**
 * Exposing: 100,000 counter series and 10,000 histograms, this client against
 * prom-client 15 and OpenTelemetry's SDK. Besides the time, the longest stretch for
 * which nothing else could run on the event loop.
 *
 * OpenTelemetry only gathers its figures here and writes no text, which is less than
 * the others do. Run: node --expose-gc bench/metrics/scraping.ts
 */
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import * as prom from 'prom-client';
import { Counter, Histogram, Registry } from '../../packages/metrics/src/index.ts';
import { machine, median, requireSame } from './harness.ts';

const SERIES = 100_000;
const HISTOGRAMS = 10_000;
const BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];
const SCRAPES = 15;

interface Scrape {
  readonly name: string;
  /** Records something before a scrape. */
  readonly change: () => void;
  readonly scrape: () => Promise<unknown>;
}

const labelsOf = (index: number) => ({
  method: ['GET', 'POST', 'PUT', 'DELETE'][index & 3]!,
  route: `/api/v1/resource/${index >> 4}`,
  status: ['200', '404', '500', '301'][(index >> 2) & 3]!,
});

/** Fills a counter of either client and gives its handles. */
function fillCounter(
  client: Pick<typeof prom, 'Counter'>,
  registry: prom.Registry,
): { inc(by: number): void }[] {
  const labelNames = ['method', 'route', 'status'];
  const config = {
    name: 'http_requests_total',
    help: 'Requests.',
    labelNames,
    registers: [registry],
    seriesMax: SERIES,
  };
  const counter = new client.Counter(config);
  return Array.from({ length: SERIES }, (_none, index) => {
    const handle = counter.labels(labelsOf(index));
    handle.inc(index * 7 + 1);
    return handle;
  });
}

/** Fills a histogram of either client and gives its handles. */
function fillHistogram(
  client: Pick<typeof prom, 'Histogram'>,
  registry: prom.Registry,
): { observe(value: number): void }[] {
  const config = {
    name: 'latency_seconds',
    help: 'Latency.',
    labelNames: ['route'],
    buckets: BUCKETS,
    registers: [registry],
    seriesMax: HISTOGRAMS,
  };
  const histogram = new client.Histogram(config);
  return Array.from({ length: HISTOGRAMS }, (_none, index) => {
    const handle = histogram.labels(`/route/${index}`);
    for (let i = 0; i < BUCKETS.length; i++) handle.observe(i * 0.37 * ((index % 7) + 1));
    return handle;
  });
}

/** Our types are stricter than prom-client's in places that do not matter here. */
const ours = { Counter, Histogram } as unknown as Pick<typeof prom, 'Counter' | 'Histogram'>;
const asTheirs = (registry: Registry): prom.Registry => registry as unknown as prom.Registry;

class HandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function otelMeter() {
  const reader = new HandReader();
  const views = [{ instrumentName: '*', aggregationCardinalityLimit: 2 * SERIES }];
  return { reader, meter: new MeterProvider({ readers: [reader], views }).getMeter('bench') };
}

interface Times {
  readonly ms: number;
  /** The longest time between two turns of the event loop. */
  readonly holdMs: number;
}

async function time({ change, scrape }: Scrape): Promise<Times> {
  change();
  globalThis.gc?.();
  let last = performance.now();
  let holdMs = 0;
  let running = true;
  const tick = (): void => {
    const now = performance.now();
    holdMs = Math.max(holdMs, now - last);
    last = now;
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  await new Promise((resolve) => setImmediate(resolve));
  holdMs = 0;
  const begin = performance.now();
  await scrape();
  const ms = performance.now() - begin;
  await new Promise((resolve) => setImmediate(resolve));
  running = false;
  return { ms, holdMs };
}

/**
 * Measures the scrapes of one client after those of another, each with nothing but
 * its own series in memory: one client's garbage is no concern of the next one's.
 */
async function compare(title: string, clients: readonly (() => readonly Scrape[])[]): Promise<void> {
  console.log(`\n### ${title}\n`);
  console.log('| way | ms | longest hold, ms | times the first |');
  console.log('|---|---:|---:|---:|');
  let first = 0;
  for (const fill of clients) {
    for (const scrape of fill()) {
      const times: Times[] = [];
      for (let round = 0; round < SCRAPES; round++) times.push(await time(scrape));
      const ms = median(times.map((result) => result.ms));
      const holdMs = median(times.map((result) => result.holdMs));
      first ||= ms;
      console.log(
        `| ${scrape.name} | ${ms.toFixed(1)} | ${holdMs.toFixed(1)} | ${(ms / first).toFixed(1)} |`,
      );
    }
  }
}

const nothing = (): void => {};

function ourCounters(): Scrape[] {
  const registry = new Registry();
  const handles = fillCounter(ours, asTheirs(registry));
  const changeAll = (): void => handles.forEach((handle) => handle.inc(3));
  const render = async (): Promise<unknown> => registry.render();
  return [
    { name: 'bellwether: all changed', change: changeAll, scrape: render },
    {
      name: 'bellwether: 1 % changed',
      change: () => handles.forEach((handle, index) => index % 100 === 0 && handle.inc(3)),
      scrape: render,
    },
    { name: 'bellwether: nothing changed', change: nothing, scrape: render },
    {
      name: 'bellwether: all changed, as a string',
      change: changeAll,
      scrape: async () => registry.metrics(),
    },
    {
      name: 'bellwether: all changed, OpenMetrics',
      change: changeAll,
      scrape: async () => registry.render({ format: 'openmetrics' }),
    },
  ];
}

function theirCounters(): Scrape[] {
  const registry = new prom.Registry();
  fillCounter(prom, registry);
  return [{ name: 'prom-client', change: nothing, scrape: async () => registry.metrics() }];
}

function otelCounters(): Scrape[] {
  const { reader, meter } = otelMeter();
  const counter = meter.createCounter('http_requests');
  for (let index = 0; index < SERIES; index++) counter.add(index * 7 + 1, labelsOf(index));
  return [{ name: 'OpenTelemetry, without writing', change: nothing, scrape: async () => reader.collect() }];
}

function ourHistograms(): Scrape[] {
  const registry = new Registry();
  const handles = fillHistogram(ours, asTheirs(registry));
  const render = async (): Promise<unknown> => registry.render();
  return [
    {
      name: 'bellwether: all changed',
      change: () => handles.forEach((handle) => handle.observe(3)),
      scrape: render,
    },
    { name: 'bellwether: nothing changed', change: nothing, scrape: render },
  ];
}

function theirHistograms(): Scrape[] {
  const registry = new prom.Registry();
  fillHistogram(prom, registry);
  return [{ name: 'prom-client', change: nothing, scrape: async () => registry.metrics() }];
}

function otelHistograms(): Scrape[] {
  const { reader, meter } = otelMeter();
  const histogram = meter.createHistogram('latency', { advice: { explicitBucketBoundaries: BUCKETS } });
  for (let index = 0; index < HISTOGRAMS; index++) histogram.record(1, { route: `/route/${index}` });
  return [{ name: 'OpenTelemetry, without writing', change: nothing, scrape: async () => reader.collect() }];
}

async function requireEqualOutput(): Promise<void> {
  const own = new Registry();
  const theirs = new prom.Registry();
  fillCounter(ours, asTheirs(own));
  fillHistogram(ours, asTheirs(own));
  fillCounter(prom, theirs);
  fillHistogram(prom, theirs);
  requireSame('the expositions', await own.metrics(), await theirs.metrics());
}

await requireEqualOutput();
console.log(machine());
await compare(`${SERIES} counter series`, [ourCounters, theirCounters, otelCounters]);
await compare(`${HISTOGRAMS} histograms of ${BUCKETS.length} buckets`, [
  ourHistograms,
  theirHistograms,
  otelHistograms,
]);
