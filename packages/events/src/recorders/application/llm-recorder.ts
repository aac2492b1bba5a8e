/**
 * Records requests to language models inside the application that makes them. One
 * plain object, whose fields have the names of the event's, updates every family; it
 * takes about the time of one counter and allocates nothing.
 */

import { defineMetrics, defineRecord } from '@bellwether/metrics';
import { llmBudgets, llmPack } from '../../catalogue/llm.ts';
import {
  DEFAULT_OPERATION,
  emptyOperation,
  type GenAiOperation,
  genAiOperations,
} from '../requests/gen-ai-requests.ts';
import { safely } from './failures.ts';
import type { Recording } from './recording.ts';

/** Who was asked for what. */
export interface LlmTarget {
  readonly provider: string;
  readonly task_type: string;
  readonly model: string;
}

/** What is measured of a request. */
export interface LlmMeasures {
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** From its start to its end. */
  readonly latency_ms?: number | undefined;
  /** Left out if the price is unknown. */
  readonly cost_usd?: number | undefined;
}

/** What only OpenTelemetry's families show. */
export interface LlmDetails {
  /** The kind of call: `chat`, `embeddings`, …; `chat` if left out. */
  readonly operation?: string | undefined;
  /** From the start to the first token. */
  readonly ttft_ms?: number | undefined;
  readonly cache_read_tokens?: number | undefined;
  readonly cache_write_tokens?: number | undefined;
  readonly reasoning_tokens?: number | undefined;
}

/** A request that has ended. */
export interface LlmRequest extends LlmTarget, LlmMeasures, LlmDetails {
  /** Counts the request as failed, too. */
  readonly error_type?: string | undefined;
}

/** A request that failed. */
export interface LlmError extends LlmTarget, Partial<LlmMeasures>, LlmDetails {
  /** `timeout`, `rate_limit`, `api_error`, `budget_exceeded`, … */
  readonly error_type: string;
}

/** The budget of a calendar month. */
export interface LlmBudget {
  readonly spentUsd: number;
  readonly budgetUsd: number;
}

/** How the recorder is set up. */
export interface LlmRecorderOptions {
  /** Seconds; see {@link llmPack}. */
  readonly latencyBuckets?: readonly number[] | undefined;
  /** Records OpenTelemetry's families beside the others, which takes a few times as long as without. */
  readonly genAi?: boolean | undefined;
}

/** Requests of one target, found beforehand. */
export interface BoundLlmRequests {
  /** Records a request that succeeded. Never throws. */
  record(measures: LlmMeasures): void;
}

interface Group {
  readonly record: (request: LlmRequest) => void;
  bind(target: LlmTarget): { record(measures: LlmMeasures): void };
}

/** Records requests to language models. Its functions may be called detached; none of them throws. */
export class LlmRecorder {
  /** Records a request that has ended. */
  readonly trackLlmRequest: (request: LlmRequest) => void;
  /** Records a request that failed: it counts as a request and as an error. */
  readonly trackLlmError: (error: LlmError) => void;
  /** Shows what is spent and left of the month's budget of a provider. */
  readonly updateBudget: (provider: string, budget: LlmBudget) => void;
  /** Finds the series of a target once, for those who ask it often. */
  readonly bind: (target: LlmTarget) => BoundLlmRequests;

  constructor(recording: Recording, options: LlmRecorderOptions = {}) {
    const { registry, failures } = recording;
    const note = failures.of('llm');
    const group: Group = llmGroup(recording, options.latencyBuckets, note);
    const genAi = options.genAi === true ? new GenAiRecorder(recording, note) : undefined;
    const budgets = safely(defineMetrics(llmBudgets, { registry }), note);
    this.trackLlmRequest =
      genAi === undefined
        ? group.record
        : (request) => {
            group.record(request);
            try {
              genAi.record(request, request);
            } catch (failure) {
              note(failure);
            }
          };
    this.trackLlmError = (error) => {
      try {
        const { input_tokens = 0, output_tokens = 0 } = error;
        group.record({ ...error, input_tokens, output_tokens });
        if (genAi !== undefined) genAi.record(error, error);
      } catch (failure) {
        note(failure);
      }
    };
    this.updateBudget = (provider, budget) => {
      try {
        budgets.spend.set({ provider }, budget.spentUsd);
        budgets.remaining.set({ provider }, budget.budgetUsd - budget.spentUsd);
      } catch (failure) {
        note(failure);
      }
    };
    this.bind = (target) => {
      const bound = boundTo(group, target, note);
      return genAi === undefined ? bound : new BoundGenAi(bound, target, genAi, note);
    };
  }
}

