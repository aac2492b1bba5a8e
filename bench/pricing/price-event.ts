/**
 * What pricing adds to one event on the ingest path. Run with
 * `node --conditions=source bench/pricing/price-event.ts`; the target is 1 µs.
 */

import type { PricedUsage } from '../../packages/server/src/pricing/index.ts';
import { createPricer } from '../../packages/server/src/pricing/index.ts';

const MODELS = [
  ['openai', 'gpt-4o-mini'],
  ['openai', 'gpt-5'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['gcp.gemini', 'gemini-2.5-pro'],
  ['aws.bedrock', 'amazon.nova-pro-v1:0'],
  ['deepseek', 'deepseek-v4-flash'],
  ['mistral_ai', 'mistral-large-latest'],
  ['local_ollama', 'llama3.2'],
] as const;

const EVENTS = 100_000;
const ROUNDS = 30;

function eventOf(index: number): PricedUsage {
  const [provider, model] = MODELS[index % MODELS.length] ?? MODELS[0];
  const input = (index * 7919) % 20_000;
  return {
    provider,
    model,
    response_model: '',
    timestamp: { epochSeconds: 1_790_000_000 + index * 26, nanoseconds: 0 },
    service_tier: '',
    region: '',
    status: 'success',
    input_tokens: input,
    output_tokens: (index * 104_729) % 3000,
    cache_read_tokens: index % 3 === 0 ? Math.floor(input / 2) : null,
    cache_write_tokens: null,
    cache_write_1h_tokens: null,
    reasoning_tokens: null,
    input_audio_tokens: null,
    output_audio_tokens: null,
    input_image_tokens: null,
    cost_usd: null,
    latency_ms: 1000,
  };
}

const events = Array.from({ length: EVENTS }, (_, index) => eventOf(index));
const pricer = createPricer();
const nanosecondsPerEvent: number[] = [];
let total = 0n;
for (let round = 0; round < ROUNDS; round += 1) {
  const start = process.hrtime.bigint();
  for (const event of events) total += pricer.price(event).costPicoUsd ?? 0n;
  nanosecondsPerEvent.push(Number(process.hrtime.bigint() - start) / EVENTS);
}
nanosecondsPerEvent.sort((a, b) => a - b);
const median = nanosecondsPerEvent[ROUNDS / 2] ?? Number.NaN;
console.log(`price: median ${median.toFixed(0)} ns per event over ${ROUNDS} rounds of ${EVENTS} events`);
console.log(`(sum ${total} pico-dollars)`);
