/** `bellwether restore`: puts a backup in the place of a data directory that nobody uses. */

import { resolve } from 'node:path';
import { Command } from 'commander';
import { findBackup } from '../backup/repository.ts';
import { restoreBackup } from '../backup/restore.ts';
import type { Environment } from '../config/index.ts';
import { readEncryptionKeys } from '../encryption/index.ts';
import { findServer } from '../data-directory.ts';
import { tellBackupProgress } from './backup-progress.ts';
import { CommandFailure } from './command-failure.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { auditOfCommand } from './keeping-access.ts';
import { asFailure } from './long-work.ts';

interface RestoreOptions extends CommonOptions {
  readonly id?: string;
  readonly replace?: boolean;
  readonly json?: boolean;
}

/** Makes the command. */
export function restoreCommand(environment: Environment): Command {
  const command = new Command('restore')
    .description(
      'Restore a backup into the data directory; all hashes are checked before anything is touched',
    )
    .argument('<dir>', 'directory of the backups, or of one of them')
    .option('--id <id>', 'which one (default: the newest)')
    .option('--replace', 'put it in the place of the data that are there, which are removed')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  bellwether restore /mnt/backups --data ./data --replace\n');
  return withCommonOptions(command).action((dir: string, options: RestoreOptions) =>
    restore(dir, options, environment),
  );
}

async function restore(dir: string, options: RestoreOptions, environment: Environment): Promise<void> {
  const { config } = configOf(options, environment);
  const dataDirectory = resolve(config.storage.data_dir);
  if (findServer(dataDirectory) !== null)
    throw new CommandFailure(`a server runs on ${dataDirectory}; stop it first`);
  const keyRing = readEncryptionKeys(config.storage.encryption_key_file);
  const backup = findBackup(resolve(dir), options.id);
  const replace = options.replace === true;
  const report = await asFailure(
    restoreBackup({ backup, dataDirectory, replace, keyRing, onProgress: tellBackupProgress }),
  );
  const audit = auditOfCommand(config);
  try {
    const { id, taken_at, events } = report;
    const details = { id, taken_at, events };
    await audit.append({ actor: 'command line', action: 'backup.restored', target: dataDirectory, details });
  } finally {
    await audit.close();
  }
  const { id, taken_at, events } = report;
  const text = `${dataDirectory} is as it was at ${taken_at} (${id}): ${events} events.\n`;
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : text);
}
