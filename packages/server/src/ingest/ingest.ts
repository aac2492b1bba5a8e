/**
 * The first half of an event's way: from the body of a request to the journal. All
 * of a request is stored or nothing is, unless the sender asks for what can be
 * stored; and an answer is given only when it is on disk.
 */

import { BellwetherError } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import type { Journal } from '../journal/journal.ts';
import { JournalError, type Receipt } from '../journal/submission.ts';
import type { Admitted } from './admission.ts';
import { decodeBody } from './decode-body.ts';
import type { Prepared, Rejection, UnpreparedBody } from './prepare.ts';
import { bodyFormatOf } from './read-events.ts';

export interface IngestOptions {
  readonly journal: Pick<Journal, 'append'>;
  /** Makes submissions of bodies, here or in other threads. */
  readonly preparer: { prepare(body: UnpreparedBody): Prepared | Promise<Prepared> };
  readonly clock: Clock;
  /** A body after decompression, in bytes. */
  readonly decodedBytesMax: number;
  /** Called after each acknowledged request with what came of it. */
  readonly onReceipt: (receipt: Receipt) => void;
}

/** A request to store events. */
export interface IngestRequest {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** The memory that is held for the body. */
  readonly admitted: Admitted;
  /** Whether the live counters count the events. History that is loaded in bulk sets it to false. */
  readonly live: boolean;
  /** Store what is right and report the rest, instead of all or nothing. */
  readonly partial: boolean;
}

/** The answer to a request. */
export interface IngestAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejection[];
}

export class Ingest {
  readonly #options: IngestOptions;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /**
   * Stores the events of a request.
   *
   * @throws BellwetherError if nothing was stored.
   */
  async accept(request: IngestRequest): Promise<IngestAnswer> {
    const { decodedBytesMax, preparer, journal, clock, onReceipt } = this.#options;
    const format = bodyFormatOf(request.contentType);
    const body = await decodeBody(request.body, request.contentEncoding, {
      bytesMax: decodedBytesMax,
      hold: (bytes) => request.admitted.grow(bytes),
    });
    if (!request.admitted.resize(body.length)) throw new BellwetherError('overloaded');
    const { partial, live } = request;
    const prepared = await preparer.prepare({ body, format, partial, live, arrivedMs: clock.nowMs() });
    if (prepared.submission === null) return { accepted: 0, duplicates: 0, rejected: prepared.rejected };
    const receipt = await journal.append(prepared.submission).catch(rethrow);
    onReceipt(receipt);
    const conflicts = receipt.conflicts.map((row) => conflictAt(prepared.positions?.[row] ?? row));
    const [first] = conflicts;
    if (receipt.refused && first !== undefined) {
      throw new BellwetherError(first.code, `${first.message} Nothing of this request was stored.`, {
        index: first.index,
        field: 'id',
      });
    }
    const rejected = [...prepared.rejected, ...conflicts].toSorted((a, b) => a.index - b.index);
    return { accepted: receipt.accepted, duplicates: receipt.duplicates, rejected };
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

function rethrow(error: unknown): never {
  if (!(error instanceof JournalError)) throw error;
  const code = {
    full: 'storage_full',
    failed: 'journal_failed',
    overloaded: 'overloaded',
    closed: 'not_ready',
    recovering: 'not_ready',
  } as const;
  throw new BellwetherError(code[error.fault], undefined, {}, { cause: error });
}
