/** Says in public words why a ledger cannot be opened: without addresses, names of users or texts of the server. */

import { ClaimedByAnother } from './claim.ts';
import { InsertUnderWay } from './remote-connection.ts';
import { UnfitLedger } from './requirements.ts';

/** ClickHouse's codes of an unknown user, a wrong password and a failed authentication. */
const REFUSED = new Set(['192', '193', '194', '516']);
/** And of a right that the user does not have. */
const ACCESS_DENIED = '497';

/** The reason, as a sentence. */
export function waitingFor(error: unknown): string {
  if (error instanceof UnfitLedger || error instanceof ClaimedByAnother || error instanceof InsertUnderWay)
    return error.message;
  const code = (error as { code?: string } | null)?.code ?? '';
  if (REFUSED.has(code)) return 'It refuses the configured user or password.';
  if (code === ACCESS_DENIED) return 'Its user lacks a right that the server needs.';
  if (/^\d+$/.test(code)) return `It answered with error ${code}.`;
  return 'It does not answer.';
}
