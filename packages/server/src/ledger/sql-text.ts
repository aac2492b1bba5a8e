/** Small work on the text of statements. */

import { LEDGER_DATABASE } from './names.ts';

/** The statements of a migration, without comments. */
export function statementsOf(sql: string): string[] {
  return sql
    .replace(/^\s*--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter(Boolean);
}

/**
 * A statement for a ledger in a database of another name. Values never stand in the text of a statement, so the
 * name can only mean the database.
 */
export function inDatabase(sql: string, database: string): string {
  if (database === LEDGER_DATABASE) return sql;
  return sql
    .replace(new RegExp(String.raw`\b${LEDGER_DATABASE}\.(?=\w)`, 'g'), `${database}.`)
    .replaceAll(`'${LEDGER_DATABASE}'`, `'${database}'`)
    .replace(new RegExp(String.raw`(\bDATABASE IF NOT EXISTS )${LEDGER_DATABASE}\b`), `$1${database}`)
    .replaceAll(`/${LEDGER_DATABASE}/`, `/${database}/`);
}
