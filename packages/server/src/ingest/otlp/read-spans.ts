/**
 * Reads the spans of a request: which are calls of a model, and the events that those
 * become. It needs nothing but the processor, so it runs in whatever thread has room;
 * which of the calls count is for the one place that has seen the other spans.
 */

import { type AcceptedEvent, BellwetherError, type Instant, parseEvent } from '@bellwether/events';
import { ownOf } from '../own-tenant.ts';
import type { OtlpEncoding } from './answers.ts';
import type { Attributes } from './attributes.ts';
import type { NestedSpan } from './nested-calls.ts';
import type { OtlpSpan } from './span.ts';
import { eventOf, hasUsage, operationOf } from './span-event.ts';
import { decodeTracesJson } from './traces-json.ts';
import { decodeTracesProtobuf } from './traces-protobuf.ts';
import { MalformedOtlp } from './wire.ts';

/** Spans of one request, for each event that it may hold: most spans are no calls of a model. */
const SPANS_PER_EVENT = 10;

/** What was read of a request, without its events: all that crosses to another thread. */
export interface SpanSummary {
  /** All spans, in the order of the request. */
  readonly nested: readonly NestedSpan[];
  /** Calls that could not be stored. */
  readonly rejected: number;
  /** Why the first of them could not; empty if all could. */
  readonly message: string;
}

/** The events of the calls, each with its place among the spans. */
export interface ReadSpans {
  readonly summary: SpanSummary;
  readonly events: readonly AcceptedEvent[];
  readonly positions: readonly number[];
}

type Draft = {
  readonly nested: NestedSpan[];
  readonly events: AcceptedEvent[];
  readonly positions: number[];
  rejected: number;
  message: string;
};

/** What spans are held against. */
export interface SpanContext {
  /** When they arrived, milliseconds since the epoch. */
  readonly nowMs: number;
  /** How far ahead of that a start may be, in milliseconds. */
  readonly futureToleranceMs: number;
  readonly eventsMax: number;
  /** The only tenant whose events may be stored; null for all. */
  readonly tenant: string | null;
}

/**
 * Reads a body.
 *
 * @throws BellwetherError `invalid_otlp` or `too_many_events`.
 */
export function readSpans(body: Buffer, encoding: OtlpEncoding, context: SpanContext): ReadSpans {
  const spansMax = context.eventsMax * SPANS_PER_EVENT;
  const decode = encoding === 'json' ? decodeTracesJson : decodeTracesProtobuf;
  const draft: Draft = { nested: [], events: [], positions: [], rejected: 0, message: '' };
  try {
    decode(body, (span, resource) => {
      if (draft.nested.length >= spansMax) throw tooManySpans(spansMax);
      draft.nested.push(take(span, resource, context, draft));
    });
  } catch (error) {
    if (!(error instanceof MalformedOtlp)) throw error;
    const message = `This is no OTLP request: ${error.message}`;
    throw new BellwetherError('invalid_otlp', message, {}, { cause: error });
  }
  const { nested, events, positions, rejected, message } = draft;
  return { summary: { nested, rejected, message }, events, positions };
}

/** The error of a request with more spans or calls than permitted. */
export function tooManySpans(most: number): BellwetherError {
  return new BellwetherError('too_many_events', `The body holds more than ${most} spans.`);
}

function take(span: OtlpSpan, resource: Attributes, context: SpanContext, draft: Draft): NestedSpan {
  const operation = operationOf(span.attributes);
  const { spanId, parentSpanId, endNanos } = span;
  const head = { spanId, parentSpanId, endNanos };
  if (operation === null) return { ...head, call: null, hasUsage: false };
  const call = operation === 'embeddings' ? 'embeddings' : 'generation';
  try {
    draft.events.push(accept(span, resource, operation, context));
    draft.positions.push(draft.nested.length);
    return { ...head, call, hasUsage: hasUsage(span.attributes.values) };
  } catch (error) {
    if (!(error instanceof BellwetherError)) throw error;
    draft.rejected += 1;
    if (draft.message === '')
      draft.message = `${draft.rejected === 1 ? 'A span' : 'Spans'} could not be stored: ${error.message}`;
    return { ...head, call, hasUsage: false };
  }
}

function accept(
  span: OtlpSpan,
  resource: Attributes,
  operation: string,
  context: SpanContext,
): AcceptedEvent {
  if (!isId(span.traceId, 32) || !isId(span.spanId, 16))
    throw new BellwetherError('invalid_value', 'its trace id or its span id is not valid.');
  if (span.startNanos === 0n) throw new BellwetherError('missing_field', 'it has no start time.');
  const sent = eventOf(span, resource, operation);
  sent['timestamp'] = Number(span.startNanos / 1_000_000n);
  const event: { -readonly [K in keyof AcceptedEvent]: AcceptedEvent[K] } = ownOf(
    context.tenant,
    parseEvent(sent, context),
  );
  event.timestamp = instantOf(span.startNanos);
  return event;
}

function isId(id: string, digits: number): boolean {
  return id.length === digits && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/.test(id);
}

function instantOf(nanos: bigint): Instant {
  const epochSeconds = Number(nanos / 1_000_000_000n);
  return { epochSeconds, nanoseconds: Number(nanos - BigInt(epochSeconds) * 1_000_000_000n) };
}
