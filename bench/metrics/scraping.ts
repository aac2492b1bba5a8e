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

/** The times of a scrape and of its longest hold of the event loop, in milliseconds. */
async function time({ change, scrape }: Scrape): Promise<{ ms: number; holdMs: number }> {
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
  last = performance.now();
  const begin = last;
  await scrape();
  const ms = performance.now() - begin;
  await new Promise((resolve) => setImmediate(resolve));
  running = false;
  return { ms, holdMs };
}

async function compare(title: string, scrapes: readonly Scrape[]): Promise<void> {
  const results = scrapes.map((): { ms: number; holdMs: number }[] => []);
  for (let round = 0; round < SCRAPES; round++) {
    for (const [index, scrape] of scrapes.entries()) results[index]!.push(await time(scrape));
  }
  console.log(`\n### ${title}\n`);
  console.log('| way | ms | longest hold, ms | times the first |');
  console.log('|---|---:|---:|---:|');
  const first = median(results[0]!.map(({ ms }) => ms));
  scrapes.forEach(({ name }, index) => {
    const ms = median(results[index]!.map((result) => result.ms));
    const holdMs = median(results[index]!.map((result) => result.holdMs));
    console.log(`| ${name} | ${ms.toFixed(1)} | ${holdMs.toFixed(1)} | ${(ms / first).toFixed(1)} |`);
  });
}

const nothing = (): void => {};

async function counters(): Promise<void> {
  const registry = new Registry();
  const handles = fillCounter(ours, asTheirs(registry));
  const theirs = new prom.Registry();
  fillCounter(prom, theirs);
  requireSame('the expositions of counters', await registry.metrics(), await theirs.metrics());
  const { reader, meter } = otelMeter();
  const otel = meter.createCounter('http_requests');
  for (let index = 0; index < SERIES; index++) otel.add(index * 7 + 1, labelsOf(index));
  await compare(`${SERIES} counter series`, [
    { name: 'bellwether: nothing changed', change: nothing, scrape: async () => registry.render() },
    {
      name: 'bellwether: 1 % changed',
      change: () => handles.forEach((handle, index) => index % 100 === 0 && handle.inc(3)),
      scrape: async () => registry.render(),
    },
    {
      name: 'bellwether: all changed',
      change: () => handles.forEach((handle) => handle.inc(3)),
      scrape: async () => registry.render(),
    },
    {
      name: 'bellwether: all changed, as a string',
      change: () => handles.forEach((handle) => handle.inc(3)),
      scrape: async () => registry.metrics(),
    },
    {
      name: 'bellwether: all changed, OpenMetrics',
      change: () => handles.forEach((handle) => handle.inc(3)),
      scrape: async () => registry.render({ format: 'openmetrics' }),
    },
    { name: 'prom-client', change: nothing, scrape: async () => theirs.metrics() },
    { name: 'OpenTelemetry, without writing', change: nothing, scrape: async () => reader.collect() },
  ]);
}

async function histograms(): Promise<void> {
  const registry = new Registry();
  const handles = fillHistogram(ours, asTheirs(registry));
  const theirs = new prom.Registry();
  fillHistogram(prom, theirs);
  requireSame('the expositions of histograms', await registry.metrics(), await theirs.metrics());
  const { reader, meter } = otelMeter();
  const otel = meter.createHistogram('latency', { advice: { explicitBucketBoundaries: BUCKETS } });
  for (let index = 0; index < HISTOGRAMS; index++) otel.record(1, { route: `/route/${index}` });
  await compare(`${HISTOGRAMS} histograms of ${BUCKETS.length} buckets`, [
    { name: 'bellwether: nothing changed', change: nothing, scrape: async () => registry.render() },
    {
      name: 'bellwether: all changed',
      change: () => handles.forEach((handle) => handle.observe(3)),
      scrape: async () => registry.render(),
    },
    { name: 'prom-client', change: nothing, scrape: async () => theirs.metrics() },
    { name: 'OpenTelemetry, without writing', change: nothing, scrape: async () => reader.collect() },
  ]);
}

console.log(machine());
await counters();
await histograms();
