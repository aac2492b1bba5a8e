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
import { otlpEncodingOf, type PartialSuccess } from './answers.ts';
import type { Prepared } from '../prepare.ts';
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
    const { ingest, clock, limits } = this.#options;
    const format = `otlp-${otlpEncodingOf(request.contentType)}` as const;
    const body = await unpackBody(request, limits.decodedBytesMax);
    const how = { partial: true, live: true, tenant: request.tenant, arrivedMs: clock.nowMs() };
    return ingest.prepare({ body, format, ...how }, (prepared) => this.#take(prepared));
  }

  /** Stores those that count. */
  async #take(prepared: Prepared): Promise<PartialSuccess> {
    const { limits, onSpans } = this.#options;
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

  /** Stores the rows but some; gives how many were refused since their ids are taken. */
  async #store(submission: Submission | null, dropped: readonly number[]): Promise<number> {
    if (submission === null) return 0;
    const kept = dropped.length === 0 ? submission : withoutRows(submission, dropped);
    return (await this.#options.ingest.append(kept)).conflicts.length;
  }
}
