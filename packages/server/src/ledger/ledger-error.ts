/** What the engine's refusals mean to whoever asked. */

import { BellwetherError } from '@bellwether/events';

/** ClickHouse's codes for a query that ran out of time (159) or of memory (241). */
const HEAVY_CODES: readonly string[] = ['159', '241'];

/** The error of the catalogue that a failed question to the ledger stands for; one of the catalogue stays as it is. */
export function asLedgerError(error: unknown): BellwetherError {
  if (error instanceof BellwetherError) return error;
  const isHeavy = HEAVY_CODES.includes((error as { code?: string }).code ?? '');
  return new BellwetherError(
    isHeavy ? 'query_too_heavy' : 'ledger_unavailable',
    undefined,
    {},
    { cause: error },
  );
}
