/** What a verification asks of the ledger. */

import type { Ledger } from '../ledger/ledger.ts';
import type { Loader } from '../ledger/loader.ts';

/** A ledger that may take rows in meanwhile. */
export interface VerifiedLedger extends Pick<Ledger, 'connection' | 'settle'> {
  /** Null until the ledger is ready. */
  readonly loader: Pick<Loader, 'between'> | null;
}
