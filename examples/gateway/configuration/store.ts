/** Keeps encrypted values in SQLite. */

import { DatabaseSync } from 'node:sqlite';
import type { PlatformRecorders } from '@bellwether/events';

/** The storage of values. */
export class ConfigStore {
  readonly #database: DatabaseSync;
  readonly #metrics: Pick<PlatformRecorders, 'storage'>;

  constructor(path: string, metrics: Pick<PlatformRecorders, 'storage'>) {
    this.#database = new DatabaseSync(path);
    this.#metrics = metrics;
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
    `);
    this.#measure();
  }

  /** The number of the newest key that a value is under; 0 if there are no values. */
  newestKey(): number {
    const row = this.#database.prepare('SELECT max(substr(sealed, 1, 4)) AS number FROM settings').get();
    return row?.number instanceof Uint8Array ? Buffer.from(row.number).readUInt32BE(0) : 0;
  }

  /** The sealed value of a name, or undefined. */
  read(name: string): Uint8Array | undefined {
    return this.#metrics.storage.track('read', () => {
      const row = this.#database.prepare('SELECT sealed FROM settings WHERE name = ?').get(name);
      return row?.sealed as Uint8Array | undefined;
    });
  }

  /** All names in order. */
  names(): string[] {
    return this.#metrics.storage.track('list', () =>
      this.#database
        .prepare('SELECT name FROM settings ORDER BY name')
        .all()
        .map((row) => String(row.name)),
    );
  }

  /** Keeps a sealed value. */
  write(name: string, sealed: Uint8Array): void {
    this.#metrics.storage.track('write', () => {
      this.#database
        .prepare(
          'INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed',
        )
        .run(name, sealed);
    });
    this.#measure();
  }

  /** Forgets a name; false if it was not there. */
  delete(name: string): boolean {
    const { changes } = this.#metrics.storage.track('delete', () =>
      this.#database.prepare('DELETE FROM settings WHERE name = ?').run(name),
    );
    this.#measure();
    return changes > 0;
  }

  close(): void {
    this.#database.close();
  }

  #measure(): void {
    const pragma = (name: string): number =>
      Number(Object.values(this.#database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
    this.#metrics.storage.setSize(pragma('page_count') * pragma('page_size'));
  }
}
