/**
 * What the server's main thread and the journal's thread say to each other.
 */

import type { LedgerIdentity, RebuildReport } from './identities/index.ts';
import type { JournalBlock, JournalIdentity, JournalStatus } from './journal-state.ts';
import type { JournalFault, Receipt, Submission } from './submission.ts';

/** What the main thread asks for. Every request is answered by its number. */
export type JournalRequest =
  | {
      readonly kind: 'append';
      readonly number: number;
      readonly submissions: readonly Submission[];
      readonly lastSeq: number;
    }
  | { readonly kind: 'read'; readonly number: number; readonly afterBlock: number; readonly bytesMax: number }
  | { readonly kind: 'markLoaded'; readonly number: number; readonly block: number }
  | { readonly kind: 'expireIdentities'; readonly number: number; readonly arrivalMs: number }
  | { readonly kind: 'snapshot'; readonly number: number; readonly folder: string }
  | {
      readonly kind: 'rebuild';
      readonly number: number;
      readonly rows: readonly LedgerIdentity[];
      readonly isFirst: boolean;
      readonly isLast: boolean;
    }
  | {
      readonly kind: 'recovered';
      readonly number: number;
      readonly journals: readonly string[];
      readonly rows: number;
    }
  | { readonly kind: 'scrub'; readonly number: number }
  | { readonly kind: 'status'; readonly number: number }
  | { readonly kind: 'check'; readonly number: number }
  | { readonly kind: 'close'; readonly number: number };

/** What each request is answered with. */
export interface JournalAnswers {
  append: Receipt[];
  read: JournalBlock[];
  markLoaded: null;
  expireIdentities: number;
  snapshot: JournalStatus;
  rebuild: RebuildReport;
  recovered: null;
  scrub: null;
  status: JournalStatus;
  check: JournalStatus;
  close: null;
}

/** What the journal's thread says. */
export type JournalMessage =
  | { readonly kind: 'open'; readonly identity: JournalIdentity; readonly status: JournalStatus }
  | { readonly kind: 'cannotOpen'; readonly message: string }
  | { readonly kind: 'done'; readonly number: number; readonly answer: JournalAnswers[keyof JournalAnswers] }
  | {
      readonly kind: 'refused';
      readonly number: number;
      readonly fault: JournalFault;
      readonly message: string;
    };
