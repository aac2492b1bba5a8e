/** What is asked of the balancer, and a try at having it answered. */

import { type RequestEvent, sanitiseCorrelationId } from '@bellwether/events';
import type { Completion } from '../models/model-server.ts';
import type { Backend } from './backend.ts';
import type { Grade } from './grade.ts';

/** What somebody asks. */
export interface Question {
  readonly prompt: string;
  readonly taskType: string;
  readonly user: string;
  readonly application: string;
  readonly team: string;
  readonly correlationId: string;
}

/** A try at one backend, as it is recorded. */
export interface Attempt {
  readonly id: string;
  readonly question: Question;
  readonly backend: Backend;
  readonly algorithm: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly queueMs: number;
  readonly error: string;
  readonly completion: Completion | undefined;
  readonly cacheHit: boolean;
}

/** How an attempt ended, by its error. */
export function statusOf(error: string): 'success' | 'error' | 'timeout' {
  if (error === '') return 'success';
  return error === 'timeout' ? 'timeout' : 'error';
}

/** The event that Bellwether is sent. */
export function eventOf(
  { id, question, backend, algorithm, startMs, queueMs, error, completion, cacheHit }: Attempt,
  latencyMs: number,
  costUsd: number | undefined,
  graded: Grade | undefined,
): RequestEvent {
  const { id: backendId, type, provider, model } = backend.member;
  const correlationId = sanitiseCorrelationId(question.correlationId);
  return {
    id,
    timestamp: startMs,
    provider,
    model,
    task_type: question.taskType,
    operation: 'chat',
    backend_id: backendId,
    backend_type: type,
    algorithm,
    method: 'POST',
    status: statusOf(error),
    user_id: question.user,
    application: question.application,
    team: question.team,
    latency_ms: latencyMs,
    queue_ms: queueMs,
    request_bytes: Buffer.byteLength(question.prompt),
    cache_hit: cacheHit,
    ...(error && { error_type: error }),
    ...(correlationId && { correlation_id: correlationId }),
    ...(costUsd !== undefined && { cost_usd: costUsd }),
    ...(graded && {
      quality_score: graded.quality,
      accuracy_score: graded.accuracy,
      relevance_score: graded.relevance,
      completeness_score: graded.completeness,
    }),
    ...(completion && { response_bytes: Buffer.byteLength(completion.answer) }),
    ...(completion && !cacheHit && { ...completion.usage, ttft_ms: completion.first_token_ms }),
  };
}
