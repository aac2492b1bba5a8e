/** For tests: rows as the ledger takes them, made by the code that makes the real ones. */

import {
  type AcceptedEvent,
  emptyRequest,
  type FinishedRequest,
  parseEvent,
  type RequestEvent,
} from '@bellwether/events';
import { writeFields, writeRow } from '../ledger/row.ts';

/** When the rows arrived. */
export const ARRIVED_MS = 1_790_000_000_000;

/** The line of one event, with its newline. Its cost is the one that it names. */
export function rowLine(event: Partial<RequestEvent>, seq: number, live = true): string {
  const whole = { id: `e${seq}`, timestamp: ARRIVED_MS, provider: 'openai', model: 'gpt-4o', ...event };
  const accepted: AcceptedEvent = parseEvent(whole, { nowMs: ARRIVED_MS, futureToleranceMs: 0 });
  const charge: Parameters<typeof writeRow>[1] = {
    costPicoUsd: accepted.cost_usd,
    priceSource: '',
    priceVersion: '',
    priceId: '',
  };
  return `${writeRow(writeFields(accepted), charge, { journal: 'j', seq, live, receivedMs: ARRIVED_MS, fingerprint: 1 })}\n`;
}

/** An event in which every field is given. */
export const wholeEvent: Partial<RequestEvent> = {
  task_type: 'extraction',
  operation: 'chat',
  backend_id: 'b1',
  backend_type: 'vllm',
  algorithm: 'round_robin',
  method: 'POST',
  input_tokens: 1200,
  output_tokens: 300,
  cache_read_tokens: 100,
  cache_write_tokens: 50,
  reasoning_tokens: 20,
  latency_ms: 1250.5,
  ttft_ms: 85.25,
  queue_ms: 3,
  cost_usd: '0.0125',
  quality_score: 0.9,
  accuracy_score: 0.8,
  relevance_score: 0.7,
  completeness_score: 0.6,
  satisfaction_score: 0.5,
  user_id: 'ann',
  team: 'web',
  application: 'shop',
  revenue_usd: '0.05',
  request_bytes: 5000,
  response_bytes: 900,
  cache_hit: false,
};

/** A request that no pack with a latency can take; no event that was accepted is like it. */
export const unrecordable: FinishedRequest = {
  ...emptyRequest(),
  provider: 'openai',
  model: 'gpt-4o',
  latencyMs: Number.NaN,
};
