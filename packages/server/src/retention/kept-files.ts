/**
 * The files in the data directory that hold rows of the ledger: exports and archives.
 * Whoever has to reach every copy of an event, such as an erasure, finds them here.
 */

import { isAbsolute, relative, resolve } from 'node:path';
import type { StateDatabase } from '../state/state-database.ts';

/** A file with rows. */
export interface KeptFile {
  /** Relative to the data directory. */
  readonly path: string;
  readonly kind: 'export' | 'archive';
  /** RFC 3339 or a day, empty for no bound. */
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  readonly sha256: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** The path of a file below a directory; null for one that is elsewhere. */
export function pathInside(directory: string, path: string): string | null {
  const inside = relative(resolve(directory), resolve(path));
  return inside.startsWith('..') || isAbsolute(inside) ? null : inside;
}

/** Remembers a file, or what it holds now. */
export function rememberFile(state: StateDatabase, file: KeptFile): void {
  state.write(() => {
    state.connection
      .prepare('INSERT OR REPLACE INTO kept_files VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(file.path, file.kind, file.from, file.to, file.rows, file.sha256, file.createdAt);
  });
}

/** Forgets a file, which is gone. */
export function forgetFile(state: StateDatabase, path: string): void {
  state.write(() => {
    state.connection.prepare('DELETE FROM kept_files WHERE path = ?').run(path);
  });
}

/** All files that were remembered, whether they are still there or not, by their paths. */
export function keptFiles(state: StateDatabase): KeptFile[] {
  const rows = state.read(() => state.connection.prepare('SELECT * FROM kept_files ORDER BY path').all());
  return rows.map((row) => ({
    path: String(row['path']),
    kind: row['kind'] === 'archive' ? 'archive' : 'export',
    from: String(row['from_time']),
    to: String(row['to_time']),
    rows: Number(row['rows']),
    sha256: String(row['sha256']),
    createdAt: String(row['created_at']),
  }));
}
