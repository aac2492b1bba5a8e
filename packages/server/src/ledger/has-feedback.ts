import { LEDGER_DATABASE, type LedgerConnection } from './connection.ts';

/** Whether there is any feedback: the view that puts it in place of an event's own scores joins all of it. */
export async function hasFeedback(connection: LedgerConnection): Promise<boolean> {
  const rows = await connection.queryRemembered<{ found: number }>(
    ['feedback'],
    `SELECT 1 AS found FROM ${LEDGER_DATABASE}.feedback LIMIT 1`,
  );
  return rows.length > 0;
}
