/**
 * A health check that asks a model for a tiny completion. Each request that it makes
 * is an event like any other, with a task type of its own, and it asks no more on a
 * day on which it has spent what it may.
 */

import { randomUUID } from 'node:crypto';
import { instantFromEpochMs, parseUsd, type PicoUsd } from '@bellwether/events';
import type { Clock } from '../../clock.ts';
import type { CompletionDefinition } from '../../config/index.ts';
import type { CheckOutcome, HealthCheck } from '../../health/index.ts';
import type { Outgoing } from '../../outgoing/index.ts';
import type { Pricer } from '../../pricing/pricer.ts';
import type { PricedUsage } from '../../pricing/charge.ts';
import { UNKNOWN_COUNTS } from '../../usage/reading.ts';
import { type OnSecret, readCredentials } from '../credentials.ts';
import { ask, type Asked, INPUT_TOKENS_MAX } from './ask.ts';
import type { ProbeSpend } from './probe-spend.ts';

/** The task type of its events. */
export const PROBE_TASK_TYPE = 'health_probe';

/** What checks need. */
export interface CompletionOptions {
  readonly clock: Clock;
  readonly outgoing: Outgoing;
  readonly onSecret: OnSecret;
  readonly pricer: Pricer;
  readonly spend: ProbeSpend;
  /** Stores an event. */
  readonly store: (event: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Hears of each run; the cost is null where the price is unknown. */
  readonly onResult: (
    probe: string,
    result: {
      readonly outcome: Asked['status'] | 'limited';
      readonly latencyMs: number;
      readonly costPicoUsd: PicoUsd | null;
    },
  ) => void;
}

/** Room for what follows the request itself. */
const TIMEOUT_MARGIN_MS = 2000;

/** The check. */
export function completionCheck(definition: CompletionDefinition, options: CompletionOptions): HealthCheck {
  const { id, intervalMs, timeoutMs, critical } = definition;
  return {
    name: `completion_${id}`,
    component: 'completion',
    critical,
    intervalMs,
    timeoutMs: timeoutMs + TIMEOUT_MARGIN_MS,
    run: (signal) => run(definition, options, signal),
  };
}

async function run(
  definition: CompletionDefinition,
  { clock, outgoing, onSecret, pricer, spend, store, onResult }: CompletionOptions,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const { id, access, tokensMax, dailyUsdMax } = definition;
  const nowMs = clock.nowMs();
  const day = new Date(nowMs).toISOString().slice(0, 10);
  const own = readCredentials(access, onSecret);
  const most = { status: 'success', input_tokens: INPUT_TOKENS_MAX, output_tokens: tokensMax } as const;
  // Of an unknown price nothing can be booked: the interval alone bounds such a probe.
  const booked = pricer.price(usageOf(definition, nowMs, most)).costPicoUsd ?? 0n;
  if (!spend.book(id, day, booked, parseUsd(dailyUsdMax) ?? 0n)) {
    onResult(id, { outcome: 'limited', latencyMs: 0, costPicoUsd: 0n });
    return { status: 'degraded', message: 'It is not asked any more today: it has spent its daily limit.' };
  }
  const asked = await ask(definition, own, { outgoing, clock, signal });
  const { counts, status, latencyMs, message } = asked;
  const { costPicoUsd } = pricer.price(
    usageOf(definition, asked.startedMs, { ...counts, status, latency_ms: latencyMs }),
    counts.detail ?? undefined,
  );
  // Whether a request without an answer is charged, nobody knows: then what was booked stays.
  if (status !== 'timeout') spend.correct(id, day, (costPicoUsd ?? 0n) - booked);
  onResult(id, { outcome: status, latencyMs, costPicoUsd });
  await store(eventOf(definition, asked));
  const observed = { value: Math.round(latencyMs), unit: 'ms' };
  return { status: status === 'success' ? 'healthy' : 'unhealthy', message, observed };
}

/** What a request used, as the pricer takes it. */
function usageOf(
  { provider, model }: CompletionDefinition,
  atMs: number,
  used: Pick<PricedUsage, 'status'> & Partial<PricedUsage>,
): PricedUsage {
  const timestamp = instantFromEpochMs(atMs);
  const { detail: _detail, ...unknown } = UNKNOWN_COUNTS;
  if (timestamp === null) throw new RangeError('The clock is beyond what a timestamp can say.');
  return {
    provider,
    model,
    response_model: '',
    timestamp,
    service_tier: '',
    region: '',
    ...unknown,
    cost_usd: null,
    latency_ms: null,
    ...used,
  };
}

/** The event of a request. It earns nothing, so that figures of the business know no revenue of it. */
function eventOf(
  { id, provider, model, backend }: CompletionDefinition,
  { status, errorType, startedMs, latencyMs, counts, responseModel, serviceTier }: Asked,
): Readonly<Record<string, unknown>> {
  const { detail: _detail, ...tokens } = counts;
  const known = Object.entries({
    ...tokens,
    error_type: errorType,
    response_model: responseModel,
    service_tier: serviceTier,
    backend_id: backend,
  }).filter(([, value]) => value !== null && value !== '');
  return {
    id: `probe-${id}-${randomUUID()}`,
    timestamp: startedMs,
    provider,
    model,
    task_type: PROBE_TASK_TYPE,
    operation: 'chat',
    application: 'bellwether',
    status,
    latency_ms: latencyMs,
    revenue_usd: '0',
    attributes: { probe: id },
    ...Object.fromEntries(known),
  };
}
