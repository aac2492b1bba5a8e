/** The tables of engines that generate text: vLLM, SGLang, TGI, TensorRT-LLM. */

import type { ExporterTable, LabelRule, MappingRule } from './rule.ts';

const input = { token_type: 'input' } as const;
const output = { token_type: 'output' } as const;
const success = { outcome: 'success' } as const;
const cancelled = { outcome: 'cancelled' } as const;

/** The reasons why vLLM and TensorRT-LLM end a request. */
const finishedReason: LabelRule = {
  label: ['finished_reason'],
  values: {
    stop: 'success',
    length: 'success',
    repetition: 'success',
    end_id: 'success',
    stop_words: 'success',
    abort: 'cancelled',
    cancelled: 'cancelled',
    error: 'error',
    timeout: 'error',
  },
  otherwise: 'other',
};

export const vllm: ExporterTable = {
  kind: 'vllm',
  source:
    'vllm-project/vllm, vllm/v1/metrics/loggers.py (at 005a810, and expositions of v0.29), reasons: FINISH_REASON_STRINGS of vllm/v1/engine; older names: docs.vllm.ai, v0.5 to v0.9',
  model: ['model_name'],
  rules: [
    {
      from: ['vllm:request_success_total'],
      to: 'model_server_requests_total',
      labels: { outcome: finishedReason },
    },
    { from: ['vllm:prompt_tokens_total'], to: 'model_server_tokens_total', labels: input },
    { from: ['vllm:generation_tokens_total'], to: 'model_server_tokens_total', labels: output },
    {
      from: ['vllm:prefix_cache_hits_total', 'vllm:gpu_prefix_cache_hits_total'],
      to: 'model_server_cache_read_tokens_total',
    },
    { from: ['vllm:num_preemptions_total'], to: 'model_server_preemptions_total' },
    { from: ['vllm:num_requests_running'], to: 'model_server_requests_running' },
    { from: ['vllm:num_requests_waiting'], to: 'model_server_requests_waiting' },
    {
      from: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
      to: 'model_server_kv_cache_usage_ratio',
    },
    { from: ['vllm:e2e_request_latency_seconds'], to: 'gen_ai_server_request_duration_seconds' },
    { from: ['vllm:time_to_first_token_seconds'], to: 'gen_ai_server_time_to_first_token_seconds' },
    {
      // The first is once for each request, as the convention has it; the others are once for each token.
      from: [
        'vllm:request_time_per_output_token_seconds',
        'vllm:inter_token_latency_seconds',
        'vllm:time_per_output_token_seconds',
      ],
      to: 'gen_ai_server_time_per_output_token_seconds',
    },
    { from: ['vllm:request_queue_time_seconds'], to: 'model_server_queue_duration_seconds' },
  ],
};

/** With all schedulers shown, each rank of a tensor, a pipeline or experts tells the same. Each `dp_rank` is a scheduler of its own. */
const once = ['tp_rank', 'pp_rank', 'moe_ep_rank'] as const;
/** With priorities the sum is under none, and what it is of beside it. */
const whole = { priority: [''] } as const;

export const sglang: ExporterTable = {
  kind: 'sglang',
  source:
    'sgl-project/sglang, python/sglang/srt/observability/metrics_collector.py (at 016d860), before that srt/metrics/collector.py (at 93d0487), and docs.sglang.io/references/production_metrics.html',
  model: ['model_name'],
  rules: [
    { from: ['sglang:num_requests_total'], to: 'model_server_requests_total', labels: success },
    { from: ['sglang:num_aborted_requests_total'], to: 'model_server_requests_total', labels: cancelled },
    { from: ['sglang:prompt_tokens_total'], to: 'model_server_tokens_total', labels: input },
    { from: ['sglang:generation_tokens_total'], to: 'model_server_tokens_total', labels: output },
    { from: ['sglang:cached_tokens_total'], to: 'model_server_cache_read_tokens_total' },
    { from: ['sglang:num_retracted_requests_total'], to: 'model_server_preemptions_total', once },
    { from: ['sglang:num_running_reqs'], to: 'model_server_requests_running', where: whole, once },
    { from: ['sglang:num_queue_reqs'], to: 'model_server_requests_waiting', where: whole, once },
    { from: ['sglang:token_usage'], to: 'model_server_kv_cache_usage_ratio' },
    { from: ['sglang:cache_hit_rate'], to: 'model_server_cache_hit_ratio', merge: 'min' },
    { from: ['sglang:e2e_request_latency_seconds'], to: 'gen_ai_server_request_duration_seconds' },
    { from: ['sglang:time_to_first_token_seconds'], to: 'gen_ai_server_time_to_first_token_seconds' },
    {
      from: ['sglang:inter_token_latency_seconds', 'sglang:time_per_output_token_seconds'],
      to: 'gen_ai_server_time_per_output_token_seconds',
    },
    { from: ['sglang:queue_time_seconds'], to: 'model_server_queue_duration_seconds', once },
  ],
};

