/**
 * Takes OTLP traces in: each span that is a call of a model becomes an event, known by
 * its trace and span, so that a request that is sent again changes nothing. The spans
 * are read and priced in threads, as bodies of events are; which of them count is
 * decided here.
 */

import type { Clock } from '../../clock.ts';
import { withoutRows } from '../../journal/fresh-rows.ts';
import type { Submission } from '../../journal/submission.ts';
import { type PackedBody, unpackBody } from '../decode-body.ts';
import type { Ingest, IngestLimits } from '../ingest.ts';
import { ownOf } from '../own-tenant.ts';
import { otlpEncodingOf, type PartialSuccess } from './answers.ts';
import { NestedCalls } from './nested-calls.ts';
import { type SpanSummary, tooManySpans } from './read-spans.ts';

export interface TraceIngestOptions {
  readonly ingest: Pick<Ingest, 'prepare' | 'append'>;
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

const noSpans: SpanSummary = { nested: [], rejected: 0, message: '' };

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
    const { ingest, clock, limits, onSpans } = this.#options;
    const format = `otlp-${otlpEncodingOf(request.contentType)}` as const;
    const body = await unpackBody(request, limits.decodedBytesMax);
    const read = this.#read(
      body,
      request.tenant,
      encoding === 'json' ? decodeTracesJson : decodeTracesProtobuf,
    );
    const { candidates } = read;
    const counted = this.#nested.counted(candidates);
    const events = candidates.flatMap(({ event }, i) =>
      event !== null && counted[i] === true ? [event] : [],
    );
    let conflicts = 0;
    if (events.length > limits.eventsPerRequestMax) throw tooMany(limits.eventsPerRequestMax);
    if (events.length > 0) {
      const receipt = await ingest.store(events, {
        live: true,
        partial: true,
        tenant: request.tenant,
        arrivedMs: clock.nowMs(),
      });
      conflicts = receipt.conflicts.length;
    }
    if (conflicts > 0 && read.message === '')
      read.message = 'A span with this trace and span id and other contents is already stored.';
    const rejected = read.rejected + conflicts;
    onSpans({
      taken: events.length - conflicts,
      passed: candidates.length - events.length - read.rejected,
      rejected,
    const prepared = await ingest.prepare({
      format,
      partial: true,
      live: true,
      arrivedMs: clock.nowMs(),
    });
    const { nested, rejected: invalid, message } = prepared.spans ?? noSpans;
    const counted = this.#nested.counted(nested);
    const positions = prepared.positions ?? [];
    const dropped = positions.flatMap((position, row) => (counted[position] === true ? [] : [row]));
    const calls = positions.length - dropped.length;
    if (calls > limits.eventsPerRequestMax) throw tooManySpans(limits.eventsPerRequestMax);
    const conflicts = calls === 0 ? 0 : await this.#store(prepared.submission, dropped);
    const rejected = invalid + conflicts;
    onSpans({ taken: calls - conflicts, passed: nested.length - calls - invalid, rejected });
    const ofConflict = 'A span with this trace and span id and other contents is already stored.';
    return { rejected, message: conflicts > 0 && message === '' ? ofConflict : message };
  }

  #read(body: Buffer, tenant: string | null, decode: typeof decodeTracesProtobuf): ReadSpans {
    const { clock, limits } = this.#options;
    const context = { nowMs: clock.nowMs(), futureToleranceMs: limits.futureToleranceMs, tenant };
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

/** What spans are held against. */
type Context = Parameters<typeof parseEvent>[1] & { readonly tenant: string | null };

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

function tooMany(most: number): BellwetherError {
  return new BellwetherError('too_many_events', `The body holds more than ${most} spans.`);
}
  /** Stores the rows but some; gives how many were refused since their ids are taken. */
  async #store(submission: Submission | null, dropped: readonly number[]): Promise<number> {
    if (submission === null) return 0;
    const kept = dropped.length === 0 ? submission : withoutRows(submission, dropped);
    return (await this.#options.ingest.append(kept)).conflicts.length;
  }
}
