/**
 * Brings the ledger's schema up to date: runs the SQL files of `migrations/` that
 * have not run yet, in the order of their numbers, and remembers each with the hash
 * of its text. A file that has run must never change; if one has, that is an error.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LEDGER_DATABASE, type LedgerConnection } from './connection.ts';

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

/** The statements of a migration, without comments. */
export function statementsOf(sql: string): string[] {
  return sql
    .replace(/^\s*--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter(Boolean);
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
  await connection.command(`CREATE DATABASE IF NOT EXISTS ${LEDGER_DATABASE}`);
  await connection.command(
    `CREATE TABLE IF NOT EXISTS ${LEDGER_DATABASE}.migrations (version UInt32, name String, sha256 String, ran_at DateTime64(3, 'UTC') DEFAULT now64(3)) ENGINE = MergeTree ORDER BY version`,
  );
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
    // Every statement can be repeated, so a crash between two of them does no harm.
    for (const statement of statementsOf(sql)) await connection.command(qualify(statement));
    const row = JSON.stringify({ version, name, sha256 });
    await connection.insertJsonLines(`${LEDGER_DATABASE}.migrations`, [Buffer.from(row)]);
    ran.push(name);
  }
  return ran;
}

/** Puts the database before the table names, since the embedded engine has no current one. */
function qualify(statement: string): string {
  return statement.replace(
    /^((?:CREATE|ALTER|DROP) (?:TABLE|VIEW) (?:IF (?:NOT )?EXISTS )?)(\w+)/,
    `$1${LEDGER_DATABASE}.$2`,
  );
}
