/**
 * Gives rows of the ledger the charges of a re-rating. A month is built anew beside
 * the table and takes the old one's place in one step, so a crash leaves each month
 * as it was or as it is to be; doing it again changes nothing.
 */

import type { Instant } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import type { Stretch } from '../ledger/row-changes.ts';
import { rangeCondition, type TimeRange } from '../ledger/time-range.ts';
import { rangeWithin, sliceRange } from '../ledger/time-slices.ts';

const EVENTS = `${LEDGER_DATABASE}.events`;
const CHARGES = `${LEDGER_DATABASE}.rerated_charges`;
const BUILT = `${LEDGER_DATABASE}.events_rerated`;

/** The columns of a charge. */
const CHARGE = ['cost_usd', 'price_source', 'price_version', 'price_id'];

/**
 * Rows that are written at once. The engine holds all their columns several times, and the charges beside them: of 65,536
 * rows it was measured to take the 256 MiB of a query.
 */
const SLICE_ROWS = 16_384;

/** Rewrites one month, `202611`. Nothing may be added to the table meanwhile. */
export async function rewriteMonth(
  connection: LedgerConnection,
  rating: string,
  month: number,
): Promise<void> {
  await connection.command(`DROP TABLE IF EXISTS ${BUILT} SYNC`);
  await connection.command(`CREATE TABLE ${BUILT} AS ${EVENTS}`);
  const columns = await connection.query<{ name: string }>(
    `SELECT name FROM system.columns WHERE database = '${LEDGER_DATABASE}' AND table = 'events'
     AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position`,
  );
  const names = columns.map(({ name }) => name);
  const everything = { sql: '1', parameters: {} };
  for (const slice of await sliceRange(connection, rangeOf(month), everything, SLICE_ROWS)) {
    const { sql, parameters } = rangeCondition(rangeWithin(rangeOf(month), slice));
    await connection.command(copyStatement(names, sql), { ...parameters, rating });
  }
  await requireWhole(connection, month);
  await connection.command(`ALTER TABLE ${EVENTS} REPLACE PARTITION ${month} FROM ${BUILT}`);
  await connection.command(`DROP TABLE IF EXISTS ${BUILT} SYNC`);
}

/**
 * Copies the rows of a stretch of time with the charges that they are to have. A row is told by its identity too: a journal
 * that has lost its end may have given out a number twice.
 */
function copyStatement(names: readonly string[], stretch: string): string {
  const values = names.map((name) =>
    CHARGE.includes(name) ? `if(r.rerated, r.new_${name}, e.${name})` : `e.${name}`,
  );
  return `INSERT INTO ${BUILT} (${names.join(', ')}) SELECT ${values.join(', ')}
    FROM (SELECT * FROM ${EVENTS} WHERE ${stretch}) AS e
    LEFT ANY JOIN (
      SELECT true AS rerated, journal, seq, tenant, id, ${CHARGE.map((name) => `new_${name}`).join(', ')} FROM ${CHARGES}
      WHERE rerating = {rating:String} AND ${stretch}
    ) AS r ON e.journal = r.journal AND e.seq = r.seq AND e.tenant = r.tenant AND e.id = r.id
    SETTINGS max_threads = 1, max_insert_threads = 1`;
}

/** From the first instant of a month to that of the next. */
function rangeOf(month: number): TimeRange {
  const { fromMs, toMs } = monthOf(month);
  const instant = (ms: number): Instant => ({ epochSeconds: ms / 1000, nanoseconds: 0 });
  return { from: instant(fromMs), to: instant(toMs) };
}

/** The time of a month, `202611`. */
export function monthOf(month: number): Stretch {
  const [year, index] = [Math.floor(month / 100), (month % 100) - 1];
  return { fromMs: Date.UTC(year, index), toMs: Date.UTC(year, index + 1) };
}

/** A month that lost or gained rows while it was built must not take the other's place. */
async function requireWhole(connection: LedgerConnection, month: number): Promise<void> {
  const rows = async (table: string): Promise<number> => {
    const [row] = await connection.query<{ rows: number }>(
      `SELECT count() AS rows FROM ${table} WHERE toYYYYMM(timestamp) = {month:UInt32}`,
      { month },
    );
    return row?.rows ?? 0;
  };
  const [before, after] = [await rows(EVENTS), await rows(BUILT)];
  if (before !== after) throw new Error(`The month ${month} was built with ${after} of ${before} rows.`);
}
