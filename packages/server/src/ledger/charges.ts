/**
 * Writes charges: the sums of a day's events that stay when the events go. The rows
 * of a version count only once a row of `kept_days` names it, so whatever is broken
 * off in between changes nothing.
 */

import { LEDGER_DATABASE, type LedgerConnection } from './connection.ts';
import { CHARGES, dayIn, type KeptDay, KEPT_DAYS } from './kept-days.ts';

const EVENTS = `${LEDGER_DATABASE}.events`;

const KEYS =
  'day, arrived, journal, tenant, provider, model, team, application, price_source, price_version, price_id';
const VALUES = 'events, errors, unpriced, input_tokens, output_tokens, cost_usd';

/** The highest version so far and one: also above those that were written and never named. */
export async function nextVersion(connection: LedgerConnection): Promise<number> {
  const [row] = await connection.query<{ version: number }>(
    `SELECT max(version) + 1 AS version FROM (SELECT max(version) AS version FROM ${CHARGES} UNION ALL SELECT max(version) FROM ${KEPT_DAYS})`,
  );
  return row?.version ?? 1;
}

/**
 * Writes a version of the charges of days: those that count now, and the events up to
 * a bound added to them or taken off.
 */
export async function writeCharges(
  connection: LedgerConnection,
  options: {
    readonly days: readonly string[];
    /** The last row of a journal that counts; rows of other journals all do. */
    readonly bound: { readonly journal: string; readonly seq: number };
    readonly version: number;
    readonly events: 'added' | 'taken off';
  },
): Promise<void> {
  const { journal, seq } = options.bound;
  const sign = options.events === 'added' ? '' : '-';
  const inner = `SELECT toDate(timestamp) AS day, toDate(received_at) AS arrived, journal, tenant, provider, model, team,
      application, price_source, price_version, price_id, ${sign}toInt64(count()) AS events,
      ${sign}toInt64(countIf(status != 'success')) AS errors, ${sign}toInt64(countIf(e.cost_usd IS NULL)) AS unpriced,
      ${sign}toInt128(ifNull(sum(toUInt128(e.input_tokens)), 0)) AS input_tokens,
      ${sign}toInt128(ifNull(sum(toUInt128(e.output_tokens)), 0)) AS output_tokens,
      ${sign}ifNull(sum(e.cost_usd), toDecimal128(0, 12)) AS cost_usd
    FROM ${EVENTS} AS e WHERE ${dayIn('timestamp', 'days')} 
      AND (journal != {journal:String} OR seq <= {seq:UInt64}) GROUP BY ${KEYS}
    UNION ALL SELECT ${KEYS}, ${VALUES} FROM ${CHARGES} WHERE ${dayIn('day', 'days')} AND (day, version) IN
      (SELECT day, argMax(k.charges, k.version) FROM ${KEPT_DAYS} AS k GROUP BY day)`;
  const sums = VALUES.split(', ')
    .map((name) => `sum(c.${name}) AS ${name}`)
    .join(', ');
  await connection.command(
    `INSERT INTO ${CHARGES} (version, ${KEYS}, ${VALUES}) SELECT {version:UInt64} AS version, ${KEYS}, ${sums}
     FROM (${inner}) AS c GROUP BY ${KEYS} HAVING events != 0 OR cost_usd != 0 SETTINGS max_execution_time = 0`,
    { journal, seq, days: JSON.stringify(options.days), version: options.version },
  );
}

/** Writes a version of days that has only the sums by journal and day of arrival: what a verification needs. */
export async function writeExpiredCharges(
  connection: LedgerConnection,
  days: readonly string[],
  version: number,
): Promise<void> {
  const sums = VALUES.split(', ')
    .map((name) => `sum(c.${name}) AS ${name}`)
    .join(', ');
  await connection.command(
    `INSERT INTO ${CHARGES} (version, day, arrived, journal, ${VALUES}) SELECT {version:UInt64} AS version, day, arrived, journal, ${sums}
     FROM ${CHARGES} AS c WHERE ${dayIn('day', 'days')} AND (day, c.version) IN
     (SELECT day, argMax(k.charges, k.version) FROM ${KEPT_DAYS} AS k GROUP BY day) GROUP BY day, arrived, journal`,
    { days: JSON.stringify(days), version },
  );
}

/** Writes the new rows of days in one insert, which is there whole or not at all. */
export async function writeKeptDays(
  connection: LedgerConnection,
  days: readonly KeptDay[],
  nowMs: number,
): Promise<void> {
  const text = (epochMs: number): string =>
    new Date(epochMs).toISOString().replace('T', ' ').replace('Z', '');
  const lines = days.map((kept) => {
    const { day, version, charges, state, bound_journal, bound_seq, held_ms } = kept;
    const row = { day, version, charges, state, bound_journal, bound_seq };
    return JSON.stringify({ ...row, held_until: text(held_ms), changed_at: text(nowMs) });
  });
  await connection.insertJsonLines(KEPT_DAYS, [Buffer.from(`${lines.join('\n')}\n`)]);
}

/** Removes versions that count no more. */
export async function removeOldVersions(connection: LedgerConnection): Promise<void> {
  const old = `(day, version) NOT IN (SELECT day, argMax(k.charges, k.version) FROM ${KEPT_DAYS} AS k GROUP BY day)`;
  const [row] = await connection.query<{ rows: number }>(
    `SELECT count() AS rows FROM ${CHARGES} WHERE ${old}`,
  );
  if ((row?.rows ?? 0) > 0)
    await connection.command(`DELETE FROM ${CHARGES} WHERE ${old} SETTINGS mutations_sync = 1`);
}
