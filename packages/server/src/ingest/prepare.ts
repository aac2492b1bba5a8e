/**
 * What is made of a body between its arrival and the journal: its events are read,
 * validated, priced and written as lines. It needs nothing but the processor, so it
 * runs in whatever thread has room, and gives the same in each.
 */

import { randomUUID } from 'node:crypto';
import {
  type AcceptedEvent,
  BellwetherError,
  type ErrorCode,
  ExactSum,
  parseEvent,
} from '@bellwether/events';
import type { HashSeed } from '../journal/identities/index.ts';
import type { SeqCounter } from '../journal/seq-counter.ts';
import type { Submission } from '../journal/submission.ts';
import { LineWriter } from '../ledger/line-writer.ts';
import type { Pricer } from '../pricing/index.ts';
import { writeIdentity } from './fingerprint.ts';
import { ownOf } from './own-tenant.ts';
import { asItIs, type Pseudonymise } from './pseudonyms.ts';
import type { OtlpEncoding } from './otlp/answers.ts';
import { readSpans, type SpanSummary } from './otlp/read-spans.ts';
import { type BodyFormat, readEvents } from './read-events.ts';

/** Bounds on what one request may hold. */
export interface BodyLimits {
  readonly eventsPerRequestMax: number;
  /** How far ahead of the server's clock a timestamp may be, in milliseconds. */
  readonly futureToleranceMs: number;
}

/** How the events of a request are to be taken. */
interface HowToTake {
  /** Store what is right and report the rest, instead of all or nothing. */
  readonly partial: boolean;
  /** Whether the live counters count the events. */
  readonly live: boolean;
  /** The only tenant whose events may be stored; null for all. */
  readonly tenant: string | null;
  /** When it arrived, milliseconds since the epoch. */
  readonly arrivedMs: number;
}

/** A body without its encoding. */
export interface UnpreparedBody extends HowToTake {
  readonly body: Uint8Array;
  readonly format: BodyFormat | 'otlp-protobuf' | 'otlp-json';
}

/** An event that was not stored, in an answer to a partial request. */
export interface Rejection {
  readonly index: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
}

/** What a body has become. */
export interface Prepared {
  /** What the journal is to store; null if no event is right. */
  readonly submission: Submission | null;
  /** The place in the body of each row, among events or spans; null if every event of the body is a row. */
  readonly positions: readonly number[] | null;
  readonly rejected: readonly Rejection[];
  /** What was read of spans; null of a body that has events. */
  readonly spans: SpanSummary | null;
}

export interface PreparerOptions {
  /** Read for each body, since they may change. */
  readonly limits: BodyLimits;
  readonly pricer: () => Pricer;
  readonly journal: { readonly id: string; readonly seed: HashSeed };
  readonly seqs: SeqCounter;
  /** What is stored of a user's id; the id itself if it is absent. */
  readonly pseudonymise?: Pseudonymise;
}

export class Preparer {
  readonly #options: PreparerOptions;
  readonly #lines = new LineWriter();

  constructor(options: PreparerOptions) {
    this.#options = options;
  }

  /**
   * Makes a submission of a body.
   *
   * @throws BellwetherError if the body is not to be stored.
   */
  prepare(unprepared: UnpreparedBody): Prepared {
    if (unprepared.format === 'otlp-protobuf' || unprepared.format === 'otlp-json')
      return this.#prepareSpans(unprepared, unprepared.format === 'otlp-json' ? 'json' : 'protobuf');
    const events: AcceptedEvent[] = [];
    const positions: number[] = [];
    const rejected = this.#validate(unprepared, unprepared.format, events, positions);
    return {
      submission: events.length === 0 ? null : this.#submission(events, unprepared),
      positions: rejected.length === 0 ? null : positions,
      rejected,
      spans: null,
    };
  }

  #prepareSpans(unprepared: UnpreparedBody, encoding: OtlpEncoding): Prepared {
    const { body, arrivedMs, tenant } = unprepared;
    const { futureToleranceMs, eventsPerRequestMax } = this.#options.limits;
    const { events, positions, summary } = readSpans(asBuffer(body), encoding, {
      nowMs: arrivedMs,
      futureToleranceMs,
      eventsMax: eventsPerRequestMax,
      tenant,
    });
    const submission = events.length === 0 ? null : this.#submission(events, unprepared);
    return { submission, positions, rejected: [], spans: summary };
  }

  #validate(
    { body, partial, tenant, arrivedMs }: UnpreparedBody,
    format: BodyFormat,
    events: AcceptedEvent[],
    positions: number[],
  ): Rejection[] {
    const { eventsPerRequestMax, futureToleranceMs } = this.#options.limits;
    const context = { nowMs: arrivedMs, futureToleranceMs };
    const rejected: Rejection[] = [];
    readEvents(asBuffer(body), format, eventsPerRequestMax).forEach(({ value, place }, index) => {
      try {
        const event = ownOf(tenant, parseEvent(value, context));
        events.push(event.id === '' ? { ...event, id: randomUUID() } : event);
        positions.push(index);
      } catch (error) {
        if (!(error instanceof BellwetherError)) throw error;
        if (!partial) throw error.at(place);
        const { field } = error.place;
        rejected.push({
          index,
          code: error.code,
          message: error.message,
          ...(field === undefined ? {} : { field }),
        });
      }
    });
    return rejected;
  }

  /** Prices events and writes them as rows. */
  #submission(events: readonly AcceptedEvent[], { live, partial, arrivedMs }: HowToTake): Submission {
    const { journal, seqs, pseudonymise = asItIs } = this.#options;
    const pricer = this.#options.pricer();
    const lines = this.#lines;
    const firstSeq = seqs.take(events.length);
    const identities = new Uint32Array(events.length * 4);
    const [input, output, cost] = [new ExactSum(), new ExactSum(), new ExactSum()];
    let unpriced = 0;
    lines.begin({ journal: journal.id, live, receivedMs: arrivedMs });
    events.forEach((sent, i) => {
      const event = sent.user_id === '' ? sent : withUser(sent, pseudonymise);
      const charge = pricer.price(event);
      if (charge.costPicoUsd === null) unpriced += 1;
      else cost.add(charge.costPicoUsd);
      input.add(event.input_tokens ?? 0);
      output.add(event.output_tokens ?? 0);
      const fields = lines.add(event, charge, firstSeq + i);
      writeIdentity(journal.seed, event, fields, identities, i * 4);
      lines.end(identities[i * 4 + 3] as number);
    });
    const totals = {
      events: events.length,
      inputTokens: input.total,
      outputTokens: output.total,
      costPicoUsd: cost.total,
      unpriced,
    };
    return { payload: lines.take(), identities, totals, arrivedMs, partial };
  }
}

function withUser(event: AcceptedEvent, pseudonymise: Pseudonymise): AcceptedEvent {
  const userId = pseudonymise(event.user_id);
  return userId === event.user_id ? event : { ...event, user_id: userId };
}

/** The same memory as a Buffer, which a body loses on its way between threads. */
function asBuffer(body: Uint8Array): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
