/**
 * Brings the ledger's schema up to date: runs the SQL files of `migrations/` that
 * have not run yet, in the order of their numbers, and remembers each with the hash
 * of its text. A file that has run must never change; if one has, that is an error.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LEDGER_DATABASE, type LedgerConnection } from './connection.ts';
import { statementsOf } from './sql-text.ts';

/** One file of the migrations folder. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/** The migrations that come with this version, in order. */
export function readMigrations(folder: URL = new URL('./migrations/', import.meta.url)): Migration[] {
  const names = readdirSync(fileURLToPath(folder))
    .filter((name) => name.endsWith('.sql'))
    .toSorted();
  return names.map((name) => {
    const sql = readFileSync(new URL(name, folder), 'utf8');
    return {
      version: Number(name.slice(0, 4)),
      name,
      sql,
      sha256: createHash('sha256').update(sql).digest('hex'),
    };
  });
}

/**
 * Runs what is missing.
 *
 * @returns the names of the migrations that ran.
 * @throws Error if a migration that has run was changed since.
 */
export async function migrate(
  connection: LedgerConnection,
  migrations: readonly Migration[],
): Promise<string[]> {
  await prepare(connection);
  const done = new Map(
    (
      await connection.query<{ version: number; sha256: string }>(
        `SELECT version, sha256 FROM ${LEDGER_DATABASE}.migrations`,
      )
    ).map((row) => [row.version, row.sha256]),
  );
  const ran: string[] = [];
  for (const { version, name, sql, sha256 } of migrations) {
    const before = done.get(version);
    if (before === sha256) continue;
    if (before !== undefined) throw new Error(`The migration ${name} has run before with another text.`);
    // Every statement can be repeated, so a crash between two of them does no harm. There is one server at a time: an
    // embedded ledger is locked, a remote one is claimed before.
    for (const statement of statementsOf(sql)) await connection.command(qualify(statement));
    const row = JSON.stringify({ version, name, sha256 });
    await connection.insertJsonLines(`${LEDGER_DATABASE}.migrations`, [Buffer.from(row)]);
    ran.push(name);
  }
  return ran;
}

/**
 * Makes the database and the table of what has run, where they are missing. A cluster is not told to make what it has,
 * so that a server can start while a machine of the cluster is away.
 */
async function prepare(connection: LedgerConnection): Promise<void> {
  const [found] = await connection.query<{ tables: number }>(
    `SELECT count() AS tables FROM system.tables WHERE database = '${LEDGER_DATABASE}' AND name = 'migrations'`,
  );
  if ((found?.tables ?? 0) > 0) return;
  await connection.command(`CREATE DATABASE IF NOT EXISTS ${LEDGER_DATABASE}`);
  await connection.command(
    `CREATE TABLE IF NOT EXISTS ${LEDGER_DATABASE}.migrations (version UInt32, name String, sha256 String, ran_at DateTime64(3, 'UTC') DEFAULT now64(3)) ENGINE = MergeTree ORDER BY version`,
  );
}

/** Puts the database before the table names, since the embedded engine has no current one. */
export function qualify(statement: string): string {
  return statement.replace(
    /^((?:CREATE|ALTER|DROP) (?:TABLE|VIEW) (?:IF (?:NOT )?EXISTS )?)(\w+)/,
    `$1${LEDGER_DATABASE}.$2`,
  );
}
