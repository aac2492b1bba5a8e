/**
 * Columns of the state that are encrypted where there is a key. Statements say it:
 * `sealed('TABLE.COLUMN', ?)` where a value is stored or looked up, and
 * `opened('TABLE.COLUMN', COLUMN)` where it is read. Without a key both give the value itself.
 */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { isSealedValue, ValueSealer } from '../encryption/index.ts';

/** A column that is sealed: of texts, or of bytes. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
}

/** Makes the two functions known to a connection. */
export function defineSealing(connection: DatabaseSync, key: Uint8Array | null): void {
  const sealer = key === null ? null : new ValueSealer(key);
  const each = (name: string, work: (column: string, value: string | Uint8Array) => SQLInputValue): void => {
    connection.function(name, { deterministic: true }, (column: unknown, value: unknown) => {
      if (sealer === null || !isText(value)) return value as SQLInputValue;
      return work(String(column), value);
    });
  };
  each('sealed', (column, value) => (sealer === null ? value : sealer.seal(column, value)));
  each('opened', (column, value) => (sealer === null ? value : sealer.open(column, value)));
}

/** Seals what was stored before there was a key; gives whether there was any. */
export function sealStored(connection: DatabaseSync, columns: readonly SealedColumn[]): boolean {
  let any = false;
  for (const { table, column } of columns) {
    const values = connection.prepare(`SELECT DISTINCT ${column} AS value FROM ${table}`).all();
    const plain = values.map(({ value }) => value).filter((value) => isText(value) && !isSealedValue(value));
    const update = connection.prepare(
      `UPDATE ${table} SET ${column} = sealed('${table}.${column}', ${column}) WHERE ${column} = ?`,
    );
    for (const value of plain) update.run(value as SQLInputValue);
    any ||= plain.length > 0;
  }
  return any;
}

function isText(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array;
}
