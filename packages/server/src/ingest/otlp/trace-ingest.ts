/**
 * Takes OTLP traces in: each span that is a call of a model becomes an event, known by
 * its trace and span, so that a request that is sent again changes nothing.
 */

import { type AcceptedEvent, BellwetherError, type Instant, parseEvent } from '@bellwether/events';
import type { Clock } from '../../clock.ts';
import { type PackedBody, unpackBody } from '../decode-body.ts';
import type { Ingest, IngestLimits } from '../ingest.ts';
import { otlpEncodingOf, type PartialSuccess } from './answers.ts';
import type { Attributes } from './attributes.ts';
import { NestedCalls, type NestedSpan } from './nested-calls.ts';
import type { OtlpSpan } from './span.ts';
import { eventOf, hasUsage, operationOf } from './span-event.ts';
import { decodeTracesJson } from './traces-json.ts';
import { decodeTracesProtobuf } from './traces-protobuf.ts';
import { MalformedOtlp } from './wire.ts';

/** Spans of one request, for each event that it may hold: most spans are no calls of a model. */
const SPANS_PER_EVENT = 10;

export interface TraceIngestOptions {
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly limits: IngestLimits;
  /** Called after each request that was stored. */
  readonly onSpans: (counts: SpanCounts) => void;
}

/** What became of the spans of a request. */
export interface SpanCounts {
  /** Calls of models, whether they were new or not. */
  readonly taken: number;
  /** Spans that are no calls of a model, or say the same as one below or above them. */
  readonly passed: number;
  readonly rejected: number;
}

/** What was read of a span, in the order of the request. */
interface Candidate extends NestedSpan {
  /** Null for what is no call, and for what is not valid. */
  readonly event: AcceptedEvent | null;
}

/** The spans of one request. */
interface ReadSpans {
  readonly candidates: Candidate[];
  rejected: number;
  /** Why the first of them was rejected. */
  message: string;
}

export class TraceIngest {
  readonly #options: TraceIngestOptions;
  readonly #nested = new NestedCalls();

  constructor(options: TraceIngestOptions) {
    this.#options = options;
  }

  /**
   * Stores the calls of models among the spans of a request.
   *
   * @returns what was not stored. Spans that are no such calls are not rejected.
   * @throws BellwetherError if nothing was stored.
   */
  async accept(request: PackedBody): Promise<PartialSuccess> {
    const { ingest, limits, clock, onSpans } = this.#options;
    const encoding = otlpEncodingOf(request.contentType);
    const body = await unpackBody(request, limits.decodedBytesMax);
    const read = this.#read(body, encoding === 'json' ? decodeTracesJson : decodeTracesProtobuf);
    const { candidates } = read;
    const counted = this.#nested.counted(candidates);
    const events = candidates.flatMap(({ event }, i) =>
      event !== null && counted[i] === true ? [event] : [],
    );
    let conflicts = 0;
    if (events.length > limits.eventsPerRequestMax) throw tooMany(limits.eventsPerRequestMax);
    if (events.length > 0) {
      const receipt = await ingest.store(events, { live: true, partial: true, arrivedMs: clock.nowMs() });
      conflicts = receipt.conflicts.length;
    }
    if (conflicts > 0 && read.message === '')
      read.message = 'A span with this trace and span id and other contents is already stored.';
    const rejected = read.rejected + conflicts;
    onSpans({
      taken: events.length - conflicts,
      passed: candidates.length - events.length - read.rejected,
      rejected,
    });
    return { rejected, message: read.message };
  }

  #read(body: Buffer, decode: typeof decodeTracesProtobuf): ReadSpans {
    const { clock, limits } = this.#options;
    const context = { nowMs: clock.nowMs(), futureToleranceMs: limits.futureToleranceMs };
    const spansMax = limits.eventsPerRequestMax * SPANS_PER_EVENT;
    const read: ReadSpans = { candidates: [], rejected: 0, message: '' };
    try {
      decode(body, (span, resource) => {
        if (read.candidates.length >= spansMax) throw tooMany(spansMax);
        read.candidates.push(candidateOf(span, resource, context, read));
      });
    } catch (error) {
      if (!(error instanceof MalformedOtlp)) throw error;
      throw new BellwetherError(
        'invalid_otlp',
        `This is no OTLP request: ${error.message}`,
        {},
        { cause: error },
      );
    }
    return read;
  }
}

type Context = Parameters<typeof parseEvent>[1];

function candidateOf(span: OtlpSpan, resource: Attributes, context: Context, read: ReadSpans): Candidate {
  const operation = operationOf(span.attributes);
  const { spanId, parentSpanId, endNanos } = span;
  const head = { spanId, parentSpanId, endNanos };
  if (operation === null) return { ...head, call: null, hasUsage: false, event: null };
  const call = operation === 'embeddings' ? 'embeddings' : 'generation';
  try {
    return {
      ...head,
      call,
      hasUsage: hasUsage(span.attributes.values),
      event: accept(span, resource, operation, context),
    };
  } catch (error) {
    if (!(error instanceof BellwetherError)) throw error;
    read.rejected += 1;
    if (read.message === '')
      read.message = `${read.rejected === 1 ? 'A span' : 'Spans'} could not be stored: ${error.message}`;
    return { ...head, call, hasUsage: false, event: null };
  }
}

function accept(span: OtlpSpan, resource: Attributes, operation: string, context: Context): AcceptedEvent {
  if (!isId(span.traceId, 32) || !isId(span.spanId, 16))
    throw new BellwetherError('invalid_value', 'its trace id or its span id is not valid.');
  if (span.startNanos === 0n) throw new BellwetherError('missing_field', 'it has no start time.');
  const sent = eventOf(span, resource, operation);
  sent['timestamp'] = Number(span.startNanos / 1_000_000n);
  const event: { -readonly [K in keyof AcceptedEvent]: AcceptedEvent[K] } = parseEvent(sent, context);
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

function tooMany(most: number): BellwetherError {
  return new BellwetherError('too_many_events', `The body holds more than ${most} spans.`);
}
