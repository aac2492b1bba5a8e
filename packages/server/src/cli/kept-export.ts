/** Remembers an export that was written into the data directory. */

import { systemClock } from '../clock.ts';
import type { ExportMetadata } from '../export/metadata.ts';
import { pathInside, rememberFile } from '../retention/kept-files.ts';
import { keepingStatePart } from '../retention/retention-clock.ts';
import { openStateDatabase } from '../state/state-database.ts';

/** Remembers it if it lies in the data directory. */
export function keptInside(path: string, dataDirectory: string, metadata: ExportMetadata): void {
  const inside = pathInside(dataDirectory, path);
  if (inside === null) return;
  const state = openStateDatabase({ dataDir: dataDirectory, clock: systemClock, parts: [keepingStatePart] });
  try {
    const { from, to, rows, sha256, created_at: createdAt } = metadata;
    rememberFile(state, {
      path: inside,
      kind: 'export',
      from: from ?? '',
      to: to ?? '',
      rows,
      sha256,
      createdAt,
    });
  } finally {
    state.close();
  }
}
