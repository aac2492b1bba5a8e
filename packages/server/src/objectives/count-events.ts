/** Counts good requests and all requests of an objective, or its slices, from the rows of the ledger. */

import type { ObjectiveDefinition } from '../config/index.ts';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { countingEvents, readWithKeptDays } from '../ledger/kept-days.ts';
import { both, type Condition } from '../ledger/time-range.ts';
import { type CountedSlot, KEYS_MAX, OTHER_KEY } from './count-book.ts';
import type { Indicator } from './indicator.ts';

/** What is counted. */
export interface Counting {
  readonly indicator: Indicator;
  readonly slices: ObjectiveDefinition['slices'];
}

interface SlotRow {
  readonly slot: number;
  readonly key: string;
  readonly good: number;
  readonly total: number;
}

/**
 * Counts by slots of time.
 *
 * @param range which rows; the names of its parameters begin otherwise than those of an indicator.
 * @param slotMs the length of a slot: a minute, or a quarter of an hour.
 * @param known keys that have a place of their own already; others get one while there is room.
 */
export async function countEvents(
  connection: LedgerConnection,
  { indicator, slices }: Counting,
  range: Condition,
  slotMs: number,
  known: readonly string[],
): Promise<CountedSlot[]> {
  const slotSeconds = slotMs / 1000;
  return readWithKeptDays(connection, async (days) => {
    const rows = both(both(range, countingEvents(days)), indicator.counted);
    const keys = await keysOf(connection, indicator, rows, known);
    const key = keys === null ? { sql: "''", parameters: {} } : placed(indicator.keyColumn ?? "''", keys);
    const parameters = { ...rows.parameters, ...indicator.good.parameters, ...key.parameters };
    const sliceSeconds = slices === null ? slotSeconds : slices.minutes * 60;
    const counts = `SELECT intDiv(toUnixTimestamp64Second(timestamp), {slice:UInt32}) AS slice, ${key.sql} AS key,
      toInt64(countIf(${indicator.good.sql})) AS n_good, toInt64(count()) AS n
      FROM ${tableOf(indicator)} WHERE ${rows.sql} GROUP BY slice, key`;
    const sql =
      slices === null
        ? `SELECT slice AS slot, key, n_good AS good, n AS total FROM (${counts}) ORDER BY slot`
        : `SELECT intDiv(slice * {slice:UInt32}, {seconds:UInt32}) AS slot, key, toInt64(count()) AS total,
           toInt64(countIf(toInt128(n - n_good) * 1000000000 <= toInt128(n) * {tolerated:UInt32})) AS good
           FROM (${counts}) GROUP BY slot, key ORDER BY slot`;
    const found = await connection.query<SlotRow>(sql, {
      ...parameters,
      slice: sliceSeconds,
      ...(slices === null ? {} : { seconds: slotSeconds, tolerated: slices.budgetPpb }),
    });
    return found.map(({ slot, key: name, good, total }) => ({
      startMs: slot * slotMs,
      key: name,
      good,
      total,
    }));
  });
}

/** The keys that have a place of their own: those known, then those with the most requests. */
async function keysOf(
  connection: LedgerConnection,
  indicator: Indicator,
  rows: Condition,
  known: readonly string[],
): Promise<readonly string[] | null> {
  const { keyColumn } = indicator;
  if (keyColumn === null) return null;
  const own = known.filter((key) => key !== OTHER_KEY);
  const found = await connection.query<{ key: string }>(
    `SELECT toString(${keyColumn}) AS key FROM ${tableOf(indicator)} WHERE ${rows.sql}
     GROUP BY key ORDER BY count() DESC, key LIMIT ${KEYS_MAX}`,
    rows.parameters,
  );
  return [...new Set([...own, ...found.map(({ key }) => key)])].slice(0, KEYS_MAX);
}

function tableOf({ isRated }: Indicator): string {
  return `${LEDGER_DATABASE}.${isRated ? 'rated_events' : 'events'}`;
}

function placed(column: string, keys: readonly string[]): Condition {
  return {
    sql: `if(has(JSONExtract({keys:String}, 'Array(String)'), ${column}), toString(${column}), {other:String})`,
    parameters: { keys: JSON.stringify(keys), other: OTHER_KEY },
  };
}

/** The rows of some hours since the epoch. */
export function inHours(hours: readonly number[]): Condition {
  return {
    sql: `timestamp >= fromUnixTimestamp64Second({hours_from:Int64}, 'UTC') AND timestamp < fromUnixTimestamp64Second({hours_to:Int64}, 'UTC')
      AND has(JSONExtract({hours:String}, 'Array(Int64)'), toInt64(intDiv(toUnixTimestamp64Second(timestamp), 3600)))`,
    parameters: {
      hours: JSON.stringify(hours),
      hours_from: Math.min(...hours) * 3600,
      hours_to: (Math.max(...hours) + 1) * 3600,
    },
  };
}

/** The rows from one instant, included, to another, excluded; epoch milliseconds. */
export function inRange(fromMs: number, toMs: number): Condition {
  return {
    sql: "timestamp >= fromUnixTimestamp64Milli({range_from:Int64}, 'UTC') AND timestamp < fromUnixTimestamp64Milli({range_to:Int64}, 'UTC')",
    parameters: { range_from: fromMs, range_to: toMs },
  };
}
