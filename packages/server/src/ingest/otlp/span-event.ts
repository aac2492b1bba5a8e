/**
 * From a span to the event of a request: whether it is one, and what it says.
 *
 * Only calls of models count. Spans of agents, workflows, chains and tools often carry
 * the sums of the calls below them, and counting those would charge every token twice.
 */

import type { Attributes, AttributeValue } from './attributes.ts';
import { type Concept, givenFields, place } from './concepts.ts';
import type { OtlpSpan } from './span.ts';

/** What an event is made of, before it is validated. */
export type SentEvent = Record<string, unknown>;

/** OpenTelemetry's operations that are no calls of a model. */
const otherOperations: ReadonlySet<string> = new Set([
  'create_agent',
  'invoke_agent',
  'invoke_workflow',
  'plan',
  'execute_tool',
  'retrieval',
  'fetch_response',
  'create_memory',
  'update_memory',
  'upsert_memory',
  'delete_memory',
  'search_memory',
  'create_memory_store',
  'delete_memory_store',
]);

const modelOperations: ReadonlySet<string> = new Set([
  'chat',
  'generate_content',
  'text_completion',
  'embeddings',
]);

/** OpenLLMetry's names for the kinds of request, in OpenTelemetry's words. */
const operationOfRequestType: Readonly<Record<string, string>> = {
  chat: 'chat',
  completion: 'text_completion',
  embedding: 'embeddings',
};

/** The Vercel AI SDK's spans of single calls; those around them carry sums. */
const VERCEL_CALL = /\.do(Generate|Stream|Embed)$/;

/** What the Vercel AI SDK appends to a provider's name: the kind of endpoint. */
const VERCEL_ENDPOINT =
  /\.(?:chat|responses|completions?|messages|embeddings?|textEmbedding|text-embedding)$/;

/** How long texts of an event may be. */
const LABEL_MAX = 256;

/**
 * The operation of a call of a model, in OpenTelemetry's words; null for a span that is none.
 */
export function operationOf({ values }: Attributes): string | null {
  const at = (concept: Concept): string => text(values[place[concept]]);
  if (at('traceloopKind') !== '') return null;
  const vercel = at('vercelOperation');
  if (vercel !== '') {
    const call = VERCEL_CALL.exec(vercel)?.[1];
    return call === undefined ? null : call === 'Embed' ? 'embeddings' : 'chat';
  }
  const operation = at('operation');
  if (modelOperations.has(operation)) return operation;
  if (otherOperations.has(operation)) return null;
  // The list of operations is open, and so are the conventions of request types: usage tells.
  if (operation !== '') return hasUsage(values) ? operation : null;
  const kind = at('openInferenceKind').toUpperCase();
  if (kind !== '') return kind === 'LLM' ? 'chat' : kind === 'EMBEDDING' ? 'embeddings' : null;
  const requestType = at('requestType');
  if (requestType !== '')
    return operationOfRequestType[requestType] ?? (hasUsage(values) ? requestType : null);
  const isCall = at('provider') !== '' && (at('model') !== '' || at('responseModel') !== '');
  return isCall && at('agent') === '' ? 'chat' : null;
}

/** Whether a span says how many tokens went in or came out. */
export function hasUsage(values: Attributes['values']): boolean {
  return (
    typeof values[place.inputTokens] === 'number' ||
    typeof values[place.outputTokens] === 'number' ||
    typeof values[place.totalTokens] === 'number'
  );
}

/**
 * The event of a span that is a call of a model. Its timestamp is left to the caller,
 * since it is exact to the nanosecond.
 */
export function eventOf(span: OtlpSpan, resource: Attributes, operation: string): SentEvent {
  const { values } = span.attributes;
  const event: SentEvent = {
    id: `${span.traceId}-${span.spanId}`,
    correlation_id: span.traceId,
    operation,
  };
  const put = (field: string, value: string): void => {
    if (value !== '') event[field] = value.length > LABEL_MAX ? shorten(value) : value;
  };
  const at = (concept: Concept): string => text(values[place[concept]]);
  const either = (concept: Concept): string => at(concept) || text(resource.values[place[concept]]);
  const provider = at('provider');
  put('provider', values[place.vercelOperation] === undefined ? provider : plainProvider(provider));
  put('model', at('model') || at('responseModel'));
  // An operation that failed early may not know them; it still counts, and has no price.
  event['provider'] ??= 'unknown';
  event['model'] ??= 'unknown';
  put('response_model', at('responseModel'));
  put('service_tier', at('serviceTier'));
  put('user_id', either('user'));
  put('session_id', either('session'));
  put('application', either('application'));
  put('environment', either('environment'));
  put('deployment', either('deployment'));
  putTokens(event, values, operation);
  putTimes(event, span);
  putOutcome(event, span.statusCode, at('errorType'));
  putAttributes(event, values);
  putGiven(event, values, resource.values);
  return event;
}

