/**
 * Parquet that the engine cannot read as a file, since it is elsewhere or encrypted:
 * its rows go into a table, which is gone once they have been asked for.
 */

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import { readToEnd } from './answer-end.ts';
import { ledgerColumns } from './columns.ts';
import type { LedgerConnection } from './connection.ts';
import { LEDGER_DATABASE } from './names.ts';

const PREFIX = 'events_lent_';
const columns = ledgerColumns.map(({ name }) => name).join(', ');

/** Puts rows into a table with the columns of `events` while `work` goes on. */
export async function lend<R>(
  rows: {
    readonly connection: LedgerConnection;
    readonly client: ClickHouseClient;
    readonly toText: (sql: string) => string;
    readonly parquet: AsyncIterable<Uint8Array>;
  },
  work: (source: string) => Promise<R>,
): Promise<R> {
  const table = `${LEDGER_DATABASE}.${PREFIX}${randomUUID().replaceAll('-', '')}`;
  await rows.connection.command(`CREATE TABLE ${table} AS ${LEDGER_DATABASE}.events`);
  try {
    await fill(rows, table);
    return await work(table);
  } finally {
    await rows.connection.command(`DROP TABLE IF EXISTS ${table} SYNC`);
  }
}

async function fill(
  {
    client,
    toText,
    parquet,
  }: {
    readonly client: ClickHouseClient;
    readonly toText: (sql: string) => string;
    readonly parquet: AsyncIterable<Uint8Array>;
  },
  table: string,
): Promise<void> {
  // What is wrong with the bytes says more than that the request was broken off by it.
  let problem: { readonly error: unknown } | null = null;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* parquet;
    } catch (error) {
      problem = { error };
      throw error;
    }
  };
  try {
    const { stream, response_headers } = await client.exec({
      query: toText(`INSERT INTO ${table} (${columns}) FORMAT Parquet`),
      values: Readable.from(watched(), { objectMode: false }),
    });
    await readToEnd(stream, response_headers);
  } catch (error) {
    const known = problem as { readonly error: unknown } | null;
    throw known === null ? error : known.error;
  }
}

/** Removes the tables of an engine that was killed while it had some. Nobody may have one. */
export async function removeLentTables(connection: LedgerConnection): Promise<void> {
  const left = await connection.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${LEDGER_DATABASE}' AND match(name, '^${PREFIX}[0-9a-f]{32}$')`,
  );
  for (const { name } of left)
    await connection.command(`DROP TABLE IF EXISTS ${LEDGER_DATABASE}.${name} SYNC`);
}
