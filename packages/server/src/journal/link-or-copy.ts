/** A second name for a file that never changes, or a copy where the file system gives no second names. */

import { copyFileSync, linkSync } from 'node:fs';

/** Errors of file systems that have no hard links, or no more of them for this file. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK', 'ENOSYS']);

/** Gives a file another name. Whoever removes the file later must not shorten it. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!NO_LINKS.has((error as { code?: string }).code ?? '')) throw error;
    copyFileSync(from, to);
  }
}
