/** Checks every file of a backup against its manifest. */

import { join } from 'node:path';
import { hashFile, inLanes } from './file-copy.ts';
import { type BackupManifest, damaged, FILES, readBackupManifest } from './manifest.ts';
import { Meter, type OnProgress } from './progress.ts';

const LANES = 4;

/**
 * Reads a whole backup.
 *
 * @returns its manifest, if all is as it was written.
 * @throws BellwetherError `backup_damaged` that names the first file that is not.
 */
export async function checkBackup(folder: string, onProgress: OnProgress): Promise<BackupManifest> {
  const manifest = await readBackupManifest(folder);
  const meter = new Meter('verify', manifest.files, onProgress);
  await inLanes(manifest.files, LANES, async ({ path, bytes, sha256 }) => {
    const found = await hashFile(join(folder, FILES, path)).catch((error: unknown) => {
      throw damaged(`${path} of the backup cannot be read`, error);
    });
    if (found.bytes !== bytes || found.sha256 !== sha256)
      throw damaged(`${path} of the backup is not what was written`);
    meter.add(bytes);
  });
  return manifest;
}
