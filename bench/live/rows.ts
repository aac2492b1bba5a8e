/** Blocks of ledger rows for the benchmarks of the live metrics, made by the code that makes the real ones. */

import { parseEvent } from '@bellwether/events';
import { writeFields, writeRow } from '../../packages/server/src/ledger/row.ts';
import { createPricer } from '../../packages/server/src/pricing/index.ts';

const models = [
  ['openai', 'gpt-4o'],
  ['openai', 'gpt-4o-mini'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['google', 'gemini-2.5-flash'],
  ['mistral', 'mistral-large-latest'],
] as const;

/** An event as a balancer in front of several providers sends it: nearly every field is there. */
function eventOf(n: number): Record<string, unknown> {
  const [provider, model] = models[n % models.length] ?? models[0];
  const failed = n % 50 === 0;
  const event: Record<string, unknown> = {
    id: `bench-${n}`,
    timestamp: 1_790_000_000_000 + n * 37,
    provider,
    model,
    task_type: ['extraction', 'generation', 'vision'][n % 3],
    operation: n % 4 === 0 ? 'text_completion' : 'chat',
    backend_id: `backend-${n % 8}`,
    backend_type: 'openai-compatible',
    algorithm: ['round_robin', 'least_latency'][n % 2],
    method: 'POST',
    status: failed ? 'error' : 'success',
    input_tokens: 200 + (n % 4000),
    output_tokens: 20 + (n % 800),
    cache_read_tokens: n % 200,
    latency_ms: 300.25 + (n % 5000),
    ttft_ms: 80 + (n % 300),
    queue_ms: n % 20,
    user_id: `user-${n % 3000}`,
    team: `team-${n % 12}`,
    application: `app-${n % 5}`,
    environment: 'production',
    correlation_id: `c-${n}`,
    request_bytes: 900 + (n % 4000),
    response_bytes: 300 + (n % 2000),
    cache_hit: n % 5 === 0,
  };
  if (failed) event.error_type = ['rate_limit', 'timeout'][(n / 50) % 2];
  if (n % 3 === 0) event.quality_score = (n % 100) / 100;
  if (n % 10 === 0) event.satisfaction_score = (n % 50) / 50;
  if (n % 7 === 0) event.revenue_usd = '0.02';
  return event;
}

/** Lines of `count` rows, each with its newline. */
export function rowLines(count: number): string[] {
  const pricer = createPricer();
  return Array.from({ length: count }, (_none, n) => {
    const event = parseEvent(eventOf(n), { nowMs: 1_800_000_000_000, futureToleranceMs: 0 });
    const stamp = { journal: 'bench', seq: n + 1, live: true, receivedMs: 1_790_000_000_000, fingerprint: n };
    return `${writeRow(writeFields(event), pricer.price(event), stamp)}\n`;
  });
}
