/** Erases users from the files of an archive: each file that has one is written anew, and the manifest with it. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveFiles } from '../archive/archive-files.ts';
import { nextPartFile, readManifest, replacePart } from '../archive/manifest.ts';
import { withoutKey } from '../archive/recrypt.ts';
import { removeStrays } from '../archive/strays.ts';
import { parquetColumns } from '../export/event-text.ts';
import { writeWholeFile } from '../export/out-file.ts';
import { isLentAsTable, type LedgerConnection } from '../ledger/connection.ts';

/** What stands in the place of what was erased; columns that a row has lost are empty. */
const EMPTIED =
  "REPLACE (if(is_erased, '', user_id) AS user_id, if(is_erased, '', session_id) AS session_id, if(is_erased, '', correlation_id) AS correlation_id, mapFilter((k, v) -> NOT is_erased, attributes) AS attributes)";

/**
 * Erases users.
 *
 * @param condition on `tenant` and `user_id`.
 * @returns how many rows of how many files have changed.
 */
export async function eraseFromArchive(
  connection: LedgerConnection,
  archive: { readonly directory: string; readonly files: ArchiveFiles },
  condition: string,
  nowMs: number,
): Promise<{ readonly rows: number; readonly files: number }> {
  const { directory, files } = archive;
  let manifest = await readManifest(directory, nowMs);
  let [rows, changedFiles] = [0, 0];
  for (const [day, parts] of Object.entries(manifest.days)) {
    // What an erasure that was broken off has left names users still.
    await removeStrays(directory, day, parts);
    for (const part of parts) {
      const path = join(directory, part.file);
      const file = files.toRead(directory, part.file);
      // A file has its own columns; where it was put into a table, they are those that an archive has.
      const columns = isLentAsTable(connection, file) ? parquetColumns : '*';
      const changed = await connection.withParquet(file, async (source) => {
        const [found] = await connection.query<{ rows: number }>(
          `SELECT count() AS rows FROM ${source} WHERE ${condition} SETTINGS max_execution_time = 0`,
        );
        if ((found?.rows ?? 0) === 0) return null;
        const bytes = connection.bytes(
          `SELECT * EXCEPT (is_erased) ${EMPTIED} FROM (SELECT ${columns}, ${condition} AS is_erased FROM ${source})
           SETTINGS max_execution_time = 0, max_threads = 1 FORMAT Parquet`,
        );
        // A name of its own, so that the manifest has the old file or the new one, whenever this is broken off.
        const next = nextPartFile(day, manifest.days[day] ?? []);
        const written = await writeWholeFile(join(directory, next), files.toWrite(next, bytes));
        return { rows: found?.rows ?? 0, written: { ...written, file: next } };
      });
      if (changed === null) continue;
      manifest = await replacePart(directory, manifest, day, part.file, {
        ...withoutKey(part),
        ...changed.written,
        ...(files.key === null ? {} : { key: files.key }),
      });
      await rm(path);
      rows += changed.rows;
      changedFiles += 1;
    }
  }
  return { rows, files: changedFiles };
}
