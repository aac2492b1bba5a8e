/** A finished request as the recorders take it: one flat object, which may be used again for the next. */

import type { Registry } from '@bellwether/metrics';
import type { RequestStatus } from '../../event.ts';
import type { PicoAmount } from '../money/pico-amount.ts';

/** What is recorded of a request. Absent texts are `''`, other absent values undefined. */
export interface FinishedRequest {
  provider: string;
  model: string;
  taskType: string;
  operation: string;
  application: string;
  team: string;
  userId: string;
  /** What other systems know it by; `''` if nobody says. Durations have it as exemplar, sanitised. */
  correlationId: string;
  /** The backend that a load balancer chose; `''` if no balancer was involved. */
  backend: string;
  backendType: string;
  algorithm: string;
  method: string;
  status: RequestStatus;
  errorType: string;
  /** The hour of the day in which it began, 0 to 23, UTC. */
  hour: number;
  latencyMs: number | undefined;
  firstTokenMs: number | undefined;
  queueMs: number | undefined;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  cacheReadTokens: number | undefined;
  cacheWriteTokens: number | undefined;
  reasoningTokens: number | undefined;
  inputAudioTokens: number | undefined;
  outputAudioTokens: number | undefined;
  inputImageTokens: number | undefined;
  /** Undefined if the price is unknown. */
  cost: PicoAmount | undefined;
  revenue: PicoAmount | undefined;
  quality: number | undefined;
  accuracy: number | undefined;
  relevance: number | undefined;
  completeness: number | undefined;
  satisfaction: number | undefined;
  requestBytes: number | undefined;
  responseBytes: number | undefined;
  /** Whether a cache of answers had it; undefined if none was asked. */
  cacheHit: boolean | undefined;
}

/** Stands in for a label that a request leaves open, since Prometheus takes an empty label for none. */
export const UNKNOWN = 'unknown';

/** A request of which nothing is known yet. */
export function emptyRequest(): FinishedRequest {
  return {
    provider: '',
    model: '',
    taskType: '',
    operation: '',
    application: '',
    team: '',
    userId: '',
    correlationId: '',
    backend: '',
    backendType: '',
    algorithm: '',
    method: '',
    status: 'success',
    errorType: '',
    hour: 0,
    latencyMs: undefined,
    firstTokenMs: undefined,
    queueMs: undefined,
    inputTokens: undefined,
    outputTokens: undefined,
    cacheReadTokens: undefined,
    cacheWriteTokens: undefined,
    reasoningTokens: undefined,
    inputAudioTokens: undefined,
    outputAudioTokens: undefined,
    inputImageTokens: undefined,
    cost: undefined,
    revenue: undefined,
    quality: undefined,
    accuracy: undefined,
    relevance: undefined,
    completeness: undefined,
    satisfaction: undefined,
    requestBytes: undefined,
    responseBytes: undefined,
    cacheHit: undefined,
  };
}

/** The kind of error of a request, or `''` if it succeeded. */
export function errorTypeOf(request: FinishedRequest): string {
  return request.status === 'success' ? '' : request.errorType || request.status;
}

/** What the recorders of a pack are made with. */
export interface PackOptions {
  readonly registry: Registry;
  /** Called when a request cannot be recorded; it is then left out of that pack. */
  readonly onRefused: (error: Error) => void;
}
