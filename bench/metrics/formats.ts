/**
 * The formats: parsing, grouping, encoding, compressing, and a native observation.
 * Output is checked before it is measured. Run: node bench/metrics/formats.ts
 */
import {
  Counter,
  Histogram,
  type MetricFamily,
  NativeHistogram,
  parseOpenMetrics,
  parseText,
  Registry,
  writeOpenMetrics2,
  writeProtobuf,
  writeText,
} from '../../packages/metrics/src/index.ts';
import { snappyCompress } from '../../packages/metrics/src/push/delivery/snappy.ts';
import { encodeVersion1, encodeVersion2 } from '../../packages/metrics/src/push/remote-write/encode.ts';
import { flatten } from '../../packages/metrics/src/push/remote-write/series.ts';
import { machine, median, requireSame } from './harness.ts';

const SERIES = 100_000;
const ROUNDS = 9;

async function sample(): Promise<MetricFamily[]> {
  const registry = new Registry({ seriesMax: 2 * SERIES });
  const registers = [registry];
  const counter = new Counter({
    name: 'app_requests_total',
    help: 'Requests',
    labelNames: ['method', 'path'],
    registers,
  });
  for (let i = 0; i < SERIES; i++) counter.inc({ method: 'GET', path: `/api/v1/items/${i}` }, i);
  const histogram = new Histogram({
    name: 'app_latency_seconds',
    help: 'Latency',
    labelNames: ['path'],
    registers,
  });
  for (let i = 0; i < SERIES / 20; i++) histogram.observe({ path: `/api/v1/items/${i}` }, i / 1000);
  return registry.families();
}

/** The median time in milliseconds, and megabytes a second of `bytes`. */
function time(name: string, bytes: number, run: () => unknown): void {
  run();
  const times = Array.from({ length: ROUNDS }, () => {
    const begin = process.hrtime.bigint();
    run();
    return Number(process.hrtime.bigint() - begin) / 1e6;
  });
  const ms = median(times);
  console.log(
    `| ${name} | ${(bytes / 1e6).toFixed(1)} | ${ms.toFixed(0)} | ${(bytes / 1e3 / ms).toFixed(0)} |`,
  );
}

function observe(): void {
  const histogram = new NativeHistogram({ bucketFactor: 1.1 });
  const values = Float64Array.from({ length: 4096 }, (_none, i) => Math.exp(((i * 37) % 800) / 100 - 4));
  const count = 2e6;
  const times = Array.from({ length: ROUNDS }, () => {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < count; i++) histogram.observe(values[i & 4095]!);
    return Number(process.hrtime.bigint() - begin) / count;
  });
  console.log(`\nOne observation of a native histogram: ${median(times).toFixed(1)} ns`);
}

const families = await sample();
const openMetrics = Buffer.from(writeText(families, 'openmetrics'));
const text = Buffer.from(writeText(families, 'text'));
requireSame('parsed and written families', parseOpenMetrics(openMetrics), withoutNothing(families));
const samples = flatten(families, { nowMs: 1, labels: { job: 'bench' } });
const version1 = encodeVersion1(samples);

console.log(`Formats of ${SERIES} counters and ${SERIES / 20} histograms, ${machine()}\n`);
console.log('| work | MB | ms | MB/s |');
console.log('|---|---:|---:|---:|');
time('parse OpenMetrics 1.0', openMetrics.length, () => parseOpenMetrics(openMetrics));
time('parse text 0.0.4', text.length, () => parseText(text));
time('write protobuf', writeProtobuf(families).length, () => writeProtobuf(families));
time('write OpenMetrics 2.0', writeOpenMetrics2(families).length, () => writeOpenMetrics2(families));
time('flatten and encode remote write 1.0', version1.length, () =>
  encodeVersion1(flatten(families, { nowMs: 1, labels: { job: 'bench' } })),
);
time('encode remote write 2.0', encodeVersion2(samples).length, () => encodeVersion2(samples));
time('compress by Snappy', version1.length, () => snappyCompress(version1));
console.log(`\nSnappy: ${version1.length} bytes become ${snappyCompress(version1).length}`);
observe();

/** Plain objects in the order in which the parser makes them. */
function withoutNothing(all: readonly MetricFamily[]): unknown[] {
  return all.map(({ name, type, help, unit, samples: own }) => ({ name, type, help, unit, samples: own }));
}
