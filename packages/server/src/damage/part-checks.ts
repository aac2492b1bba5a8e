/**
 * Reads the parts of the ledger from front to back and holds them against their
 * checksums. The engine does so for what a query touches, and says nothing of the
 * rest; what it finds broken at its start it takes out of the tables without a word.
 */

import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';

/** A part that cannot be read as it was written. */
export interface DamagedPart {
  readonly table: string;
  readonly part: string;
  readonly problem: string;
}

interface PartRow {
  readonly table: string;
  readonly name: string;
}

/**
 * Checks every part of the ledger, one after another.
 *
 * Of a remote engine there is nothing to check here.
 *
 * @param isStopped is asked before each; what is left is then left out.
 */
export async function checkParts(
  connection: LedgerConnection,
  isStopped: () => boolean,
): Promise<DamagedPart[]> {
  // A remote engine looks after its parts itself, and has other people's too.
  if (connection.kind === 'remote') return [];
  const damaged: DamagedPart[] = await brokenParts(connection);
  const parts = await connection.query<PartRow>(
    `SELECT table, name FROM system.parts WHERE database = '${LEDGER_DATABASE}' AND active
     ORDER BY table, min_time DESC, name`,
  );
  for (const { table, name } of parts) {
    if (isStopped()) break;
    const problem = await problemOf(connection, { table, name });
    if (problem !== null) damaged.push({ table, part: name, problem });
  }
  return damaged;
}

/** Parts that the engine has taken out of a table because they were broken. */
async function brokenParts(connection: LedgerConnection): Promise<DamagedPart[]> {
  return connection.query<DamagedPart>(
    `SELECT table, name AS part, reason AS problem FROM system.detached_parts
     WHERE database = '${LEDGER_DATABASE}' AND reason LIKE '%broken%' ORDER BY table, name`,
  );
}

async function problemOf(connection: LedgerConnection, { table, name }: PartRow): Promise<string | null> {
  try {
    // Names that the engine gave, in which neither quotes nor backslashes can be.
    const [answer] = await connection.query<{ is_passed: number | boolean; message: string }>(
      `CHECK TABLE ${LEDGER_DATABASE}.${table} PART '${name}' SETTINGS check_query_single_value_result = 0, max_execution_time = 0`,
    );
    return answer === undefined || answer.is_passed ? null : answer.message || 'its checksum is wrong';
  } catch (error) {
    const active = await connection.query<PartRow>(
      `SELECT table, name FROM system.parts WHERE database = '${LEDGER_DATABASE}' AND active
       AND table = {table:String} AND name = {name:String}`,
      { table, name },
    );
    // A part that was merged with others meanwhile is none any more.
    return active.length === 0 ? null : String(error);
  }
}
