/** How routes ask the ledger: with patience while it starts, and plain words when it cannot answer. */

import { BellwetherError } from '@bellwether/events';
import type { FastifyReply } from 'fastify';
import type { Ledger } from '../ledger/ledger.ts';
import { asLedgerError } from '../ledger/ledger-error.ts';

/** How long an answer waits for a ledger that is starting. */
const START_MS = 15_000;

/** How long an answer waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 2000;

/** The header, with the value `true`, of an answer without some of what was acknowledged before it was asked for. */
export const LEDGER_BEHIND_HEADER = 'x-bellwether-ledger-behind';

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

/** As {@link ask}, of all that is acknowledged by now; the answer's header says so if the ledger needs longer than it can wait. */
export function askSettled<R>(ledger: Ledger, reply: FastifyReply, question: () => Promise<R>): Promise<R> {
  return ask(ledger, async () => {
    if (!(await ledger.settle(SETTLE_MS))) reply.header(LEDGER_BEHIND_HEADER, 'true');
    return question();
  });
}
