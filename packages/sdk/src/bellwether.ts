/**
 * What an application embeds: one call for a request records its metrics and ships
 * its event. None of the calls throws or waits.
 */

import {
  type ApplicationMetrics,
  applicationMetrics,
  type Feedback,
  type LlmRecorderOptions,
  type LoadBalancerOptions,
  type FailureListener,
} from '@bellwether/events';
import { type Registry, register } from '@bellwether/metrics';
import type { ShipperCounts } from './counts.ts';
import {
  balancedEvent,
  type TrackedBalancedRequest,
  type TrackedError,
  type TrackedRequest,
} from './event.ts';
import { atExit } from './exit.ts';
import { feedbackShipper } from './feedback.ts';
import { settle, type ShipperOptions } from './options.ts';
import { Shipper } from './shipper.ts';

/** How an application sets it up. */
export interface BellwetherOptions extends ShipperOptions {
  /** The registry of the metrics; the default registry if left out. */
  readonly registry?: Registry;
  readonly llm?: LlmRecorderOptions;
  readonly loadBalancer?: LoadBalancerOptions;
  /** Told of the first failure of each recorder. */
  readonly onRecordingFailure?: FailureListener;
}

/** Records and ships. */
export class Bellwether {
  /** The recorders, for what has no event. */
  readonly metrics: ApplicationMetrics<'llm' | 'load_balancer'>;
  /** Ships events; for those that the functions below do not make. */
  readonly shipper: Shipper;
  readonly #feedback: ReturnType<typeof feedbackShipper>;
  readonly #unhook: () => void;

  constructor(options: BellwetherOptions) {
    const { registry = register, llm, loadBalancer, onRecordingFailure } = options;
    this.metrics = applicationMetrics({
      registry,
      packs: ['llm', 'load_balancer'],
      ...(llm !== undefined && { llm }),
      ...(loadBalancer !== undefined && { loadBalancer }),
      ...(onRecordingFailure !== undefined && { onFailure: onRecordingFailure }),
    });
    this.shipper = new Shipper({ ...options, registry, exitSignals: [] });
    this.#feedback = feedbackShipper(options);
    // A signal waits for both, so it is heard here and not by each.
    const both = {
      shipped: 0,
      waiting: { events: 0 },
      flush: (timeoutMs: number) => this.flush(timeoutMs),
      close: (timeoutMs: number) => this.close(timeoutMs),
      leave: () => undefined,
    };
    this.#unhook = atExit(both, options.exitSignals ?? [], settle(options).exitTimeoutMs);
  }

  /** A request to a model that has ended. Gives the id of its event. */
  trackLlmRequest(request: TrackedRequest): string {
    this.metrics.llm.trackLlmRequest(request);
    return this.shipper.ship(request);
  }

  /** A request to a model that failed. Gives the id of its event. */
  trackLlmError(error: TrackedError): string {
    this.metrics.llm.trackLlmError(error);
    return this.shipper.ship(error);
  }

  /** A request that a load balancer has seen to its end. Gives the id of its event. */
  recordRequest(request: TrackedBalancedRequest): string {
    this.metrics.loadBalancer.recordRequest(request);
    return this.shipper.ship(balancedEvent(request));
  }

  /** What somebody says of a request, by the id that its call here gave. Gives the id of the rating. */
  sendFeedback(feedback: Feedback): string {
    return this.#feedback.send(feedback);
  }

  /** What became of the ratings so far. */
  get feedbackCounts(): ShipperCounts {
    return this.#feedback.shipper.counts;
  }

  /** Sends what waits; false if that takes longer than `timeoutMs`. */
  async flush(timeoutMs?: number): Promise<boolean> {
    const sent = await Promise.all([this.shipper.flush(timeoutMs), this.#feedback.shipper.flush(timeoutMs)]);
    return sent.every(Boolean);
  }

  /** Sends what waits and ends; see {@link Shipper.close}. */
  async close(timeoutMs?: number): Promise<void> {
    await Promise.all([this.shipper.close(timeoutMs), this.#feedback.shipper.close(timeoutMs)]);
    this.#unhook();
  }
}

/**
 * Sets up recording and shipping. Throws for options that cannot work and if the
 * registry has the families already; nothing throws afterwards.
 *
 * @example
 * const bellwether = createBellwether({
 *   url: 'http://127.0.0.1:9091',
 *   defaults: { application: 'shop', environment: 'production' },
 * });
 * bellwether.trackLlmRequest({
 *   provider: 'openai', task_type: 'extraction', model: 'gpt-4o',
 *   latency_ms: 840, input_tokens: 1200, output_tokens: 80, team: 'search',
 * });
 */
export function createBellwether(options: BellwetherOptions): Bellwether {
  return new Bellwether(options);
}
