/** Records attempts: on the metrics, against the agreement and the budgets, and at Bellwether. */

import type { LlmRecorder, LoadBalancerRecorder, RequestEvent } from '@bellwether/events';
import type { Completion } from '../models/model-server.ts';
import type { Agreements } from './agreements.ts';
import { type Attempt, eventOf, statusOf } from './attempt.ts';
import { grade } from './grade.ts';
import type { Spending } from './spending.ts';

/** What answers cost and bring. */
export interface Prices {
  /** Dollars for a million input and output tokens of a model. */
  price(model: string): { readonly inputUsd: number; readonly outputUsd: number };
  revenuePerAnswerUsd(): number;
}

/** What the recorder is made of. */
export interface AttemptRecorderParts {
  readonly metrics: { readonly llm: LlmRecorder; readonly loadBalancer: LoadBalancerRecorder };
  readonly prices: Prices;
  readonly agreements: Agreements;
  readonly spending: Spending;
  readonly ship: (event: RequestEvent) => void;
}

/** Records attempts. */
export class AttemptRecorder {
  readonly #parts: AttemptRecorderParts;

  constructor(parts: AttemptRecorderParts) {
    this.#parts = parts;
  }

  /** Records an attempt. */
  record(attempt: Attempt): void {
    const { metrics, agreements, spending, ship, prices } = this.#parts;
    const { backend, completion, question, error } = attempt;
    const { id: name, provider, model, type } = backend.member;
    const latencyMs = attempt.endMs - attempt.startMs;
    const costUsd = attempt.cacheHit ? 0 : this.#cost(model, completion);
    const graded = completion === undefined ? undefined : grade(question.prompt, completion);
    if (!attempt.cacheHit) backend.noteLatency(latencyMs);
    metrics.loadBalancer.recordRequest({
      backend: name,
      backendType: type,
      algorithm: attempt.algorithm,
      method: 'POST',
      status: statusOf(error),
      errorType: error || undefined,
      startMs: attempt.startMs,
      endMs: attempt.endMs,
      queueMs: attempt.queueMs,
      costUsd,
      revenueUsd: completion === undefined ? 0 : prices.revenuePerAnswerUsd(),
      ...graded,
      requestBytes: Buffer.byteLength(question.prompt),
      responseBytes: Buffer.byteLength(completion?.answer ?? ''),
      cacheHit: attempt.cacheHit,
      correlationId: question.correlationId,
    });
    ship(eventOf(attempt, latencyMs, costUsd, graded));
    // An answer from the cache is no request to a model, and tells nothing of the backend.
    if (attempt.cacheHit) return;
    this.#recordLlm(attempt, latencyMs, costUsd);
    agreements.note({ backend: name, succeeded: error === '', latencyMs, quality: graded?.quality, costUsd });
    if (costUsd !== undefined) spending.add(provider, name, costUsd);
  }

  #recordLlm({ backend, completion, question, error }: Attempt, latencyMs: number, costUsd?: number): void {
    const { llm } = this.#parts.metrics;
    const { provider, model } = backend.member;
    const target = {
      provider,
      task_type: question.taskType,
      model,
      operation: 'chat',
      latency_ms: latencyMs,
    };
    if (completion === undefined) {
      llm.trackLlmError({ ...target, error_type: error });
      return;
    }
    const { usage, first_token_ms: firstTokenMs } = completion;
    llm.trackLlmRequest({ ...target, ...usage, cost_usd: costUsd, ttft_ms: firstTokenMs });
  }

  #cost(model: string, completion: Completion | undefined): number | undefined {
    if (completion === undefined) return undefined;
    const { inputUsd, outputUsd } = this.#parts.prices.price(model);
    const { input_tokens: input, output_tokens: output } = completion.usage;
    return (input * inputUsd + output * outputUsd) / 1e6;
  }
}
