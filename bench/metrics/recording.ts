/**
 * Recording: this client against prom-client 15, OpenTelemetry's SDK and the plain
 * limits. Run: node --expose-gc bench/metrics/recording.ts
 */
import type { Meter } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import * as prom from 'prom-client';
import { Counter, defineMetrics, defineRecord, Registry } from '../../packages/metrics/src/index.ts';
import { type Contender, copy, inTurn, machine, measure, printTable, requireSame } from './harness.ts';

const LATENCY_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 20, 30, 45, 60];
const COMBINATIONS = 64;

/** One LLM request as an application knows it. */
interface LlmRequest {
  readonly provider: string;
  readonly task_type: string;
  readonly model: string;
  readonly latency: number;
  readonly cost: number;
  readonly input: number;
  readonly output: number;
}

const requests: readonly LlmRequest[] = Array.from({ length: COMBINATIONS }, (_none, i) => ({
  provider: ['openai', 'anthropic', 'alibaba_cloud', 'local_ollama'][i & 3]!,
  task_type: ['extraction', 'generation', 'vision', 'embedding'][(i >> 2) & 3]!,
  model: ['small', 'medium', 'large', 'vision'][i >> 4]!,
  latency: 0.05 * ((i * 7) % COMBINATIONS) + 0.001,
  cost: 0.001 * i + 0.0005,
  input: 100 + i,
  output: 50 + i,
}));

const labels = requests.map(({ provider, task_type, model }) => ({ provider, task_type, model }));

