/**
 * How one attempt of a demo request ends: how long it takes, given its tokens,
 * the load and what the story says of its backend, and whether and how it fails.
 */

import type { RandomStream } from '../replay/random.ts';
import type { BackendSpec, ModelSpec } from './models.ts';
import type { RequestTokens } from './tokens.ts';

/** How long the applications wait for an answer. */
export const TIMEOUT_MS = 120_000;

/** What the story does to one attempt. */
export interface Strain {
  readonly latencyFactor: number;
  readonly failureShare: number;
  /** The application's burst factor; 1 without a burst. */
  readonly burst: number;
}

/** How an attempt ended. */
export interface Outcome {
  readonly status: 'success' | 'error' | 'timeout' | 'cancelled';
  readonly errorType: 'rate_limit' | 'api_error' | 'timeout' | null;
  readonly latencyMs: number;
  /** `null` where nothing was streamed. */
  readonly ttftMs: number | null;
  readonly queueMs: number;
  /** Part of the answer that was produced: 1 on success. */
  readonly produced: number;
}

/** Usual parts of the attempts that fail, before bursts and the story. */
const rates = { rateLimit: 0.0012, apiError: 0.001, timeout: 0.0005, cancelled: 0.002 } as const;

/** The part of the day at which the providers are busiest: afternoon in Europe, morning in America. */
function providerLoad(atMs: number): number {
  const hour = (atMs % 86_400_000) / 3_600_000;
  return 1 + 0.25 * Math.exp(-0.5 * ((hour - 16) / 2.5) ** 2);
}

/** Draws how an attempt ends. */
export function drawOutcome(
  attempt: {
    readonly model: ModelSpec;
    readonly backend: BackendSpec;
    readonly tokens: RequestTokens;
    readonly strain: Strain;
    readonly atMs: number;
    readonly interactive: boolean;
  },
  random: RandomStream,
): Outcome {
  const { model, backend, tokens, strain } = attempt;
  const burst = strain.burst;
  const slow = backend.slowness * strain.latencyFactor * providerLoad(attempt.atMs) * (0.92 + 0.08 * burst);
  const queueMs = random.exponential(3 * burst * burst);
  const reading = 1 + (tokens.input - tokens.cacheRead) / 25_000;
  const thinkingMs = (1000 * tokens.reasoning) / model.tokensPerSecond;
  const ttftMs = queueMs + (random.logNormal(model.ttftMs, 0.32) * reading + thinkingMs) * slow;
  const answerMs = (1000 * (tokens.output - tokens.reasoning)) / model.tokensPerSecond;
  const latencyMs = ttftMs + random.logNormal(answerMs, 0.18) * slow;
  const failure = drawFailure(strain, attempt.interactive, random);
  if (failure === 'rate_limit') return refused('rate_limit', queueMs + random.logNormal(60, 0.4), queueMs);
  if (failure === 'api_error') return refused('api_error', queueMs + random.logNormal(350, 0.8), queueMs);
  if (failure === 'timeout' || latencyMs > TIMEOUT_MS) {
    const produced = latencyMs > TIMEOUT_MS && ttftMs < TIMEOUT_MS ? TIMEOUT_MS / latencyMs : 0;
    const firstMs = produced === 0 ? null : ttftMs;
    return {
      status: 'timeout',
      errorType: 'timeout',
      latencyMs: TIMEOUT_MS,
      ttftMs: firstMs,
      queueMs,
      produced,
    };
  }
  const streamed = model.operation === 'chat';
  if (failure === 'cancelled') {
    const produced = random.uniform();
    const cancelledMs = ttftMs + (latencyMs - ttftMs) * produced;
    return { status: 'cancelled', errorType: null, latencyMs: cancelledMs, ttftMs, queueMs, produced };
  }
  return {
    status: 'success',
    errorType: null,
    latencyMs,
    ttftMs: streamed ? ttftMs : null,
    queueMs,
    produced: 1,
  };
}

function refused(errorType: 'rate_limit' | 'api_error', latencyMs: number, queueMs: number): Outcome {
  return { status: 'error', errorType, latencyMs, ttftMs: null, queueMs, produced: 0 };
}

type Failure = 'rate_limit' | 'api_error' | 'timeout' | 'cancelled' | null;

function drawFailure(strain: Strain, interactive: boolean, random: RandomStream): Failure {
  const point = random.uniform();
  let edge = rates.rateLimit * strain.burst * strain.burst;
  if (point < edge) return 'rate_limit';
  edge += rates.apiError + 0.65 * strain.failureShare;
  if (point < edge) return 'api_error';
  edge += rates.timeout + 0.35 * strain.failureShare;
  if (point < edge) return 'timeout';
  edge += interactive ? rates.cancelled : 0;
  return point < edge ? 'cancelled' : null;
}
