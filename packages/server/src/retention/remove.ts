/**
 * Removes the events of days, up to a bound, from the disk: whole parts where all of
 * their rows go, and row by row where a part has others too. What arrives meanwhile is
 * above the bound and in other parts, so it is never touched.
 */

import { EVENTS, type UpperBound } from '../export/scope.ts';
import type { LedgerConnection } from '../ledger/connection.ts';

/** ClickHouse's codes for a part that is no longer there, since it was merged into another. */
const PART_IS_GONE = new Set(['232', '233', '384']);

/** How much was removed, and how. */
export interface Removed {
  readonly rows: number;
  /** Parts that went whole. */
  readonly parts: number;
}

/**
 * Removes rows.
 *
 * @throws Error if rows of the days up to the bound are left.
 */
export async function removeEvents(
  connection: LedgerConnection,
  days: readonly string[],
  bound: UpperBound,
): Promise<Removed> {
  const condition = literalCondition(days, bound);
  const count = async (): Promise<number> => {
    const [row] = await connection.query<{ rows: number }>(
      `SELECT count() AS rows FROM ${EVENTS} WHERE ${condition}`,
    );
    return row?.rows ?? 0;
  };
  const rows = await count();
  // Parts have no names that hold on every machine of a cluster.
  const parts = rows === 0 || connection.cluster !== null ? 0 : await dropWholeParts(connection, condition);
  if ((await count()) > 0)
    await connection.command(
      `DELETE FROM ${EVENTS} WHERE ${condition} SETTINGS mutations_sync = 1, max_execution_time = 0`,
    );
  const left = await count();
  if (left > 0) throw new Error(`${left} events that are past their retention could not be removed.`);
  return { rows, parts };
}

async function dropWholeParts(connection: LedgerConnection, condition: string): Promise<number> {
  const parts = await connection.query<{ part: string }>(
    `SELECT _part AS part FROM ${EVENTS} GROUP BY _part HAVING countIf(NOT (${condition})) = 0`,
  );
  let dropped = 0;
  for (const { part } of parts) {
    if (!/^\w+$/.test(part)) continue;
    try {
      await connection.command(`ALTER TABLE ${EVENTS} DROP PART '${part}'`);
      dropped += 1;
    } catch (error) {
      if (!PART_IS_GONE.has((error as { code?: string }).code ?? '')) throw error;
    }
  }
  return dropped;
}

/** The engine keeps the text of a deletion, so it has no parameters: days and journal are checked and written out. */
function literalCondition(days: readonly string[], { journal, seq }: UpperBound): string {
  const isSound =
    days.every((day) => /^\d{4}-\d\d-\d\d$/.test(day)) &&
    /^[\w-]*$/.test(journal) &&
    Number.isSafeInteger(seq);
  if (!isSound) throw new Error('A day or a journal is not what the ledger gives out.');
  const list = days.map((day) => `'${day}'`).join(', ');
  return `toDate(timestamp) IN (${list}) AND (journal != '${journal}' OR seq <= ${seq})`;
}
