/**
 * A registry with every type of metric and the values and labels that formats get
 * wrong, for the tests against other people's parsers.
 */
import {
  Counter,
  Gauge,
  Histogram,
  Info,
  type MetricFamily,
  Registry,
  StateSet,
  Summary,
} from '../../packages/metrics/src/index.ts';

/** Label values that need care. */
export const AWKWARD_VALUES = [
  'plain',
  'quote " backslash \\ newline \n end',
  '\\n is not a newline',
  'é 日本 😀',
  'braces {}, equals =, comma ,',
  ' # not an exemplar',
  '\u0001\t control',
];

/** Values of gauges that need care. */
export const AWKWARD_NUMBERS = [
  0,
  1,
  -1.5,
  0.1,
  1e21,
  5e-324,
  1.7976931348623157e308,
  2 ** 53 + 2,
  Infinity,
  -Infinity,
];

/** What is observed by the native histogram. */
export const OBSERVATIONS = [0, 0.001, 0.5, 1, 1, 1.5, 3, 3, 70, 1e6, -2];

/** A fresh registry with all of it. */
export function sampleRegistry(): Registry {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'app_requests_total',
    help: 'Requests "so" far\nby path \\',
    labelNames: ['path'],
    registers,
  });
  AWKWARD_VALUES.forEach((path, i) => requests.inc({ path }, i * 1.5));
  new Counter({ name: 'app_visits', help: 'A counter declared without its suffix', registers }).inc(7);
  const values = new Gauge({ name: 'app_value', help: 'Awkward numbers', labelNames: ['i'], registers });
  AWKWARD_NUMBERS.forEach((value, i) => values.set({ i: String(i) }, value));
  const latency = new Histogram({
    name: 'app_latency_seconds',
    help: 'Latency',
    unit: 'seconds',
    labelNames: ['method'],
    buckets: [0.001, 0.5, 1, 2.5, 1e6],
    registers,
  });
  for (const value of [0.0005, 0.5, 0.7, 3, 1e7]) latency.observe({ method: 'GET' }, value);
  latency.observe({ method: 'POST' }, 1);
  const sizes = new Histogram({
    name: 'app_size_bytes',
    help: 'Sizes, native and classic',
    labelNames: ['kind'],
    buckets: [1, 100],
    native: { bucketFactor: 1.5 },
    registers,
  });
  for (const value of OBSERVATIONS) sizes.observe({ kind: 'x' }, value);
  const quantiles = new Summary({
    name: 'app_wait_seconds',
    help: 'Waits',
    percentiles: [0.5, 0.99],
    registers,
  });
  for (let i = 1; i <= 100; i++) quantiles.observe(i / 100);
  new Info({ name: 'app_build_info', help: 'Build', labelNames: ['version'], registers }).set({
    version: '1.2"3',
  });
  const state = new StateSet({ name: 'app_breaker', help: 'Breaker', states: ['closed', 'open'], registers });
  state.set('open');
  return registry;
}

/** Every sample of the families as `name{sorted labels}` → value, bounds and quantiles as numbers. */
export function flatten(families: readonly MetricFamily[]): Map<string, number> {
  const samples = new Map<string, number>();
  for (const family of families) {
    for (const { name, labels, value } of family.samples) {
      if (!name.endsWith('_created')) samples.set(seriesKey(family.exposedName ?? name, labels), value);
    }
  }
  return samples;
}

/** One text for a series, whatever the order of its labels and the spelling of its bounds. */
export function seriesKey(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .filter(([label, value]) => value !== '' && label !== '__name__')
    .map(([label, value]): [string, string] => [
      label,
      label === 'le' || label === 'quantile' ? numeric(value) : value,
    ])
    .toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
  return `${name}${JSON.stringify(pairs)}`;
}

function numeric(text: string): string {
  return text === '+Inf' ? text : String(Number(text));
}

/** A number as Prometheus and Python write it. */
export function parseNumber(text: string): number {
  if (/^[+]?inf$/i.test(text)) return Infinity;
  return /^-inf$/i.test(text) ? -Infinity : Number(text);
}