function llmGroup(
  { registry }: Recording,
  latencyBuckets: readonly number[] | undefined,
  onRefused: (error: unknown) => void,
): Group {
  const llm = defineMetrics(llmPack(latencyBuckets), { registry });
  return defineRecord(
    {
      name: 'an LLM request',
      labels: ['provider', 'task_type', 'model'],
      optionalLabels: ['error_type'],
      updates: [
        { metric: llm.requests, add: 1 },
        { metric: llm.latency, observe: 'latency_ms', dividedBy: 1000, optional: true },
        { metric: llm.cost, add: 'cost_usd', optional: true },
        { metric: llm.tokens, with: { token_type: 'input' }, add: 'input_tokens' },
        { metric: llm.tokens, with: { token_type: 'output' }, add: 'output_tokens' },
        { metric: llm.tokens, with: { token_type: 'total' }, add: ['input_tokens', 'output_tokens'] },
        { metric: llm.errors, add: 1 },
      ],
    },
    { onRefused },
  );
}

/** What OpenTelemetry's families take of a request. */
interface GenAiMeasures extends Partial<LlmMeasures>, LlmDetails {
  readonly error_type?: string | undefined;
}

/** Records OpenTelemetry's families from the same object. */
class GenAiRecorder {
  readonly #operations: { record(operation: GenAiOperation): void };
  readonly #operation = emptyOperation();

  constructor({ registry }: Recording, onRefused: (error: unknown) => void) {
    this.#operations = genAiOperations({ registry, onRefused }).operations;
  }

  record(target: LlmTarget, request: GenAiMeasures): void {
    const operation = this.#operation;
    operation.gen_ai_operation_name = request.operation ?? DEFAULT_OPERATION;
    operation.gen_ai_provider_name = target.provider;
    operation.gen_ai_request_model = target.model;
    operation.error_type = request.error_type ?? '';
    operation.latency_ms = request.latency_ms;
    operation.first_chunk_ms = request.ttft_ms;
    operation.input_tokens = request.input_tokens;
    operation.output_tokens = request.output_tokens;
    operation.plain_input_tokens = request.input_tokens;
    operation.plain_output_tokens = request.output_tokens;
    operation.cache_read_tokens = request.cache_read_tokens;
    operation.cache_write_tokens = request.cache_write_tokens;
    operation.reasoning_tokens = request.reasoning_tokens;
    this.#operations.record(operation);
  }
}

/** The series of a target; ones that take nothing if it is none. */
function boundTo(group: Group, target: LlmTarget, note: (error: unknown) => void): BoundLlmRequests {
  try {
    return group.bind(target);
  } catch (error) {
    note(error);
    return { record: () => note(error) };
  }
}

/** Requests of one target, with OpenTelemetry's families beside the others. */
class BoundGenAi implements BoundLlmRequests {
  readonly #bound: BoundLlmRequests;
  readonly #target: LlmTarget;
  readonly #genAi: GenAiRecorder;
  readonly #note: (error: unknown) => void;

  constructor(
    bound: BoundLlmRequests,
    target: LlmTarget,
    genAi: GenAiRecorder,
    note: (error: unknown) => void,
  ) {
    this.#bound = bound;
    this.#target = target;
    this.#genAi = genAi;
    this.#note = note;
  }

  record(measures: LlmMeasures): void {
    try {
      this.#bound.record(measures);
      this.#genAi.record(this.#target, measures);
    } catch (error) {
      this.#note(error);
    }
  }
}
