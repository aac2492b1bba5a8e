/** Erases users from the files of an archive: each file that has one is written anew, and the manifest with it. */

import { join } from 'node:path';
import { readManifest, replacePart } from '../archive/manifest.ts';
import { parquetColumns } from '../export/event-text.ts';
import { writeWholeFile } from '../export/out-file.ts';
import type { LedgerConnection } from '../ledger/connection.ts';

/** What stands in the place of what was erased; columns that a row has lost are empty. */
const EMPTIED =
  "REPLACE (if(is_erased, '', user_id) AS user_id, if(is_erased, '', session_id) AS session_id, if(is_erased, '', correlation_id) AS correlation_id, mapFilter((k, v) -> NOT is_erased, attributes) AS attributes)";

/** A file has its own columns; where a remote engine has put it into a table, they are those that an archive has. */
function columnsOf({ kind }: LedgerConnection): string {
  return kind === 'embedded' ? '*' : parquetColumns;
}

/**
 * Erases users.
 *
 * @param condition on `tenant` and `user_id`.
 * @returns how many rows of how many files have changed.
 */
export async function eraseFromArchive(
  connection: LedgerConnection,
  directory: string,
  condition: string,
  nowMs: number,
): Promise<{ readonly rows: number; readonly files: number }> {
  let manifest = await readManifest(directory, nowMs);
  let [rows, files] = [0, 0];
  for (const [day, parts] of Object.entries(manifest.days))
    for (const part of parts) {
      const path = join(directory, part.file);
      const changed = await connection.withParquet(path, async (source) => {
        const [found] = await connection.query<{ rows: number }>(
          `SELECT count() AS rows FROM ${source} WHERE ${condition} SETTINGS max_execution_time = 0`,
        );
        if ((found?.rows ?? 0) === 0) return null;
        const bytes = connection.bytes(
          `SELECT * EXCEPT (is_erased) ${EMPTIED} FROM (SELECT ${columnsOf(connection)}, ${condition} AS is_erased FROM ${source})
           SETTINGS max_execution_time = 0, max_threads = 1 FORMAT Parquet`,
        );
        return { rows: found?.rows ?? 0, written: await writeWholeFile(path, bytes) };
      });
      if (changed === null) continue;
      manifest = await replacePart(directory, manifest, day, { ...part, ...changed.written });
      rows += changed.rows;
      files += 1;
    }
  return { rows, files };
}
