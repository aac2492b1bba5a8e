/**
 * The first half of an event's way: from the body of a request to the journal. All
 * of a request is stored or nothing is, unless the sender asks for what can be
 * stored; and an answer is given only when it is on disk.
 */

import { BellwetherError } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import type { Journal } from '../journal/journal.ts';
import { JournalError, type Receipt, type Submission } from '../journal/submission.ts';
import { type PackedBody, unpackBody } from './decode-body.ts';
import type { BodyLimits, Prepared, Rejection, UnpreparedBody } from './prepare.ts';
import { bodyFormatOf } from './read-events.ts';

/** Bounds on a request, which hold for every way in. */
export interface IngestLimits extends BodyLimits {
  /** A body after decompression, in bytes. */
  readonly decodedBytesMax: number;
}

export interface IngestOptions {
  readonly journal: Pick<Journal, 'append' | 'numbering'>;
  /** Makes submissions of bodies, here or in other threads. */
  readonly preparer: { prepare(body: UnpreparedBody): Prepared | Promise<Prepared> };
  readonly clock: Clock;
  /** A body after decompression, in bytes. */
  readonly decodedBytesMax: number;
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
    const { decodedBytesMax, clock } = this.#options;
    const format = bodyFormatOf(request.contentType);
    const body = await unpackBody(request, decodedBytesMax);
    const { partial, live, tenant } = request;
    const arrivedMs = clock.nowMs();
    const unprepared = { body, format, partial, live, tenant, arrivedMs };
    return this.prepare(unprepared, (prepared) => this.#store(prepared));
  }

  async #store(prepared: Prepared): Promise<IngestAnswer> {
    if (prepared.submission === null) return { accepted: 0, duplicates: 0, rejected: prepared.rejected };
    const receipt = await this.append(prepared.submission);
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

  /**
   * Makes a submission of a body, whatever it came as.
   *
   * @param store puts it on disk; when that has ended, no row of the body is still to come.
   * @throws BellwetherError if the body is not to be stored.
   */
  prepare<R>(body: UnpreparedBody, store: (prepared: Prepared) => Promise<R>): Promise<R> {
    const { journal, preparer } = this.#options;
    return journal.numbering(async () => store(await preparer.prepare(body)));
  }

  /**
   * Puts events on disk.
   *
   * @throws BellwetherError if the journal takes nothing.
   */
  async append(submission: Submission): Promise<Receipt> {
    const { journal, onReceipt } = this.#options;
    const receipt = await journal.append(submission).catch(refuseRows);
    onReceipt(receipt);
    return receipt;
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
    recovering: 'not_ready',
  } as const;
  throw new BellwetherError(code[error.fault], undefined, {}, { cause: error });
}
