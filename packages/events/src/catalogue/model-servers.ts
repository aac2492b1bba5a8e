/**
 * Model servers and gateways under one set of names, whatever their exporters call
 * things. The server fills these from what it scrapes; durations have the families of
 * OpenTelemetry's conventions, `gen_ai_server_*`.
 */

import { byExporter, pack } from './family.ts';

const of = ['backend', 'model'] as const;

/** What exporters tell. Counters and histograms count from the first scrape in the life of the process. */
export const modelServerPack = pack('model_server', byExporter, {
  requests: {
    name: 'model_server_requests_total',
    type: 'counter',
    help: 'Requests that ended, by outcome: success, error, cancelled, or other where the exporter has no word that is known.',
    labels: [...of, 'outcome'],
  },
  tokens: {
    name: 'model_server_tokens_total',
    type: 'counter',
    help: 'Tokens processed, by token type: input, cached ones included, and output.',
    labels: [...of, 'token_type'],
  },
  cacheRead: {
    name: 'model_server_cache_read_tokens_total',
    type: 'counter',
    help: 'Input tokens that were found in the prefix cache; part of the input tokens.',
    labels: of,
  },
  spend: {
    name: 'model_server_spend_usd_total',
    type: 'counter',
    help: 'What a gateway says that requests cost, in US dollars, by its own prices. It is not part of llm_cost_usd_total.',
    labels: [...of, 'team'],
  },
  queueDuration: {
    name: 'model_server_queue_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'How long requests waited before the model server began with them. The buckets are those of the exporter.',
    labels: of,
  },
  responseTime: {
    name: 'model_server_response_time_seconds',
    type: 'summary',
    unit: 'seconds',
    help: 'Time from the arrival of a request to the end of its answer, where an exporter gives quantiles. The quantiles are those of the exporter.',
    labels: of,
  },
  requestTime: {
    name: 'model_server_request_time_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time that all requests together took, where an exporter gives only that; by model_server_requests_total it is the mean.',
    labels: of,
  },
  queueTime: {
    name: 'model_server_queue_time_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time that all requests together waited, where an exporter gives only that.',
    labels: of,
  },
  preemptions: {
    name: 'model_server_preemptions_total',
    type: 'counter',
    help: 'Requests that were put back since there was no room for their keys and values.',
    labels: of,
  },
  running: {
    name: 'model_server_requests_running',
    type: 'gauge',
    help: 'Requests that the model server works on.',
    labels: of,
    aggregator: 'sum',
  },
  waiting: {
    name: 'model_server_requests_waiting',
    type: 'gauge',
    help: 'Requests that wait for the model server to begin with them.',
    labels: of,
    aggregator: 'sum',
  },
  cacheUsage: {
    name: 'model_server_kv_cache_usage_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the cache of keys and values in use, of the fullest engine.',
    labels: of,
  },
  cacheHits: {
    name: 'model_server_cache_hit_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the input found in the prefix cache, where an exporter gives only that; of the engine with the least.',
    labels: of,
  },
  loaded: {
    name: 'model_server_model_loaded',
    type: 'gauge',
    help: 'Whether the model is in memory: 1 if so, 0 if not.',
    labels: of,
  },
  memory: {
    name: 'model_server_model_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory of the accelerator that the model takes.',
    labels: of,
    aggregator: 'sum',
  },
});
