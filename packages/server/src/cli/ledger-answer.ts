/**
 * Whether a ledger of one's own answers, within a time that somebody at a terminal waits
 * for. The server goes on trying for as long as it takes; a command says what is wrong.
 */

import type { Config } from '../config/index.ts';
import { connectRemote } from '../ledger/remote/remote-connection.ts';
import { readLedgerAddress } from '../ledger-address.ts';
import type { Stores } from '../stores.ts';

/** How long a ledger may take to answer. */
export const LEDGER_ANSWER_MS_MAX = 5000;

/**
 * Asks a remote ledger for a sign of life.
 *
 * @returns null if it answers, or is embedded; else what is wrong, as a sentence without its user and password.
 */
export async function ledgerProblem(config: Config): Promise<string | null> {
  const address = readLedgerAddress(config);
  if (address === null) return null;
  const connection = connectRemote({ ...address, requestTimeoutMs: LEDGER_ANSWER_MS_MAX }, 'check');
  try {
    if (await withinTime(connection.ping())) return null;
    return `The ledger at ${new URL(address.url).host} does not answer within ${LEDGER_ANSWER_MS_MAX / 1000} s.`;
  } finally {
    await connection.close();
  }
}

/**
 * Waits until a ledger can be asked, for as long as it is on the way there.
 *
 * @returns null when it can be; else why not, as a sentence.
 */
export async function whyNotReady({ ledger }: Stores): Promise<string | null> {
  while (!(await ledger.readyWithin(LEDGER_ANSWER_MS_MAX)))
    if (ledger.connection.kind === 'remote' && ledger.waitsFor !== null) return ledger.waitsFor;
  return null;
}

/** Whether it is true before the time is over. Whoever asked need not wait for its end. */
async function withinTime(answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), LEDGER_ANSWER_MS_MAX);
  });
  try {
    return await Promise.race([answer.catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}
