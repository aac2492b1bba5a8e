/** The progress of backups and restores, on standard error. */

import type { BackupProgress } from '../backup/progress.ts';

const phases = {
  snapshot: 'taking a snapshot',
  copy: 'copying',
  verify: 'checking',
  stage: 'copying',
  switch: 'putting it in place',
} as const;

/** Prints a line. */
export function tellBackupProgress({ phase, files, files_of, bytes, bytes_of }: BackupProgress): void {
  const far =
    files_of === 0 ? '' : `: ${files} of ${files_of} files, ${mebibytes(bytes)} of ${mebibytes(bytes_of)}`;
  process.stderr.write(`${phases[phase]}${far}\n`);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
