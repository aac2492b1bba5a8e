/**
 * The first half of an event's way: from the body of a request to the journal. All
 * of a request is stored or nothing is, unless the sender asks for what can be
 * stored; and an answer is given only when it is on disk.
 */

import { randomUUID } from 'node:crypto';
import {
  type AcceptedEvent,
  BellwetherError,
  type ErrorCode,
  ExactSum,
  parseEvent,
} from '@bellwether/events';
import type { Clock } from '../clock.ts';
import type { Journal } from '../journal/journal.ts';
import { JournalError, type Receipt, type Submission } from '../journal/submission.ts';
import { writeFields, writeRow } from '../ledger/row.ts';
import type { Pricer } from '../pricing/index.ts';
import { type PackedBody, unpackBody } from './decode-body.ts';
import { writeIdentity } from './fingerprint.ts';
import { bodyFormatOf, type RawEvent, readEvents } from './read-events.ts';

export interface IngestLimits {
  /** A body after decompression, in bytes. */
  readonly decodedBytesMax: number;
  readonly eventsPerRequestMax: number;
  /** How far ahead of the server's clock a timestamp may be, in milliseconds. */
  readonly futureToleranceMs: number;
}

export interface IngestOptions {
  readonly journal: Journal;
  readonly pricer: () => Pricer;
  readonly clock: Clock;
  readonly limits: IngestLimits;
  /** Called after each acknowledged request with what came of it. */
  readonly onReceipt: (receipt: Receipt) => void;
}

/** A request to store events. */
export interface IngestRequest extends PackedBody {
  /** Whether the live counters count the events. History that is loaded in bulk sets it to false. */
  readonly live: boolean;
  /** Store what is right and report the rest, instead of all or nothing. */
  readonly partial: boolean;
}

/** An event that was not stored, in an answer to a partial request. */
export interface Rejection {
  readonly index: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string;
}

/** The answer to a request. */
export interface IngestAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejection[];
}

/** The valid events of a request, with their places in the body. */
interface Valid {
  readonly events: AcceptedEvent[];
  readonly positions: number[];
  readonly rejected: Rejection[];
}

export class Ingest {
  readonly #options: IngestOptions;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /** The bounds, which hold for every way in. */
  get limits(): IngestLimits {
    return this.#options.limits;
  }

  /**
   * Stores the events of a request.
   *
   * @throws BellwetherError if nothing was stored.
   */
  async accept(request: IngestRequest): Promise<IngestAnswer> {
    const { limits } = this.#options;
    const format = bodyFormatOf(request.contentType);
    const body = await unpackBody(request, limits.decodedBytesMax);
    const valid = this.#validate(readEvents(body, format, limits.eventsPerRequestMax), request.partial);
    if (valid.events.length === 0) return { accepted: 0, duplicates: 0, rejected: valid.rejected };
    const receipt = await this.store(valid.events, request);
    const conflicts = receipt.conflicts.map((row) => conflictAt(valid.positions[row] ?? row));
    const [first] = conflicts;
    if (receipt.refused && first !== undefined) {
      throw new BellwetherError(first.code, `${first.message} Nothing of this request was stored.`, {
        index: first.index,
        field: 'id',
      });
    }
    const rejected = [...valid.rejected, ...conflicts].toSorted((a, b) => a.index - b.index);
    return { accepted: receipt.accepted, duplicates: receipt.duplicates, rejected };
  }

  /**
   * Stores valid events, whatever they came as.
   *
   * @throws BellwetherError if the journal takes nothing.
   */
  async store(
    events: readonly AcceptedEvent[],
    how: Pick<IngestRequest, 'live' | 'partial'>,
  ): Promise<Receipt> {
    const { journal, onReceipt } = this.#options;
    const receipt = await journal.append(this.#prepare(events, how)).catch(refuseRows);
    onReceipt(receipt);
    return receipt;
  }

  #validate(raw: readonly RawEvent[], partial: boolean): Valid {
    const { clock, limits } = this.#options;
    const context = { nowMs: clock.nowMs(), futureToleranceMs: limits.futureToleranceMs };
    const valid: Valid = { events: [], positions: [], rejected: [] };
    raw.forEach(({ value, place }, index) => {
      try {
        const event = parseEvent(value, context);
        valid.events.push(event.id === '' ? { ...event, id: randomUUID() } : event);
        valid.positions.push(index);
      } catch (error) {
        if (!(error instanceof BellwetherError)) throw error;
        if (!partial) throw error.at(place);
        const { field } = error.place;
        valid.rejected.push({
          index,
          code: error.code,
          message: error.message,
          ...(field === undefined ? {} : { field }),
        });
      }
    });
    return valid;
  }

  /** Prices the events and writes them as rows. */
  #prepare(
    events: readonly AcceptedEvent[],
    { live, partial }: Pick<IngestRequest, 'live' | 'partial'>,
  ): Submission {
    const { journal, clock } = this.#options;
    const pricer = this.#options.pricer();
    const arrivedMs = clock.nowMs();
    const firstSeq = journal.takeSeq(events.length);
    const identities = new Uint32Array(events.length * 4);
    const [input, output] = [new ExactSum(), new ExactSum()];
    let [cost, unpriced] = [0n, 0];
    const lines = events.map((event, i) => {
      const charge = pricer.price(event);
      if (charge.costPicoUsd === null) unpriced += 1;
      else cost += charge.costPicoUsd;
      input.add(event.input_tokens ?? 0);
      output.add(event.output_tokens ?? 0);
      const fields = writeFields(event);
      writeIdentity(journal.identity.seed, event, fields, identities, i * 4);
      return writeRow(fields, charge, {
        journal: journal.identity.id,
        seq: firstSeq + i,
        live,
        receivedMs: arrivedMs,
      });
    });
    const totals = {
      events: events.length,
      inputTokens: input.total,
      outputTokens: output.total,
      costPicoUsd: cost,
      unpriced,
    };
    const payload = new TextEncoder().encode(`${lines.join('\n')}\n`);
    return { payload, identities, totals, arrivedMs, partial };
  }
}

function conflictAt(index: number): Rejection {
  return {
    index,
    code: 'identity_conflict',
    field: 'id',
    message: 'An event with this id and another payload is already stored.',
  };
}

/** Tells a sender why the journal has taken nothing. */
export function refuseRows(error: unknown): never {
  if (!(error instanceof JournalError)) throw error;
  const code = {
    full: 'storage_full',
    failed: 'journal_failed',
    overloaded: 'overloaded',
    closed: 'not_ready',
  } as const;
  throw new BellwetherError(code[error.fault], undefined, {}, { cause: error });
}
