/**
 * One request of the demo as the events it leaves: one per attempt, since a
 * failed attempt is usually tried again, at another backend where there is one.
 */

import { formatUsd, type RequestEvent } from '@bellwether/events';
import type { RandomStream } from '../replay/random.ts';
import { type CompiledApplication, type CompiledTask, deploymentAt, drawBackend } from './compiled.ts';
import type { BackendSpec, ModelSpec } from './models.ts';
import { drawOutcome, type Outcome } from './outcome.ts';
import { addScores } from './scores.ts';
import { concerns, isActive } from './story.ts';
import { drawTokens, type RequestTokens } from './tokens.ts';

/** An event of the demo: its timestamp is always whole milliseconds, its latency always given. */
export type DemoEvent = RequestEvent & { id: string; timestamp: number; latency_ms: number };

/** Attempts at one request, and how likely a failed one is tried again. */
const ATTEMPTS_MAX = 3;
const RETRY_SHARE = 0.8;
const BACKOFF_MS = 800;

/** After this local hour copy-studio's daily budget may be used up. */
const BUDGET_HOUR = 15;
const BUDGET_REFUSED_SHARE = 0.03;

/** A request before it is sent. */
export interface RequestStart {
  readonly id: string;
  readonly application: CompiledApplication;
  readonly atMs: number;
  readonly burst: number;
}

interface Draft extends RequestStart {
  readonly task: CompiledTask;
  readonly model: ModelSpec;
  readonly user: number;
}

interface Effects {
  latencyFactor: number;
  failureShare: number;
  priceFactor: number;
  outputTokensFactor: number;
  qualityChange: number;
}

/** Draws one request and appends the event of each of its attempts, in time order. */
export function drawRequest(start: RequestStart, random: RandomStream, into: DemoEvent[]): void {
  const task = start.application.tasks.draw(random);
  const model = task.models.draw(random);
  const draft: Draft = { ...start, task, model, user: start.application.users.draw(random, start.atMs) };
  if (isOverBudget(draft, random)) {
    into.push(refuseForBudget(draft, random));
    return;
  }
  if (task.spec.responseCacheShare !== undefined && random.chance(task.spec.responseCacheShare)) {
    into.push(answerFromCache(draft, random));
    return;
  }
  drawAttempts(draft, random, into);
}

function drawAttempts(draft: Draft, random: RandomStream, into: DemoEvent[]): void {
  const { application, task, model } = draft;
  let { atMs } = draft;
  let backend: BackendSpec | undefined;
  let tokens: RequestTokens | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    backend = drawBackend(model.provider, random, backend);
    const effects = effectsOf(application, model, backend, atMs);
    // A retry sends the same prompt again.
    tokens ??= drawTokens(task.spec, model, random, effects.outputTokensFactor);
    const outcome = drawOutcome(
      {
        model,
        backend,
        tokens,
        strain: { ...effects, burst: draft.burst },
        atMs,
        interactive: task.spec.interactive,
      },
      random,
    );
    const event = baseEvent(draft, atMs, outcome.latencyMs, attempt);
    describeBackend(event, draft, backend, outcome);
    addUsage(event, model, tokens, outcome, effects.priceFactor);
    if (outcome.status === 'success') {
      if (task.spec.revenueUsd !== undefined) event.revenue_usd = task.spec.revenueUsd;
      addScores(event, { task: task.spec, model, qualityChange: effects.qualityChange }, random);
    }
    into.push(event);
    if (outcome.errorType === null || !random.chance(RETRY_SHARE)) return;
    atMs = Math.ceil(atMs + event.latency_ms + random.exponential(BACKOFF_MS * 2 ** (attempt - 1)));
  }
}

/** What every event says, whatever became of the request. */
function baseEvent(draft: Draft, atMs: number, latencyMs: number, attempt: number): DemoEvent {
  const { spec, users } = draft.application;
  const event: DemoEvent = {
    id: attempt === 1 ? draft.id : `${draft.id}-r${attempt - 1}`,
    timestamp: atMs,
    provider: draft.model.provider,
    model: draft.model.model,
    task_type: draft.task.spec.taskType,
    operation: draft.model.operation,
    method: 'POST',
    status: 'success',
    latency_ms: tenths(latencyMs),
    input_tokens: 0,
    output_tokens: 0,
    user_id: users.id(draft.user),
    team: spec.team,
    tenant: spec.tenant,
    application: spec.application,
    environment: spec.environment,
    deployment: deploymentAt(draft.application, atMs),
    correlation_id: draft.id,
  };
  if (draft.task.spec.interactive) event.session_id = users.session(draft.user, draft.atMs);
  if (draft.task.spec.serviceTier !== undefined) event.service_tier = draft.task.spec.serviceTier;
  if (spec.job !== undefined) event.attributes = { job: spec.job };
  else if (attempt > 1) event.attributes = { attempt: String(attempt) };
  return event;
}

