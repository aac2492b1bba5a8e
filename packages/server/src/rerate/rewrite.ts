/**
 * Gives rows of the ledger the charges of a re-rating. A month is built anew beside
 * the table and takes the old one's place in one step, so a crash leaves each month
 * as it was or as it is to be; doing it again changes nothing.
 */

import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';

const EVENTS = `${LEDGER_DATABASE}.events`;
const CHARGES = `${LEDGER_DATABASE}.rerated_charges`;
const BUILT = `${LEDGER_DATABASE}.events_rerated`;

/** The columns of a charge. */
const CHARGE = ['cost_usd', 'price_source', 'price_version', 'price_id'];

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
  const values = names.map((name) =>
    CHARGE.includes(name) ? `if(r.rerated, r.new_${name}, e.${name})` : `e.${name}`,
  );
  await connection.command(
    `INSERT INTO ${BUILT} (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${EVENTS} AS e
     LEFT ANY JOIN (
       SELECT true AS rerated, journal, seq, ${CHARGE.map((name) => `new_${name}`).join(', ')} FROM ${CHARGES}
       WHERE rerating = {rating:String} AND toYYYYMM(timestamp) = {month:UInt32}
     ) AS r ON e.journal = r.journal AND e.seq = r.seq
     WHERE toYYYYMM(e.timestamp) = {month:UInt32}
     SETTINGS join_algorithm = 'grace_hash', grace_hash_join_initial_buckets = 16, max_bytes_in_join = 33554432,
       max_insert_threads = 1`,
    { rating, month },
  );
  await requireWhole(connection, month);
  await connection.command(`ALTER TABLE ${EVENTS} REPLACE PARTITION ${month} FROM ${BUILT}`);
  await connection.command(`DROP TABLE IF EXISTS ${BUILT} SYNC`);
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
