/** Encryption: whether the keys are there and are those of the data, and what still needs an older one. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readExistingManifest } from '../../archive/manifest.ts';
import { listBackups } from '../../backup/repository.ts';
import type { Config } from '../../config/index.ts';
import {
  EncryptionError,
  keyOfDirectory,
  type KeyRing,
  readEncryptionKeys,
  requireKey,
} from '../../encryption/index.ts';
import { type Examination, type Finding, fine, problem, warning } from './finding.ts';

/** Whether the data are encrypted, and with what. */
export const encryption: Examination = {
  check: 'encryption',
  async run({ loaded: { config } }) {
    const { data_dir: data, encryption_key_file: file } = config.storage;
    let ring: KeyRing | null;
    const kept = keyOfDirectory(data);
    try {
      ring = readEncryptionKeys(file);
      const isUsed = ['journal', 'engine'].some((name) => existsSync(join(data, name)));
      if (kept !== null || isUsed) requireKey(kept, ring, resolve(data));
    } catch (error) {
      if (!(error instanceof EncryptionError)) throw error;
      return [problem('encryption', `${error.message}.`, 'See docs/operate/encryption.md.')];
    }
    if (ring === null) return [];
    const newest = ring.newest.fingerprint;
    const stores = config.ledger.url === '' ? 'Journal and ledger are' : 'The journal is';
    return [
      fine('encryption', `${stores} encrypted with the key ${kept ?? newest}.`),
      ...wrappedByOlder(kept, newest),
      ...(await archiveOfOlder(config, newest)),
      ...(await backupsOfOlder(config, newest)),
    ];
  },
};

function wrappedByOlder(kept: string | null, newest: string): Finding[] {
  if (kept === null || kept === newest) return [];
  return [
    warning(
      'encryption',
      `The newest key is ${newest}.`,
      'The next start of the server has it open the data.',
    ),
  ];
}

async function archiveOfOlder({ storage, retention }: Config, newest: string): Promise<Finding[]> {
  const directory = resolve(retention.archive_dir || join(storage.data_dir, 'archive'));
  if (!existsSync(join(directory, 'manifest.json'))) return [];
  const { days } = await readExistingManifest(directory);
  const older = Object.values(days)
    .flat()
    .filter(({ key }) => key !== newest);
  if (older.length === 0) return [];
  return [
    warning(
      'encryption',
      `Files of the archive in ${directory} that are not encrypted with the newest key: ${older.length}.`,
      `Stop the server, and run bellwether archive encrypt ${directory}.`,
    ),
  ];
}

async function backupsOfOlder({ backup }: Config, newest: string): Promise<Finding[]> {
  if (backup.directory === '') return [];
  const summaries = await listBackups(resolve(backup.directory));
  const older = summaries.filter(({ encryption_key: key }) => key !== null && key !== newest);
  if (older.length === 0) return [];
  return [
    warning(
      'encryption',
      `Backups in ${backup.directory} that need an older key than the newest: ${older.length}.`,
      'Keep that key in storage.encryption_key_file, below the newest, for as long as they may be restored.',
    ),
  ];
}
