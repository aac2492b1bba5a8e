/**
 * The families that OpenTelemetry's conventions for generative AI name, under the
 * names that its translation to Prometheus gives them. Of the generations of those
 * conventions: the client's histograms are the ones of 1.37 to 1.41, which most
 * SDKs and dashboards know; the token counters are those of the conventions' own
 * repository, which have no predecessor. The histograms that the latter merely
 * renames are not exposed twice.
 */

import {
  genAiDurationBuckets,
  genAiFirstTokenBuckets,
  genAiPerTokenBuckets,
  genAiTokenBuckets,
} from './buckets.ts';
import { byApplicationOrExporter, byBoth, pack } from './family.ts';

const operation = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model'] as const;

/** Operations as their client sees them. */
export const genAiClientPack = pack('gen_ai', byBoth, {
  tokenUsage: {
    name: 'gen_ai_client_token_usage',
    type: 'histogram',
    help: 'Input and output tokens of one operation. Input includes cached tokens, output includes reasoning.',
    labels: [...operation, 'gen_ai_token_type'],
    buckets: genAiTokenBuckets,
  },
  duration: {
    name: 'gen_ai_client_operation_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Duration of an operation. The error type of one that succeeded is empty.',
    labels: [...operation, 'error_type'],
    buckets: genAiDurationBuckets,
  },
  firstChunk: {
    name: 'gen_ai_client_operation_time_to_first_chunk_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time from the start of a streamed operation to its first chunk.',
    labels: operation,
    buckets: genAiDurationBuckets,
  },
  inputTokens: {
    name: 'gen_ai_client_inference_usage_input_tokens_total',
    type: 'counter',
    help: 'Input tokens, cached ones included. The modality is unknown where the provider does not tell tokens apart.',
    labels: [...operation, 'gen_ai_token_modality'],
  },
  outputTokens: {
    name: 'gen_ai_client_inference_usage_output_tokens_total',
    type: 'counter',
    help: 'Output tokens, reasoning included. The modality is unknown where the provider does not tell tokens apart.',
    labels: [...operation, 'gen_ai_token_modality'],
  },
  cacheReadTokens: {
    name: 'gen_ai_client_inference_usage_cache_read_input_tokens_total',
    type: 'counter',
    help: 'Input tokens that the provider read from its cache; part of the input tokens.',
    labels: operation,
  },
  cacheWriteTokens: {
    name: 'gen_ai_client_inference_usage_cache_write_input_tokens_total',
    type: 'counter',
    help: 'Input tokens that the provider wrote to its cache; part of the input tokens.',
    labels: operation,
  },
  reasoningTokens: {
    name: 'gen_ai_client_inference_usage_reasoning_output_tokens_total',
    type: 'counter',
    help: 'Output tokens spent on reasoning; part of the output tokens.',
    labels: operation,
  },
});

/** Requests as a model server sees them. */
export const genAiServerPack = pack('gen_ai', byApplicationOrExporter, {
  duration: {
    name: 'gen_ai_server_request_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time from the arrival of a request at the model server to the last byte or token of its answer.',
    labels: [...operation, 'error_type'],
    buckets: genAiDurationBuckets,
  },
  firstToken: {
    name: 'gen_ai_server_time_to_first_token_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time that the model server takes to generate the first token of an answer that succeeded.',
    labels: operation,
    buckets: genAiFirstTokenBuckets,
  },
  perOutputToken: {
    name: 'gen_ai_server_time_per_output_token_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time that the model server takes for each token after the first, of answers that succeeded.',
    labels: operation,
    buckets: genAiPerTokenBuckets,
  },
});
