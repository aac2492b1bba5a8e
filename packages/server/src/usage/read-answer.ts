/**
 * Reading a provider's answer, whole or streamed: what it used, in the event's
 * meaning, and how good that figure is. A stream that was cut off is estimated from
 * what it wrote and says so; a request that failed used nothing; an answer that
 * says nothing is absent. None of them is taken for 0.
 */

import type { Written } from './answer-text.ts';
import { estimateInputTokens, estimateOutputTokens } from './answer-text.ts';
import { advisorsOf } from './dialect-anthropic.ts';
import { EventStream } from './event-stream.ts';
import type { FoundUsage } from './find-usage.ts';
import { factsOf, findUsage } from './find-usage.ts';
import type { FoldedStream } from './fold-stream.ts';
import { StreamFold } from './fold-stream.ts';
import type { Json } from './json.ts';
import { objectOf, textOf } from './json.ts';
import type { Counts, Reading, ReadingState } from './reading.ts';
import { countsOf, UNKNOWN_COUNTS } from './reading.ts';
import { readUsage } from './read-usage.ts';
import { sumCounts } from './sum-counts.ts';
import { toolCallsIn, withToolCalls } from './tool-calls.ts';

/** What the caller knows of the answer. */
export interface AnswerContext {
  /** As the caller names it. */
  readonly provider: string;
  /** `chat`, `responses`, `anthropic`, `default`, …; empty to see from the answer. */
  readonly apiFlavor: string;
  /** The HTTP status of the answer, if known. */
  readonly status?: number;
  /** The request, for estimating its tokens where the answer does not count them. */
  readonly request?: unknown;
}

/**
 * Reads an answer.
 *
 * @param body a JSON object; the text of a stream (server-sent events or lines of
 *   JSON) or of a document; or an array of the events of a stream.
 */
export function readAnswer(body: unknown, context: AnswerContext): Reading {
  if (typeof body === 'string') return readText(body, context);
  if (Array.isArray(body)) {
    const fold = new StreamFold();
    for (const event of body) fold.addJson(event, '');
    return readFolded(fold.result(), context);
  }
  const object = objectOf(body);
  return object === null ? absent(context, '') : readObject(object, context);
}

