/**
 * What it costs an application to record one LLM request through the catalogue's
 * recorder, and through prom-client 15 as its users write it.
 * The aims: 60 ns with a plain object, 15 ns bound, no allocation.
 */

import { applicationMetrics, defaultLlmLatencyBuckets, type LlmRequest } from '@bellwether/events';
import { Registry } from '@bellwether/metrics';
import * as prom from 'prom-client';

const CALLS = 10_000;
const ROUNDS = 201;

const requests: readonly LlmRequest[] = Array.from({ length: 64 }, (_none, n) => ({
  provider: ['openai', 'anthropic', 'alibaba_cloud', 'local_ollama'][n & 3] ?? '',
  task_type: ['extraction', 'generation', 'vision', 'embedding'][(n >> 2) & 3] ?? '',
  model: ['small', 'medium', 'large', 'vision'][n >> 4] ?? '',
  latency_ms: 50.5 * ((n * 7) % 64) + 1,
  cost_usd: 0.001 * n + 0.0005,
  input_tokens: 100 + n,
  output_tokens: 50 + n,
}));

const registry = new Registry();
const plain = applicationMetrics({ registry, packs: ['llm'] }).llm;
const withGenAi = applicationMetrics({
  registry: new Registry(),
  packs: ['llm'],
  llm: { genAi: true },
}).llm;
const bound = requests.map((request) => plain.bind(request));

const rivals = new prom.Registry();
const [help, registers] = ['The same.', [rivals]];
const rival = {
  requests: new prom.Counter({
    name: 'llm_requests_total',
    help,
    registers,
    labelNames: ['provider', 'task_type', 'model'],
  }),
  latency: new prom.Histogram({
    name: 'llm_latency_seconds',
    help,
    registers,
    labelNames: ['provider', 'task_type'],
    buckets: [...defaultLlmLatencyBuckets],
  }),
  cost: new prom.Counter({ name: 'llm_cost_usd_total', help, registers, labelNames: ['provider'] }),
  tokens: new prom.Counter({
    name: 'llm_tokens_used_total',
    help,
    registers,
    labelNames: ['provider', 'token_type'],
  }),
};

function trackWithRival(request: LlmRequest): void {
  const { provider, task_type, model, input_tokens: input, output_tokens: output } = request;
  rival.requests.inc({ provider, task_type, model });
  rival.latency.observe({ provider, task_type }, (request.latency_ms ?? 0) / 1000);
  rival.cost.inc({ provider }, request.cost_usd ?? 0);
  rival.tokens.inc({ provider, token_type: 'input' }, input);
  rival.tokens.inc({ provider, token_type: 'output' }, output);
  rival.tokens.inc({ provider, token_type: 'total' }, input + output);
}

/** The samples of the families that both have, in order. */
function shared(text: string): string[] {
  const lines = text.split('\n').filter((line) => /^llm_(requests|latency|cost|tokens)/.test(line));
  return lines.toSorted((a, b) => (a < b ? -1 : 1));
}

for (const request of requests) {
  plain.trackLlmRequest(request);
  trackWithRival(request);
}
const [ours, theirs] = [shared(await registry.metrics()), shared(await rivals.metrics())];
if (ours.length === 0 || ours.join() !== theirs.join()) throw new Error('the two show different figures');

const contenders: readonly [name: string, run: () => void][] = [
  [
    'trackLlmRequest',
    () => {
      for (let i = 0; i < CALLS; i++) plain.trackLlmRequest(requests[i & 63]!);
    },
  ],
  [
    'bound',
    () => {
      for (let i = 0; i < CALLS; i++) bound[i & 63]!.record(requests[i & 63]!);
    },
  ],
  [
    'trackLlmRequest with the gen_ai families',
    () => {
      for (let i = 0; i < CALLS; i++) withGenAi.trackLlmRequest(requests[i & 63]!);
    },
  ],
  [
    'prom-client, six calls',
    () => {
      for (let i = 0; i < CALLS; i++) trackWithRival(requests[i & 63]!);
    },
  ],
];

const took = contenders.map((): number[] => []);
const allocated = contenders.map((): number[] => []);
for (let round = 0; round < ROUNDS; round++) {
  for (const [index, [, run]] of contenders.entries()) {
    globalThis.gc?.();
    const heap = process.memoryUsage().heapUsed;
    const start = process.hrtime.bigint();
    run();
    took[index]?.push(Number(process.hrtime.bigint() - start) / CALLS);
    allocated[index]?.push((process.memoryUsage().heapUsed - heap) / CALLS);
  }
}
const median = (numbers: readonly number[] = []): number =>
  numbers.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0;
for (const [index, [name]] of contenders.entries()) {
  const bytes = Math.max(0, median(allocated[index])).toFixed(2);
  console.log(`${name.padEnd(42)} ${median(took[index]).toFixed(1)} ns, ${bytes} bytes`);
}
