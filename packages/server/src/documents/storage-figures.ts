/** How much disk the ledger takes, how fast that grows, and for how long the disk has room. */

import { statfs } from 'node:fs/promises';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';

/** The storage of the ledger. */
export interface StorageFigures {
  readonly ledger_bytes: number;
  readonly events: number;
  readonly bytes_per_event: number | null;
  /** Events that have arrived in the last seven days, for each day, times the bytes of an event. */
  readonly growth_bytes_per_day: number | null;
  readonly disk_free_bytes: number;
  /** Days until the disk is full at that growth; null where nothing grows. */
  readonly days_left: number | null;
}

const DAYS = 7;

/** Reads it. @param dataDirectory whose disk is asked. */
export async function readStorage(
  connection: LedgerConnection,
  dataDirectory: string,
  nowMs: number,
): Promise<StorageFigures> {
  const [bytes] = await connection.query<{ bytes: number }>(
    'SELECT toFloat64(sum(bytes_on_disk)) AS bytes FROM system.parts WHERE active AND database = {database:String}',
    { database: LEDGER_DATABASE },
  );
  const [rows] = await connection.query<{ events: number; recent: number }>(
    `SELECT toInt64(count()) AS events,
       toInt64(countIf(received_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC'))) AS recent
     FROM ${LEDGER_DATABASE}.events`,
    { since: Math.floor(nowMs) - DAYS * 86_400_000 },
  );
  const { bavail, bsize } = await statfs(dataDirectory);
  const [ledgerBytes, events] = [bytes?.bytes ?? 0, rows?.events ?? 0];
  const each = events === 0 ? null : ledgerBytes / events;
  const growth = each === null ? null : ((rows?.recent ?? 0) / DAYS) * each;
  const free = bavail * bsize;
  return {
    ledger_bytes: ledgerBytes,
    events,
    bytes_per_event: each,
    growth_bytes_per_day: growth,
    disk_free_bytes: free,
    days_left: growth === null || growth === 0 ? null : free / growth,
  };
}
