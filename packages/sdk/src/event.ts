/** The events that an application ships, and how they come about from what its recorders are told. */

import type { BalancedRequest, LlmError, LlmRequest, RequestEvent } from '@bellwether/events';

/** A request event, whose id and time are filled in if they are left out. */
export type EventToShip = Omit<RequestEvent, 'timestamp'> & {
  readonly timestamp?: RequestEvent['timestamp'];
};

/** An event with everything that makes sending it again harmless. */
export type ShippedEvent = RequestEvent & { readonly id: string };

/** Everything else that may be said of a request. */
export type EventDetails = Partial<RequestEvent>;

/** A request to a model, with anything else that its event may hold. */
export type TrackedRequest = LlmRequest & EventDetails;

/** A request to a model that failed. */
export type TrackedError = LlmError & EventDetails;

/** A request through a load balancer. */
export interface TrackedBalancedRequest extends BalancedRequest {
  readonly provider: string;
  readonly model: string;
  /** Anything else that the event may hold, e.g. tokens and who asked. */
  readonly details?: EventDetails;
}

/**
 * The event of a request that a load balancer has seen to its end. Of what is no such request it is none
 * either, which a shipper counts as invalid.
 */
export function balancedEvent(request: TrackedBalancedRequest): EventToShip {
  try {
    return eventOf(request);
  } catch {
    // Something that cannot be read, or a getter that throws.
    return undefined as unknown as EventToShip;
  }
}

function eventOf(request: TrackedBalancedRequest): EventToShip {
  const optional = {
    backend_type: request.backendType,
    error_type: request.errorType,
    method: request.method,
    queue_ms: request.queueMs,
    cost_usd: request.costUsd,
    revenue_usd: request.revenueUsd,
    quality_score: request.quality,
    accuracy_score: request.accuracy,
    relevance_score: request.relevance,
    completeness_score: request.completeness,
    satisfaction_score: request.satisfaction,
    request_bytes: request.requestBytes,
    response_bytes: request.responseBytes,
    cache_hit: request.cacheHit,
    correlation_id: request.correlationId,
  };
  return {
    provider: request.provider,
    model: request.model,
    backend_id: request.backend,
    algorithm: request.algorithm,
    status: request.status,
    latency_ms: Math.max(0, request.endMs - request.startMs),
    ...present(optional),
    ...request.details,
  };
}

/** Leaves out what is undefined, since the server takes no null. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
