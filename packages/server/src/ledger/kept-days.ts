/**
 * What counts of a day whose events are past their retention, were brought back, or
 * are on their way between: the newest row of `kept_days` says so. Whoever sums over
 * events adds the charges that count and leaves out the events that do not.
 */

import { LEDGER_DATABASE, type LedgerConnection } from './connection.ts';
import type { Condition } from './time-range.ts';

/** How a day stands. */
export type DayState =
  /** Its events up to the bound are charges now, and are being removed. */
  | 'removing'
  | 'removed'
  /** Events are being brought back, and do not count yet. */
  | 'restoring'
  /** Its events are there; charges are left of those that were not brought back. */
  | 'present'
  /** Past the retention of charges: only the sums are kept, for verification. */
  | 'expired';

/** The newest row of a day. */
export interface KeptDay {
  /** `2026-11-20`. */
  readonly day: string;
  readonly version: number;
  /** The version of its charges. */
  readonly charges: number;
  readonly state: DayState;
  readonly bound_journal: string;
  readonly bound_seq: number;
  /** Epoch milliseconds until which it is not removed. */
  readonly held_ms: number;
}

export const CHARGES = `${LEDGER_DATABASE}.charges`;
export const KEPT_DAYS = `${LEDGER_DATABASE}.kept_days`;

/** The newest row of every day that has one. */
export async function readKeptDays(connection: LedgerConnection): Promise<KeptDay[]> {
  return connection.queryRemembered<KeptDay>(
    ['kept_days'],
    `SELECT toString(day) AS day, max(k.version) AS version, argMax(k.charges, k.version) AS charges,
     argMax(k.state, k.version) AS state, argMax(k.bound_journal, k.version) AS bound_journal,
     argMax(k.bound_seq, k.version) AS bound_seq, argMax(toUnixTimestamp64Milli(k.held_until), k.version) AS held_ms
     FROM ${KEPT_DAYS} AS k GROUP BY day ORDER BY day`,
  );
}

/** The events that count. Days are told by what was read; the condition is `1` where all of them do. */
export function countingEvents(days: readonly KeptDay[]): Condition {
  const byBound = new Map<string, KeptDay[]>();
  for (const day of days) {
    if (day.state !== 'removing' && day.state !== 'restoring') continue;
    const key = JSON.stringify([day.bound_journal, day.bound_seq]);
    byBound.set(key, [...(byBound.get(key) ?? []), day]);
  }
  const parameters: Record<string, string | number> = {};
  const parts = [...byBound.values()].map((group, i) => {
    parameters[`kept_days_${i}`] = JSON.stringify(group.map(({ day }) => day));
    parameters[`kept_journal_${i}`] = group[0]?.bound_journal ?? '';
    parameters[`kept_seq_${i}`] = group[0]?.bound_seq ?? 0;
    return `NOT (${dayIn('timestamp', `kept_days_${i}`)} AND (journal != {kept_journal_${i}:String} OR seq <= {kept_seq_${i}:UInt64}))`;
  });
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), parameters };
}

/** The charges that count. */
export function countingCharges(days: readonly KeptDay[], withExpired: boolean): Condition {
  const versions = days
    .filter(({ state }) => withExpired || state !== 'expired')
    .map(({ day, charges }) => `${day} ${charges}`);
  return {
    sql: "concat(toString(day), ' ', toString(version)) IN (SELECT arrayJoin(JSONExtract({kept_versions:String}, 'Array(String)')))",
    parameters: { kept_versions: JSON.stringify(versions) },
  };
}

/** That the UTC day of a column is in a list, given as a parameter with JSON text. */
export function dayIn(column: string, parameter: string): string {
  return `toDate(${column}) IN (SELECT toDate(arrayJoin(JSONExtract({${parameter}:String}, 'Array(String)'))))`;
}

/** Tries of a reading that days changed under. */
const READINGS_MAX = 20;

/** Reads with the days as they stand, and again if one of them changed meanwhile: else an event could count twice or not at all. */
export async function readWithKeptDays<R>(
  connection: LedgerConnection,
  read: (days: readonly KeptDay[]) => Promise<R>,
): Promise<R> {
  let days = await readKeptDays(connection);
  for (let reading = 1; ; reading += 1) {
    const result = await read(days);
    const after = await readKeptDays(connection);
    if (versionOf(after) === versionOf(days) || reading === READINGS_MAX) return result;
    days = after;
  }
}

function versionOf(days: readonly KeptDay[]): number {
  return days.reduce((highest, { version }) => Math.max(highest, version), 0);
}
