/** OpenTelemetry's generative AI families, recorded from finished requests. */

import { defineMetrics, defineRecord } from '@bellwether/metrics';
import { genAiClientPack } from '../../catalogue/gen-ai.ts';
import { errorTypeOf, type FinishedRequest, type PackOptions } from './finished-request.ts';

/** What an operation is called that does not say what it is. */
export const DEFAULT_OPERATION = 'chat';

/** The labels that every family has. */
export interface GenAiLabels {
  gen_ai_operation_name: string;
  gen_ai_provider_name: string;
  gen_ai_request_model: string;
}

/** What the families are updated from. Absent measures are undefined. */
export interface GenAiOperation extends GenAiLabels {
  /** `''` if it succeeded. */
  error_type: string;
  latency_ms: number | undefined;
  first_chunk_ms: number | undefined;
  input_tokens: number | undefined;
  output_tokens: number | undefined;
  /** Tokens whose modality nobody tells. */
  plain_input_tokens: number | undefined;
  plain_output_tokens: number | undefined;
  cache_read_tokens: number | undefined;
  cache_write_tokens: number | undefined;
  reasoning_tokens: number | undefined;
}

/** Tokens by modality, of the few operations that tell them apart. */
export interface ModalTokens extends GenAiLabels {
  text_input_tokens: number;
  audio_input_tokens: number;
  image_input_tokens: number;
  text_output_tokens: number;
  audio_output_tokens: number;
}

/** An operation of which nothing is known yet. */
export function emptyOperation(): GenAiOperation {
  return {
    gen_ai_operation_name: DEFAULT_OPERATION,
    gen_ai_provider_name: '',
    gen_ai_request_model: '',
    error_type: '',
    latency_ms: undefined,
    first_chunk_ms: undefined,
    input_tokens: undefined,
    output_tokens: undefined,
    plain_input_tokens: undefined,
    plain_output_tokens: undefined,
    cache_read_tokens: undefined,
    cache_write_tokens: undefined,
    reasoning_tokens: undefined,
  };
}

const labels = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model'] as const;
const ofType = (type: string) => ({ gen_ai_token_type: type });
const ofModality = (modality: string) => ({ gen_ai_token_modality: modality });

/** Makes the families and the two ways to update them. Throws if the registry has them. */
export function genAiOperations({ registry, onRefused }: PackOptions) {
  const genAi = defineMetrics(genAiClientPack, { registry });
  const operations = defineRecord(
    {
      name: 'a generative AI operation',
      labels: [...labels, 'error_type'],
      updates: [
        { metric: genAi.duration, observe: 'latency_ms', dividedBy: 1000, optional: true },
        { metric: genAi.firstChunk, observe: 'first_chunk_ms', dividedBy: 1000, optional: true },
        { metric: genAi.tokenUsage, with: ofType('input'), observe: 'input_tokens', optional: true },
        { metric: genAi.tokenUsage, with: ofType('output'), observe: 'output_tokens', optional: true },
        {
          metric: genAi.inputTokens,
          with: ofModality('unknown'),
          add: 'plain_input_tokens',
          optional: true,
        },
        {
          metric: genAi.outputTokens,
          with: ofModality('unknown'),
          add: 'plain_output_tokens',
          optional: true,
        },
        { metric: genAi.cacheReadTokens, add: 'cache_read_tokens', optional: true },
        { metric: genAi.cacheWriteTokens, add: 'cache_write_tokens', optional: true },
        { metric: genAi.reasoningTokens, add: 'reasoning_tokens', optional: true },
      ],
    },
    { onRefused },
  );
  const modal = defineRecord(
    {
      name: 'tokens by modality',
      labels,
      updates: [
        { metric: genAi.inputTokens, with: ofModality('text'), add: 'text_input_tokens' },
        { metric: genAi.inputTokens, with: ofModality('audio'), add: 'audio_input_tokens' },
        { metric: genAi.inputTokens, with: ofModality('image'), add: 'image_input_tokens' },
        { metric: genAi.outputTokens, with: ofModality('text'), add: 'text_output_tokens' },
        { metric: genAi.outputTokens, with: ofModality('audio'), add: 'audio_output_tokens' },
      ],
    },
    { onRefused },
  );
  return { operations, modal };
}

/** Records the families from finished requests. */
export class GenAiRequests {
  readonly #families: {
    readonly operations: { record(operation: GenAiOperation): void };
    readonly modal: { record(tokens: ModalTokens): void };
  };
  readonly #operation = emptyOperation();

  constructor(options: PackOptions) {
    this.#families = genAiOperations(options);
  }

  /** Records a request. */
  record(request: FinishedRequest): void {
    const operation = this.#operation;
    const toldApart =
      request.inputAudioTokens !== undefined ||
      request.outputAudioTokens !== undefined ||
      request.inputImageTokens !== undefined;
    operation.gen_ai_operation_name = request.operation || DEFAULT_OPERATION;
    operation.gen_ai_provider_name = request.provider;
    operation.gen_ai_request_model = request.model;
    operation.error_type = errorTypeOf(request);
    operation.latency_ms = request.latencyMs;
    operation.first_chunk_ms = request.firstTokenMs;
    operation.input_tokens = request.inputTokens;
    operation.output_tokens = request.outputTokens;
    operation.plain_input_tokens = toldApart ? undefined : request.inputTokens;
    operation.plain_output_tokens = toldApart ? undefined : request.outputTokens;
    operation.cache_read_tokens = request.cacheReadTokens;
    operation.cache_write_tokens = request.cacheWriteTokens;
    operation.reasoning_tokens = request.reasoningTokens;
    this.#families.operations.record(operation);
    if (toldApart) this.#families.modal.record(modalTokensOf(request, operation));
  }
}

/** What is neither audio nor image is text. */
function modalTokensOf(request: FinishedRequest, labels: GenAiLabels): ModalTokens {
  const { inputTokens = 0, outputTokens = 0, inputAudioTokens = 0, outputAudioTokens = 0 } = request;
  const { inputImageTokens = 0 } = request;
  return {
    gen_ai_operation_name: labels.gen_ai_operation_name,
    gen_ai_provider_name: labels.gen_ai_provider_name,
    gen_ai_request_model: labels.gen_ai_request_model,
    text_input_tokens: Math.max(0, inputTokens - inputAudioTokens - inputImageTokens),
    audio_input_tokens: inputAudioTokens,
    image_input_tokens: inputImageTokens,
    text_output_tokens: Math.max(0, outputTokens - outputAudioTokens),
    audio_output_tokens: outputAudioTokens,
  };
}
