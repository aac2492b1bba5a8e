/** How routes ask the ledger: with patience while it starts, and plain words when it cannot answer. */

import { BellwetherError } from '@bellwether/events';
import type { Ledger } from '../ledger/ledger.ts';
import { asLedgerError } from '../ledger/ledger-error.ts';

/** How long an answer waits for a ledger that is starting. */
const START_MS = 15_000;

/** Runs a question to the ledger and says plainly when the ledger cannot answer. */
export async function ask<R>(ledger: Ledger, question: () => Promise<R>): Promise<R> {
  if (!(await ledger.readyWithin(START_MS)))
    throw new BellwetherError('ledger_unavailable', 'The ledger is still starting.');
  try {
    return await question();
  } catch (error) {
    throw asLedgerError(error);
  }
}
