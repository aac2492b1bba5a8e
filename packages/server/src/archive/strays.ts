/** Files that no manifest names: what was left of work on an archive that was broken off. */

import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchivePart } from './manifest.ts';

/** Removes the files of a day that the manifest does not name. */
export async function removeStrays(
  directory: string,
  day: string,
  parts: readonly ArchivePart[],
): Promise<void> {
  const folder = join(directory, `day=${day}`);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  const known = new Set(parts.map(({ file }) => file));
  for (const name of names) {
    const isPart = /^part-\d{6}\.parquet$|^\.part-\d{6}\.parquet\.\d+\.part$/.test(name);
    if (isPart && !known.has(`day=${day}/${name}`)) await rm(join(folder, name), { force: true });
  }
}
