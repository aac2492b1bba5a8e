/**
 * What the tables of a remote ledger have that the embedded engine has in its
 * configuration: rows are on the disk before they are acknowledged, and an insert
 * that is delivered twice is known again.
 */

/** Settings of a table, each with its value. */
const durable = [
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
  'min_rows_to_fsync_after_merge = 1',
] as const;

/** So many inserts are remembered; a repetition comes within minutes. Replicated tables have that by default. */
const REMEMBERED = 'non_replicated_deduplication_window = 1000';

const CREATE = /^CREATE TABLE [\s\S]*\bENGINE\s*=\s*\w*MergeTree\b/i;

/** The settings of a table that is replicated. */
export const replicatedSettings: string = durable.join(', ');

/** The statement for a single server: that of the embedded engine, with the settings of its table. */
export function toServer(sql: string): readonly string[] {
  return [CREATE.test(sql) ? withSettings(sql, [...durable, REMEMBERED].join(', ')) : sql];
}

/** A definition of a table with more settings than it has. */
export function withSettings(definition: string, settings: string): string {
  const text = definition.trimEnd();
  return `${text}${/\bSETTINGS\b/i.test(text) ? ',' : '\nSETTINGS'} ${settings}`;
}