export const tgi: ExporterTable = {
  kind: 'tgi',
  source:
    'huggingface/text-generation-inference, docs/source/reference/metrics.md of version 3 (at 53fdbe6); failures: router/src/server.rs',
  // It serves one model and does not name it: a label `model` of the job does.
  model: [],
  rules: [
    { from: ['tgi_request_success'], to: 'model_server_requests_total', labels: success },
    {
      from: ['tgi_request_failure'],
      to: 'model_server_requests_total',
      labels: {
        outcome: {
          label: ['err'],
          values: { dropped: 'cancelled', cancelled: 'cancelled' },
          otherwise: 'error',
        },
      },
    },
    { from: ['tgi_request_input_length_sum'], to: 'model_server_tokens_total', labels: input },
    { from: ['tgi_request_generated_tokens_sum'], to: 'model_server_tokens_total', labels: output },
    { from: ['tgi_batch_current_size'], to: 'model_server_requests_running' },
    { from: ['tgi_queue_size'], to: 'model_server_requests_waiting' },
    { from: ['tgi_request_duration'], to: 'gen_ai_server_request_duration_seconds' },
    {
      from: ['tgi_request_mean_time_per_token_duration'],
      to: 'gen_ai_server_time_per_output_token_seconds',
    },
    { from: ['tgi_request_queue_duration'], to: 'model_server_queue_duration_seconds' },
  ],
};

/** Dynamo puts its own prefix with a colon. */
const trtllm = (name: string): readonly string[] => [`trtllm_${name}`, `trtllm:${name}`];

const trtllmRules: readonly MappingRule[] = [
  {
    from: trtllm('request_success_total'),
    to: 'model_server_requests_total',
    labels: { outcome: finishedReason },
  },
  {
    from: trtllm('request_error_total'),
    to: 'model_server_requests_total',
    labels: { outcome: { label: ['http_code'], values: { '499': 'cancelled' }, otherwise: 'error' } },
  },
  { from: trtllm('prompt_tokens_total'), to: 'model_server_tokens_total', labels: input },
  { from: trtllm('generation_tokens_total'), to: 'model_server_tokens_total', labels: output },
  { from: trtllm('prompt_cached_tokens_total'), to: 'model_server_cache_read_tokens_total' },
  { from: trtllm('num_requests_running'), to: 'model_server_requests_running' },
  { from: trtllm('num_requests_waiting'), to: 'model_server_requests_waiting' },
  { from: trtllm('kv_cache_utilization'), to: 'model_server_kv_cache_usage_ratio' },
  { from: trtllm('kv_cache_hit_rate'), to: 'model_server_cache_hit_ratio', merge: 'min' },
  { from: trtllm('e2e_request_latency_seconds'), to: 'gen_ai_server_request_duration_seconds' },
  { from: trtllm('time_to_first_token_seconds'), to: 'gen_ai_server_time_to_first_token_seconds' },
  { from: trtllm('time_per_output_token_seconds'), to: 'gen_ai_server_time_per_output_token_seconds' },
  { from: trtllm('request_queue_time_seconds'), to: 'model_server_queue_duration_seconds' },
];

export const tensorrtLlm: ExporterTable = {
  kind: 'tensorrt_llm',
  source:
    'NVIDIA/TensorRT-LLM, tensorrt_llm/metrics/collector.py (at 050f80d), of trtllm-serve; with a colon: docs.nvidia.com/dynamo, TensorRT-LLM observability (1.1.0rc5)',
  model: ['model_name'],
  rules: trtllmRules,
};
