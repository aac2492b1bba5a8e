/** `bellwether backup`: makes, lists and checks backups. */

import { resolve } from 'node:path';
import { Command } from 'commander';
import { checkBackup } from '../backup/check.ts';
import type { BackupReport } from '../backup/create.ts';
import type { BackupProgress } from '../backup/progress.ts';
import { type BackupSummary, findBackup, listBackups, summarise } from '../backup/repository.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { silentLog } from '../log.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { asFailure, runOnServer } from './long-work.ts';
import { serverOrStores } from './store-access.ts';
import { tellBackupProgress } from './backup-progress.ts';
import { formatTable } from './table.ts';

interface BackupOptions extends ServerOptions {
  readonly json?: boolean;
}

interface CheckOptions {
  readonly id?: string;
  readonly json?: boolean;
}

/** Makes the command and its subcommands `list` and `verify`. */
export function backupCommand(environment: Environment): Command {
  const command = new Command('backup')
    .description(
      'Back up the data directory, whether a server runs on it or not; the backup is checked by reading it back',
    )
    .argument('[dir]', 'directory of the backups (default: backup.directory)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  bellwether backup /mnt/backups\n  bellwether backup list /mnt/backups\n  bellwether backup verify /mnt/backups\n',
    );
  withServerOptions(command).action((dir: string | undefined, options: BackupOptions) =>
    make(dir, options, environment),
  );
  return command.addCommand(listCommand()).addCommand(checkCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('List the backups of a directory, oldest first')
    .argument('<dir>', 'directory of the backups')
    .option('--json', 'print JSON')
    .action(async (dir: string, options: CheckOptions, self: Globals) => {
      const backups = await listBackups(resolve(dir));
      const { json } = self.optsWithGlobals();
      process.stdout.write(
        json || options.json ? `${JSON.stringify({ backups }, null, 2)}\n` : listText(backups),
      );
    });
}

function checkCommand(): Command {
  return new Command('verify')
    .description('Read a backup from front to back and hold every file against its hash')
    .argument('<dir>', 'directory of the backups, or of one of them')
    .option('--id <id>', 'which one (default: the newest)')
    .option('--json', 'print the result as JSON')
    .action(async (dir: string, options: CheckOptions, self: Globals) => {
      const folder = findBackup(resolve(dir), options.id);
      const found = summarise(await asFailure(checkBackup(folder, tellBackupProgress)));
      const { json } = self.optsWithGlobals();
      process.stdout.write(
        json || options.json
          ? `${JSON.stringify(found, null, 2)}\n`
          : `${found.id} is whole: ${found.events} events, ${found.files} files, ${found.bytes} bytes.\n`,
      );
    });
}

/** Options of `backup` itself are taken before its subcommand sees them. */
interface Globals {
  optsWithGlobals(): { readonly json?: boolean };
}

async function make(
  dir: string | undefined,
  options: BackupOptions,
  environment: Environment,
): Promise<void> {
  const { config } = configOf(options, environment);
  const directory = dir === undefined ? undefined : resolve(dir);
  const report = await serverOrStores<BackupReport>(
    options,
    config,
    (url) =>
      runOnServer(
        url,
        '/api/v1/backups',
        options.token,
        directory === undefined ? {} : { directory },
        (progress: BackupProgress) => tellBackupProgress(progress),
      ),
    async (stores) => {
      const [{ Backups }, { backupOptions }, { auditOfCommand }] = await Promise.all([
        import('../backup/backups.ts'),
        import('../open-backups.ts'),
        import('./keeping-access.ts'),
      ]);
      const audit = auditOfCommand(config);
      const context = { config, clock: systemClock, log: silentLog, audit, stores };
      try {
        const backups = new Backups({ ...backupOptions(context), actor: 'command line' });
        return await asFailure(backups.create(directory, tellBackupProgress));
      } finally {
        await audit.close();
      }
    },
  );
  const { id, folder, events, files, bytes, new_files: newFiles, new_bytes: newBytes, removed } = report;
  const text = [
    `${id}: ${events} events, ${files} files, ${bytes} bytes, of which ${newFiles} files and ${newBytes} bytes are new.`,
    ...(removed.length > 0 ? [`Older backups that were removed: ${removed.length}.`] : []),
    `It is in ${folder} and was read back.`,
    '',
  ].join('\n');
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : text);
}

function listText(backups: readonly BackupSummary[]): string {
  if (backups.length === 0) return 'There are no backups.\n';
  return formatTable([
    ['backup', 'taken', 'events', 'bytes', 'version', 'key'],
    ...backups.map(({ id, taken_at, events, bytes, version, encryption_key: key, problem }) =>
      problem === null
        ? [id, taken_at ?? '', String(events), String(bytes), version ?? '', key ?? 'none']
        : [id, `cannot be used: ${problem}`],
    ),
  ]);
}
