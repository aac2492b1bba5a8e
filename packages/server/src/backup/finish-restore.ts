/**
 * The second half of a restore: what was gathered takes the place of what was there.
 * It begins with a note on disk. Whoever opens the data directory first brings it to
 * its end, so a restore that is killed has happened whole or not at all, and no store
 * is ever opened in between.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { companions, dataItems, REPLACED_FOLDER, RESTORE_FOLDER, RESTORE_NOTE } from './data-items.ts';

/** What the note says. */
interface RestoreNote {
  readonly backup: string;
  /** The names of what was gathered. */
  readonly items: readonly string[];
}

/** Decides a restore: from here on it is finished, whatever happens. What was gathered must be on disk. */
export function decideRestore(dataDirectory: string, note: RestoreNote): void {
  const path = join(dataDirectory, RESTORE_NOTE);
  writeFileSync(`${path}.new`, JSON.stringify(note), { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  syncNames(dataDirectory);
}

/**
 * Brings a decided restore to its end; does nothing where none is. To be called before anything in the directory is
 * opened.
 *
 * @returns the id of the backup that is in place now, or null if there was nothing to do.
 */
export function finishRestore(dataDirectory: string): string | null {
  const notePath = join(dataDirectory, RESTORE_NOTE);
  if (!existsSync(notePath)) {
    // A restore that was broken off before it was decided has changed nothing.
    rmSync(join(dataDirectory, RESTORE_FOLDER), { recursive: true, force: true });
    return null;
  }
  const { backup, items } = JSON.parse(readFileSync(notePath, 'utf8')) as RestoreNote;
  const staged = join(dataDirectory, RESTORE_FOLDER);
  const replaced = join(dataDirectory, REPLACED_FOLDER);
  mkdirSync(replaced, { recursive: true, mode: 0o700 });
  for (const name of [...companions, ...dataItems]) {
    const current = join(dataDirectory, name);
    const next = join(staged, name);
    const isNext = items.includes(name);
    // What is gathered no more is in place already.
    if (isNext && !existsSync(next)) continue;
    if (existsSync(current)) {
      rmSync(join(replaced, name), { recursive: true, force: true });
      renameSync(current, join(replaced, name));
    }
    if (isNext) renameSync(next, current);
  }
  syncNames(dataDirectory);
  rmSync(replaced, { recursive: true, force: true });
  rmSync(staged, { recursive: true, force: true });
  rmSync(notePath);
  syncNames(dataDirectory);
  return backup;
}

function syncNames(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