function putTokens(event: SentEvent, values: Attributes['values'], operation: string): void {
  const count = (concept: Concept): number | undefined => {
    const value = values[place[concept]];
    return typeof value === 'number' ? value : undefined;
  };
  let input = count('inputTokens');
  let output = count('outputTokens');
  const total = count('totalTokens');
  if (total !== undefined) {
    if (input !== undefined && output === undefined && total > input) output = total - input;
    if (input === undefined && (operation === 'embeddings' || output !== undefined))
      input = Math.max(0, total - (output ?? 0));
  }
  const [read, written] = [count('cacheReadTokens'), count('cacheWriteTokens')];
  const cached = (read ?? 0) + (written ?? 0);
  // Input includes what came from a cache. A smaller input can only be one that leaves it out, as Anthropic's own does.
  if (cached > (input ?? 0)) input = (input ?? 0) + cached;
  const reasoning = count('reasoningTokens');
  // The same of output and what was spent on reasoning, as Google's own leaves it out.
  if ((reasoning ?? 0) > (output ?? 0)) output = (output ?? 0) + (reasoning ?? 0);
  if (input !== undefined) event['input_tokens'] = input;
  if (output !== undefined) event['output_tokens'] = output;
  if (read !== undefined) event['cache_read_tokens'] = read;
  if (written !== undefined) event['cache_write_tokens'] = written;
  if (reasoning !== undefined) event['reasoning_tokens'] = reasoning;
  const [audioIn, audioOut] = [count('inputAudioTokens'), count('outputAudioTokens')];
  const images = count('inputImageTokens');
  if (audioIn !== undefined) event['input_audio_tokens'] = audioIn;
  if (audioOut !== undefined) event['output_audio_tokens'] = audioOut;
  if (images !== undefined) event['input_image_tokens'] = images;
}

function putTimes(event: SentEvent, span: OtlpSpan): void {
  const { values } = span.attributes;
  if (span.endNanos > span.startNanos) event['latency_ms'] = milliseconds(span.endNanos - span.startNanos);
  const seconds = values[place.ttftSeconds];
  const ms = values[place.ttftMs];
  if (typeof seconds === 'number' && seconds >= 0) event['ttft_ms'] = rounded(seconds * 1000);
  else if (typeof ms === 'number' && ms >= 0) event['ttft_ms'] = ms;
  else if (span.firstTokenNanos > span.startNanos)
    event['ttft_ms'] = milliseconds(span.firstTokenNanos - span.startNanos);
}

function putOutcome(event: SentEvent, statusCode: number, errorType: string): void {
  if (statusCode !== 2 && errorType === '') return;
  const type = errorType === '' ? '_OTHER' : shorten(errorType);
  event['error_type'] = type;
  event['status'] = /time_?-?out|deadline/i.test(type)
    ? 'timeout'
    : /cancell?ed|abort/i.test(type)
      ? 'cancelled'
      : 'error';
}

function putAttributes(event: SentEvent, values: Attributes['values']): void {
  const kept: Record<string, string> = {};
  const agent = text(values[place.agent]);
  const prompt = text(values[place.promptName]);
  const version = text(values[place.promptVersion]);
  if (agent !== '') kept['gen_ai.agent.name'] = shorten(agent);
  if (prompt !== '') kept['gen_ai.prompt.name'] = shorten(prompt);
  if (version !== '') kept['gen_ai.prompt.version'] = shorten(version);
  if (agent !== '' || prompt !== '' || version !== '') event['attributes'] = kept;
}

/** What the sender names outright wins over all that was concluded. */
function putGiven(event: SentEvent, values: Attributes['values'], ofResource: Attributes['values']): void {
  for (const { field, place: index } of givenFields) {
    const value = values[index] ?? ofResource[index];
    if (value !== undefined && value !== '') event[field] = value;
  }
}

/** `openai.chat` is the provider `openai`. */
function plainProvider(name: string): string {
  return name.replace(VERCEL_ENDPOINT, '');
}

function text(value: AttributeValue | undefined): string {
  return value === undefined ? '' : typeof value === 'string' ? value : String(value);
}

/** A text that an event has room for; never ended within a character. */
function shorten(value: string): string {
  return value.length <= LABEL_MAX ? value : value.slice(0, LABEL_MAX).toWellFormed();
}

function milliseconds(nanos: bigint): number {
  return Number(nanos) / 1e6;
}

/** Seconds are doubles, whose product with 1000 may show digits that nobody measured. */
function rounded(ms: number): number {
  return Math.round(ms * 1e6) / 1e6;
}