/** Reads a stream while it arrives, for who passes it on. */
export class StreamReader {
  readonly #context: AnswerContext;
  readonly #fold = new StreamFold();
  readonly #stream: EventStream;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#stream = new EventStream({
      onJson: (value, name) => this.#fold.addJson(value, name),
      onText: (text) => this.#fold.addText(text),
      onDone: () => this.#fold.addDone(),
    });
  }

  /** Takes the next piece of the stream, cut anywhere. */
  push(piece: string): void {
    this.#stream.push(piece);
  }

  /** What was used, up to where the stream came to its end or was cut off. */
  end(): Reading {
    this.#stream.end();
    if (this.#stream.isPlainText) return absent(this.#context, '');
    return readFolded(this.#fold.result(), this.#context);
  }
}

function readText(text: string, context: AnswerContext): Reading {
  const trimmed = text.trimStart();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
    const value = parsed(trimmed);
    if (value !== undefined && typeof value === 'object') return readAnswer(value, context);
  }
  const reader = new StreamReader(context);
  reader.push(text);
  return reader.end();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readObject(body: Json, context: AnswerContext): Reading {
  const { model, serviceTier } = factsOf(body);
  const found = findUsage(body);
  const counts = found && readUsage(found, context);
  if (counts !== null) {
    return reading('reported', withToolCalls(counts, toolCallsIn(body)), found, model, serviceTier);
  }
  if (failed(body, context)) return reading('failed', UNKNOWN_COUNTS, null, model, serviceTier);
  return isInterimEvent(body) ? readEventAlone(body, context) : absent(context, model);
}

/** An event of a stream that came alone is a stream that was cut off after it. */
function isInterimEvent(body: Json): boolean {
  return textOf(body.object).endsWith('.chunk') || (body.done === false && 'model' in body);
}

function readEventAlone(body: Json, context: AnswerContext): Reading {
  const fold = new StreamFold();
  fold.addJson(body, '');
  return readFolded(fold.result(), context);
}

function readFolded(folded: FoldedStream, context: AnswerContext): Reading {
  const counted = folded.usages.flatMap((found) => {
    const counts = readUsage(found, context);
    return counts === null ? [] : [{ found, counts }];
  });
  const [first] = counted;
  const summed = sumCounts(counted.map((item) => item.counts));
  const counts = summed && withToolCalls(summed, folded.toolCalls);
  const { model, serviceTier } = folded;
  if (counts !== null && folded.isFinal)
    return reading('reported', counts, first?.found ?? null, model, serviceTier);
  const wroteNothing = folded.written.pieces === 0;
  if (counts === null && (isFailure(context.status) || (folded.hasError && wroteNothing))) {
    return reading('failed', UNKNOWN_COUNTS, null, model, serviceTier);
  }
  if (folded.eventCount === 0) return absent(context, model);
  const estimated = estimatedCounts(counts, folded.written, context);
  return reading('estimated', estimated, first?.found ?? null, model, serviceTier);
}

/** What is not counted, estimated from what was written and, if it is at hand, from the request. */
function estimatedCounts(counts: Counts | null, written: Written, context: AnswerContext): Counts {
  const output = Math.max(counts?.output_tokens ?? 0, estimateOutputTokens(written));
  const input = counts?.input_tokens ?? estimateInputTokens(context.request);
  // Of a stream that was cut off before it wrote anything, nobody knows what it used: that is not 0.
  if (counts === null) return input === null && output === 0 ? UNKNOWN_COUNTS : countsOf({ input, output });
  return { ...counts, input_tokens: input, output_tokens: output };
}

function absent(context: AnswerContext, model: string): Reading {
  const state: ReadingState = isFailure(context.status) ? 'failed' : 'absent';
  return reading(state, UNKNOWN_COUNTS, null, model, '');
}

function reading(
  state: ReadingState,
  counts: Counts,
  found: FoundUsage | null,
  model: string,
  serviceTier: string,
): Reading {
  const usage = found?.usage ?? {};
  return {
    state,
    counts,
    model,
    serviceTier: tierOf(usage) || serviceTier,
    region: regionOf(usage),
    reportedCostUsd: reportedCost(usage),
    alsoUsed: advisorsOf(usage),
  };
}

/** The tier that the usage itself names: it is the one that was granted, whatever was asked for. */
function tierOf(usage: Json): string {
  if (usage.speed === 'fast') return 'fast';
  for (const key of ['service_tier', 'serviceTier', 'trafficType', 'traffic_type']) {
    const value = usage[key];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

function regionOf(usage: Json): string {
  const region = textOf(usage.inference_geo);
  return region === 'global' || region === 'not_available' ? '' : region;
}

/** OpenRouter and Perplexity say what they charge. */
function reportedCost(usage: Json): string {
  const { cost } = usage;
  if (typeof cost === 'number' && Number.isFinite(cost) && cost >= 0) return String(cost);
  const total = objectOf(cost)?.total_cost;
  return typeof total === 'number' && Number.isFinite(total) && total >= 0 ? String(total) : '';
}

function isFailure(status: number | undefined): boolean {
  return status !== undefined && status >= 400;
}

/** Whether an answer without usage is an error. */
function failed(body: Json, context: AnswerContext): boolean {
  if (isFailure(context.status)) return true;
  if (body.error !== undefined && body.error !== null && body.error !== '') return true;
  if (body.type === 'error' || objectOf(body.response)?.status_code === 400) return true;
  // Bedrock, Cohere and FastAPI servers answer with a bare message.
  const message = body.message ?? body.Message ?? body.detail;
  const says = typeof message === 'string' || (Array.isArray(body.detail) && body.detail.length > 0);
  return says && !hasAnswer(body);
}

const ANSWER_KEYS = [
  'choices',
  'output',
  'content',
  'candidates',
  'data',
  'results',
  'generations',
  'text',
  'completion',
  'completions',
  'response',
  'object',
  'embedding',
  'embeddings',
];

function hasAnswer(body: Json): boolean {
  return ANSWER_KEYS.some((key) => key in body);
}