/** The metrics of an LLM request in prom-client's form, made by either client. */
function promMetrics(client: Pick<typeof prom, 'Counter' | 'Histogram'>, registry: prom.Registry) {
  const registers = [registry];
  const help = 'Help.';
  return {
    requests: new client.Counter({
      name: 'llm_requests_total',
      help,
      labelNames: ['provider', 'task_type', 'model'],
      registers,
    }),
    latency: new client.Histogram({
      name: 'llm_latency_seconds',
      help,
      labelNames: ['provider', 'task_type'],
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    cost: new client.Counter({ name: 'llm_cost_usd_total', help, labelNames: ['provider'], registers }),
    tokens: new client.Counter({
      name: 'llm_tokens_used_total',
      help,
      labelNames: ['provider', 'token_type'],
      registers,
    }),
  };
}

type PromMetrics = ReturnType<typeof promMetrics>;

/** Six calls with label objects, as a user of prom-client writes them. */
function sixCalls({ requests: count, latency, cost, tokens }: PromMetrics, request: LlmRequest): void {
  const { provider, task_type, model } = request;
  count.inc({ provider, task_type, model });
  latency.observe({ provider, task_type }, request.latency);
  cost.inc({ provider }, request.cost);
  tokens.inc({ provider, token_type: 'input' }, request.input);
  tokens.inc({ provider, token_type: 'output' }, request.output);
  tokens.inc({ provider, token_type: 'total' }, request.input + request.output);
}

/** The same with handles that were found beforehand. */
function promHandles({ requests: count, latency, cost, tokens }: PromMetrics) {
  return requests.map(({ provider, task_type, model }) => {
    const handles = {
      count: count.labels(provider, task_type, model),
      latency: latency.labels(provider, task_type),
      cost: cost.labels(provider),
      input: tokens.labels(provider, 'input'),
      output: tokens.labels(provider, 'output'),
      total: tokens.labels(provider, 'total'),
    };
    return (request: LlmRequest): void => {
      handles.count.inc();
      handles.latency.observe(request.latency);
      handles.cost.inc(request.cost);
      handles.input.inc(request.input);
      handles.output.inc(request.output);
      handles.total.inc(request.input + request.output);
    };
  });
}

function ourGroup(registry: Registry) {
  const metrics = defineMetrics(
    {
      requests: {
        name: 'llm_requests_total',
        type: 'counter',
        help: 'Help.',
        labels: ['provider', 'task_type', 'model'],
      },
      latency: {
        name: 'llm_latency_seconds',
        type: 'histogram',
        help: 'Help.',
        labels: ['provider', 'task_type'],
        buckets: LATENCY_BUCKETS,
      },
      cost: { name: 'llm_cost_usd_total', type: 'counter', help: 'Help.', labels: ['provider'] },
      tokens: {
        name: 'llm_tokens_used_total',
        type: 'counter',
        help: 'Help.',
        labels: ['provider', 'token_type'],
      },
    },
    { registry },
  );
  return defineRecord({
    name: 'llm_request',
    labels: ['provider', 'task_type', 'model'],
    updates: [
      { metric: metrics.requests, add: 1 },
      { metric: metrics.latency, observe: 'latency' },
      { metric: metrics.cost, add: 'cost' },
      { metric: metrics.tokens, with: { token_type: 'input' }, add: 'input' },
      { metric: metrics.tokens, with: { token_type: 'output' }, add: 'output' },
      { metric: metrics.tokens, with: { token_type: 'total' }, add: ['input', 'output'] },
    ],
  });
}

/** A reader that is asked for its metrics by hand; without a reader OpenTelemetry records nothing. */
class HandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function otelMeter() {
  const reader = new HandReader();
  return { reader, meter: new MeterProvider({ readers: [reader] }).getMeter('bench') };
}

function otelMetrics(meter: Meter) {
  return {
    requests: meter.createCounter('llm_requests'),
    latency: meter.createHistogram('llm_latency', {
      advice: { explicitBucketBoundaries: LATENCY_BUCKETS },
    }),
    cost: meter.createCounter('llm_cost'),
    tokens: meter.createCounter('llm_tokens'),
  };
}

function otelRecord(otel: ReturnType<typeof otelMetrics>, request: LlmRequest): void {
  const { provider, task_type, model } = request;
  otel.requests.add(1, { provider, task_type, model });
  otel.latency.record(request.latency, { provider, task_type });
  otel.cost.add(request.cost, { provider });
  otel.tokens.add(request.input, { provider, token_type: 'input' });
  otel.tokens.add(request.output, { provider, token_type: 'output' });
  otel.tokens.add(request.input + request.output, { provider, token_type: 'total' });
}

/**
 * Families of other shapes, used before anything is measured: in an application the
 * client is never alone with one metric, and code that only then looks fast is not.
 */
function warmUpLikeAnApplication(): void {
  for (let family = 0; family < 40; family++) {
    const labelNames = Array.from({ length: 1 + (family % 4) }, (_none, index) => `label_${family}_${index}`);
    const counter = new Counter({ name: `other_${family}_total`, help: 'Help.', labelNames, registers: [] });
    for (let call = 0; call < 2000; call++) {
      counter.inc(Object.fromEntries(labelNames.map((name, index) => [name, `value_${(call + index) % 7}`])));
    }
  }
}

/** Our types are stricter than prom-client's in places that do not matter here. */
const ours = {
  Counter,
  Histogram: (await import('../../packages/metrics/src/index.ts')).Histogram,
} as unknown as Pick<typeof prom, 'Counter' | 'Histogram'>;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What OpenTelemetry counted as tokens of all kinds for each of the requests once. */
async function otelTotals(): Promise<number> {
  const { reader, meter } = otelMeter();
  const otel = otelMetrics(meter);
  for (const request of requests) otelRecord(otel, request);
  const { resourceMetrics } = await reader.collect();
  const families = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  const tokens = families.find(({ descriptor }) => descriptor.name === 'llm_tokens')!;
  return sum(tokens.dataPoints.map(({ value }) => value as number));
}

async function requireEqualOutput(): Promise<void> {
  const theirRegistry = new prom.Registry();
  const theirs = promMetrics(prom, theirRegistry);
  const compatRegistry = new Registry();
  const compat = promMetrics(ours, compatRegistry as unknown as prom.Registry);
  const groupRegistry = new Registry();
  const group = ourGroup(groupRegistry);
  for (const request of requests) {
    sixCalls(theirs, request);
    sixCalls(compat, request);
    group.record(request);
  }
  const expected = await theirRegistry.metrics();
  requireSame('six calls', await compatRegistry.metrics(), expected);
  requireSame('record groups', await groupRegistry.metrics(), expected);
  requireSame(
    'OpenTelemetry',
    await otelTotals(),
    sum(requests.map(({ input, output }) => 2 * (input + output))),
  );
}

function each(name: string, act: (index: number) => void): Contender {
  return inTurn(name, COMBINATIONS, act);
}

function llmRequestContenders(): Contender[] {
  const group = ourGroup(new Registry());
  const bound = requests.map((request) => group.bind(request));
  const compat = promMetrics(ours, new Registry() as unknown as prom.Registry);
  const theirs = promMetrics(prom, new prom.Registry());
  const theirHandles = promHandles(theirs);
  const otel = otelMetrics(otelMeter().meter);
  const ourCalls = copy(sixCalls);
  const theirCalls = copy(sixCalls);
  return [
    each('bellwether: record group, bound', (i) => bound[i]!.record(requests[i]!)),
    each('bellwether: record group, by object', (i) => group.record(requests[i]!)),
    each('bellwether: six calls by object', (i) => ourCalls(compat, requests[i]!)),
    each('prom-client: six calls by object', (i) => theirCalls(theirs, requests[i]!)),
    each('prom-client: six bound children', (i) => theirHandles[i]!(requests[i]!)),
    each('OpenTelemetry: six calls', (i) => otelRecord(otel, requests[i]!)),
  ];
}

function counterContenders(): Contender[] {
  const labelNames = ['provider', 'task_type', 'model'] as const;
  const config = { name: 'requests_total', help: 'Help.', labelNames, registers: [] };
  const our = new Counter(config);
  const their = new prom.Counter(config);
  const otel = otelMeter().meter.createCounter('requests');
  const ourHandles = labels.map((label) => our.labels(label));
  const theirHandles = labels.map((label) => their.labels(label));
  const slots = new Float64Array(COMBINATIONS);
  const places = labels.map((_label, index) => index);
  const nested = nestedMaps();
  return [
    each('limit: a slot of a typed array', (i) => {
      slots[places[i]!]! += 1;
    }),
    each('limit: three nested maps, then a slot', (i) => {
      const { provider, task_type, model } = labels[i]!;
      slots[nested.get(provider)!.get(task_type)!.get(model)!]! += 1;
    }),
    each('bellwether: bound', (i) => ourHandles[i]!.inc()),
    each('bellwether: 3 labels by object', (i) => our.inc(labels[i]!)),
    each('prom-client: bound', (i) => theirHandles[i]!.inc()),
    each('prom-client: 3 labels by object', (i) => their.inc(labels[i]!)),
    each('OpenTelemetry: 3 attributes', (i) => otel.add(1, labels[i])),
  ];
}

function nestedMaps(): Map<string, Map<string, Map<string, number>>> {
  const root = new Map<string, Map<string, Map<string, number>>>();
  labels.forEach(({ provider, task_type, model }, index) => {
    const second = root.get(provider) ?? new Map<string, Map<string, number>>();
    const third = second.get(task_type) ?? new Map<string, number>();
    root.set(provider, second.set(task_type, third.set(model, index)));
  });
  return root;
}

await requireEqualOutput();
warmUpLikeAnApplication();
console.log(machine());
printTable(
  'One LLM request: a counter, a histogram, a cost, three token counters',
  measure(llmRequestContenders()),
);
printTable('One counter', measure(counterContenders()));
