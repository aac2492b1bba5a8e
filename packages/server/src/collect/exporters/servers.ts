/** The tables of what serves or forwards to several models: Triton, Ollama's exporters, LiteLLM. */

import type { ExporterTable } from './rule.ts';

const MICRO = 1e-6;
const MILLI = 1e-3;

export const triton: ExporterTable = {
  kind: 'triton',
  source:
    'triton-inference-server/server, docs/user_guide/metrics.md (at 067c1e9); of TensorRT-LLM: tensorrtllm_backend, inflight_batcher_llm, custom_metrics_reporter',
  model: ['model'],
  rules: [
    {
      from: ['nv_inference_request_success'],
      to: 'model_server_requests_total',
      labels: { outcome: 'success' },
    },
    {
      from: ['nv_inference_request_failure'],
      to: 'model_server_requests_total',
      labels: {
        outcome: { label: ['reason'], values: { CANCELED: 'cancelled' }, otherwise: 'error' },
      },
    },
    {
      from: ['nv_inference_request_duration_us'],
      to: 'model_server_request_time_seconds_total',
      scale: MICRO,
    },
    { from: ['nv_inference_queue_duration_us'], to: 'model_server_queue_time_seconds_total', scale: MICRO },
    { from: ['nv_inference_request_summary_us'], to: 'model_server_response_time_seconds', scale: MICRO },
    {
      from: ['nv_inference_first_response_histogram_ms'],
      to: 'gen_ai_server_time_to_first_token_seconds',
      scale: MILLI,
    },
    {
      // What the backend itself holds back is not in Triton's own queue.
      from: ['nv_trt_llm_request_metrics'],
      where: { request_type: ['waiting'] },
      to: 'model_server_requests_waiting',
    },
    { from: ['nv_inference_pending_request_count'], to: 'model_server_requests_waiting' },
    {
      from: ['nv_trt_llm_request_metrics'],
      where: { request_type: ['scheduled'] },
      to: 'model_server_requests_running',
    },
    {
      from: ['nv_trt_llm_kv_cache_block_metrics'],
      where: { kv_cache_block_type: ['fraction'] },
      to: 'model_server_kv_cache_usage_ratio',
    },
    {
      from: ['nv_llm_input_token_len_sum'],
      to: 'model_server_tokens_total',
      labels: { token_type: 'input' },
    },
    {
      from: ['nv_llm_output_token_len_sum'],
      to: 'model_server_tokens_total',
      labels: { token_type: 'output' },
    },
  ],
};

export const ollama: ExporterTable = {
  kind: 'ollama',
  source:
    'Ollama has no exposition of its own; maravexa/ollama-exporter, docs/metrics.md; NorskHelsenett/ollama-metrics; elliotfehr/ollama-metrics-proxy, README.md of April 2026',
  model: ['model'],
  rules: [
    {
      from: ['ollama_requests_total', 'ollama_request_duration_seconds_count'],
      to: 'model_server_requests_total',
      // None of them says how requests ended.
      labels: { outcome: 'other' },
    },
    {
      from: ['ollama_prompt_tokens_total'],
      to: 'model_server_tokens_total',
      labels: { token_type: 'input' },
    },
    {
      from: ['ollama_generated_tokens_total', 'ollama_completion_tokens_total'],
      to: 'model_server_tokens_total',
      labels: { token_type: 'output' },
    },
    {
      from: ['ollama_requests_in_flight', 'ollama_active_requests'],
      to: 'model_server_requests_running',
    },
    { from: ['ollama_model_loaded'], to: 'model_server_model_loaded' },
    { from: ['ollama_model_vram_bytes'], to: 'model_server_model_memory_bytes' },
    { from: ['ollama_request_duration_seconds'], to: 'gen_ai_server_request_duration_seconds' },
    { from: ['ollama_time_per_token_seconds'], to: 'gen_ai_server_time_per_output_token_seconds' },
  ],
};

/** What names a deployment of LiteLLM, the model that it asks and where. */
const deployment = ['model_id', 'api_base'] as const;

export const litellm: ExporterTable = {
  kind: 'litellm',
  source:
    'BerriAI/litellm, litellm/types/integrations/prometheus.py (at ed19250) and docs.litellm.ai/docs/proxy/prometheus',
  // The model that answered; of requests as the proxy counts them only the one that was asked for is known.
  model: ['model', 'requested_model'],
  none: 'None',
  rules: [
    {
      from: ['litellm_proxy_total_requests_metric_total'],
      to: 'model_server_requests_total',
      labels: {
        outcome: {
          label: ['status_code'],
          values: { '2xx': 'success', '499': 'cancelled', '4xx': 'error', '5xx': 'error' },
          otherwise: 'other',
        },
      },
    },
    {
      from: ['litellm_input_tokens_metric_total', 'litellm_input_tokens_total'],
      to: 'model_server_tokens_total',
      labels: { token_type: 'input' },
    },
    {
      from: ['litellm_output_tokens_metric_total', 'litellm_output_tokens_total'],
      to: 'model_server_tokens_total',
      labels: { token_type: 'output' },
    },
    {
      from: ['litellm_spend_metric_total'],
      to: 'model_server_spend_usd_total',
      labels: { team: { label: ['team_alias', 'team'], otherwise: '' } },
    },
    { from: ['litellm_request_total_latency_metric'], to: 'gen_ai_server_request_duration_seconds' },
    {
      from: ['litellm_llm_api_time_to_first_token_metric'],
      to: 'gen_ai_server_time_to_first_token_seconds',
    },
    { from: ['litellm_request_queue_time_seconds'], to: 'model_server_queue_duration_seconds' },
    {
      from: ['litellm_deployment_state'],
      to: 'load_balancer_backend_health',
      backend: deployment,
      codes: { 0: 1, 1: 0.5, 2: 0 },
      merge: 'min',
    },
    {
      from: ['litellm_deployment_cooled_down_total'],
      to: 'load_balancer_circuit_breaker_trips_total',
      backend: deployment,
    },
    {
      from: ['litellm_deployment_successful_fallbacks_total'],
      to: 'load_balancer_failovers_total',
      backend: ['requested_model'],
    },
  ],
};
