/**
 * What it costs an application to record one LLM request through the catalogue's
 * recorder. Run with `node --expose-gc --conditions=source bench/live/track-request.ts`.
 * The aims: 60 ns with a plain object, 15 ns bound, no allocation.
 */

import { applicationMetrics, type LlmRequest } from '@bellwether/events';
import { Registry } from '@bellwether/metrics';

const CALLS = 100_000;
const ROUNDS = 101;

const requests: readonly LlmRequest[] = Array.from({ length: 64 }, (_none, n) => ({
  provider: ['openai', 'anthropic', 'alibaba_cloud', 'local_ollama'][n & 3] ?? '',
  task_type: ['extraction', 'generation', 'vision', 'embedding'][(n >> 2) & 3] ?? '',
  model: ['small', 'medium', 'large', 'vision'][n >> 4] ?? '',
  latency_ms: 50.5 * ((n * 7) % 64) + 1,
  cost_usd: 0.001 * n + 0.0005,
  input_tokens: 100 + n,
  output_tokens: 50 + n,
}));

const plain = applicationMetrics({ registry: new Registry(), packs: ['llm'] }).llm;
const withGenAi = applicationMetrics({
  registry: new Registry(),
  packs: ['llm'],
  llm: { genAi: true },
}).llm;
const bound = requests.map((request) => plain.bind(request));

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
      for (let i = 0; i < CALLS; i++) bound[i & 63]!.track(requests[i & 63]!);
    },
  ],
  [
    'trackLlmRequest with the gen_ai families',
    () => {
      for (let i = 0; i < CALLS; i++) withGenAi.trackLlmRequest(requests[i & 63]!);
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
