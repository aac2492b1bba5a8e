/** What the server's main thread and the threads that prepare bodies say to each other. */

import type { ErrorCode, ErrorPlace } from '@bellwether/events';
import type { RateCard } from '../pricing/index.ts';
import type { BodyLimits, Prepared, UnpreparedBody } from './prepare.ts';

/** What a thread is started with. */
export interface PrepareThreadData {
  readonly limits: BodyLimits;
  readonly cards: readonly RateCard[];
  readonly journalId: string;
  readonly seedBytes: Uint8Array;
  /** The memory of the journal's `SeqCounter`. */
  readonly seqs: SharedArrayBuffer;
  /** Of users; absent or null if ids are kept as they are. */
  readonly pseudonymKey?: Uint8Array | null;
}

/** A body to prepare. */
export interface PrepareRequest {
  readonly number: number;
  readonly body: UnpreparedBody;
}

/** What became of it: a submission, an error of the catalogue, or a failure that nobody expected. */
export type PrepareAnswer =
  | { readonly kind: 'prepared'; readonly number: number; readonly prepared: Prepared }
  | {
      readonly kind: 'refused';
      readonly number: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly place: ErrorPlace;
    }
  | { readonly kind: 'failed'; readonly number: number; readonly problem: string };
