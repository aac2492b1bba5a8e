/** Reads what the live metrics need of a row of the ledger into an object that is used again and again. */

import { type FinishedRequest, type PicoAmount, picoAmountOf, type RequestStatus } from '@bellwether/events';
import type { LedgerRow } from '../ledger/row.ts';

type Cell = string | number | boolean | undefined;

const text = (cell: Cell): string => (typeof cell === 'string' ? cell : '');
const number = (cell: Cell): number | undefined => (typeof cell === 'number' ? cell : undefined);
const flag = (cell: Cell): boolean | undefined => (typeof cell === 'boolean' ? cell : undefined);
const money = (cell: Cell): PicoAmount | undefined =>
  typeof cell === 'string' ? picoAmountOf(cell) : undefined;

const ZERO = 48;

/** The hour in `2026-11-20 10:00:00.123`. */
function hourOf(timestamp: Cell): number {
  if (typeof timestamp !== 'string') return Number.NaN;
  return (timestamp.charCodeAt(11) - ZERO) * 10 + timestamp.charCodeAt(12) - ZERO;
}

/** Fills `request` with a row. */
export function readRow(row: LedgerRow, request: FinishedRequest): void {
  request.provider = text(row.provider);
  request.model = text(row.model);
  request.taskType = text(row.task_type);
  request.operation = text(row.operation);
  request.application = text(row.application);
  request.team = text(row.team);
  request.userId = text(row.user_id);
  request.correlationId = text(row.correlation_id);
  request.backend = text(row.backend_id);
  request.backendType = text(row.backend_type);
  request.algorithm = text(row.algorithm);
  request.method = text(row.method);
  request.status = text(row.status) as RequestStatus;
  request.errorType = text(row.error_type);
  request.hour = hourOf(row.timestamp);
  request.latencyMs = number(row.latency_ms);
  request.firstTokenMs = number(row.ttft_ms);
  request.queueMs = number(row.queue_ms);
  request.inputTokens = number(row.input_tokens);
  request.outputTokens = number(row.output_tokens);
  request.cacheReadTokens = number(row.cache_read_tokens);
  request.cacheWriteTokens = number(row.cache_write_tokens);
  request.reasoningTokens = number(row.reasoning_tokens);
  request.inputAudioTokens = number(row.input_audio_tokens);
  request.outputAudioTokens = number(row.output_audio_tokens);
  request.inputImageTokens = number(row.input_image_tokens);
  request.cost = money(row.cost_usd);
  request.revenue = money(row.revenue_usd);
  request.quality = number(row.quality_score);
  request.accuracy = number(row.accuracy_score);
  request.relevance = number(row.relevance_score);
  request.completeness = number(row.completeness_score);
  request.satisfaction = number(row.satisfaction_score);
  request.requestBytes = number(row.request_bytes);
  request.responseBytes = number(row.response_bytes);
  request.cacheHit = flag(row.cache_hit);
}