function describeBackend(event: DemoEvent, draft: Draft, backend: BackendSpec, outcome: Outcome): void {
  event.backend_id = backend.id;
  event.backend_type = backend.type;
  event.algorithm = draft.application.spec.algorithm;
  event.status = outcome.status;
  if (outcome.errorType !== null) event.error_type = outcome.errorType;
  if (outcome.ttftMs !== null) event.ttft_ms = tenths(outcome.ttftMs);
  event.queue_ms = tenths(outcome.queueMs);
}

/** A provider charges what it read and wrote; an attempt that it refused has neither. */
function addUsage(
  event: DemoEvent,
  model: ModelSpec,
  tokens: RequestTokens,
  outcome: Outcome,
  priceFactor: number,
): void {
  event.request_bytes = Math.round(tokens.input * 4.1) + 350;
  event.response_bytes = Math.round(tokens.output * outcome.produced * 4.3) + 180;
  if (outcome.status === 'error') {
    if (model.ownPrice !== undefined) event.cost_usd = '0.00';
    return;
  }
  event.input_tokens = tokens.input;
  event.output_tokens = Math.round(tokens.output * outcome.produced);
  if (tokens.cacheRead > 0) event.cache_read_tokens = tokens.cacheRead;
  if (tokens.cacheWrite > 0) event.cache_write_tokens = tokens.cacheWrite;
  if (tokens.cacheWrite1h > 0) event.cache_write_1h_tokens = tokens.cacheWrite1h;
  if (tokens.reasoning > 0) event.reasoning_tokens = Math.min(tokens.reasoning, event.output_tokens);
  if (tokens.image > 0) event.input_image_tokens = tokens.image;
  if (tokens.audio > 0) event.input_audio_tokens = tokens.audio;
  if (model.ownPrice === undefined) return;
  const { inputPicoUsd, outputPicoUsd } = model.ownPrice;
  const picoUsd = (event.input_tokens * inputPicoUsd + event.output_tokens * outputPicoUsd) * priceFactor;
  event.cost_usd = formatUsd(BigInt(Math.round(picoUsd)));
}

function isOverBudget({ application: { spec }, atMs }: Draft, random: RandomStream): boolean {
  if (spec.application !== 'copy-studio') return false;
  const localHour = (((atMs / 3_600_000 + spec.utcOffsetHours) % 24) + 24) % 24;
  return localHour >= BUDGET_HOUR && random.chance(BUDGET_REFUSED_SHARE);
}

function refuseForBudget(draft: Draft, random: RandomStream): DemoEvent {
  const event = baseEvent(draft, draft.atMs, random.logNormal(3, 0.3), 1);
  event.status = 'error';
  event.error_type = 'budget_exceeded';
  return event;
}

/** An answer from the response cache asks no provider, and so has no tokens and costs nothing. */
function answerFromCache(draft: Draft, random: RandomStream): DemoEvent {
  const event = baseEvent(draft, draft.atMs, random.logNormal(6, 0.4), 1);
  event.cache_hit = true;
  return event;
}

function effectsOf(
  { facts, spec }: CompiledApplication,
  { provider, model }: ModelSpec,
  backend: BackendSpec,
  atMs: number,
): Effects {
  const effects: Effects = {
    latencyFactor: 1,
    failureShare: 0,
    priceFactor: 1,
    outputTokensFactor: 1,
    qualityChange: 0,
  };
  for (const fact of facts) {
    if (!isActive(fact, atMs)) continue;
    const { application, team } = spec;
    if (!concerns(fact, { provider, model, backend_id: backend.id, application, team })) continue;
    effects.latencyFactor *= fact.effect.latencyFactor ?? 1;
    effects.failureShare += fact.effect.failureShare ?? 0;
    effects.priceFactor *= fact.effect.priceFactor ?? 1;
    effects.outputTokensFactor *= fact.effect.outputTokensFactor ?? 1;
    effects.qualityChange += fact.effect.qualityChange ?? 0;
  }
  return effects;
}

/** A duration to a tenth of a millisecond, which is what a proxy's log has. */
function tenths(durationMs: number): number {
  return Math.round(durationMs * 10) / 10;
}
