/** `bellwether archive`: events as Parquet by the day, and back. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { ArchiveReport } from '../archive/archive.ts';
import { ArchiveFiles } from '../archive/archive-files.ts';
import type { BringBackReport } from '../archive/bring-back.ts';
import type { RecryptPlan } from '../archive/recrypt.ts';
import { systemClock } from '../clock.ts';
import type { Config, Environment } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import { readEncryptionKeys } from '../encryption/index.ts';
import { countText, groupDigits } from '../report/text-table.ts';
import { CommandFailure } from './command-failure.ts';
import {
  type CommonOptions,
  configOf,
  type ServerOptions,
  withCommonOptions,
  withServerOptions,
} from './common-options.ts';
import { asFailure, runOnServer } from './long-work.ts';
import { serverOrStores } from './store-access.ts';

interface WriteOptions extends ServerOptions {
  readonly before?: string;
  readonly json?: boolean;
}

interface RestoreOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

interface DayProgress {
  readonly day: string;
  readonly rows: number;
}

/** Makes the command and its subcommand `restore`. */
export function archiveCommand(environment: Environment): Command {
  const command = new Command('archive')
    .description('Archive events as Parquet files by the day, each checked by reading it back')
    .argument('<dir>', 'directory of the archive; what is in it already stays')
    .option('--before <date>', 'days before this one (default: today)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  bellwether archive /mnt/archive --before 2026-11-01\n  bellwether archive restore /mnt/archive --from 2026-10-01 --to 2026-10-08\n  bellwether archive decrypt /mnt/archive /mnt/plain\n',
    );
  withServerOptions(command).action((dir: string, options: WriteOptions) => write(dir, options, environment));
  return command
    .addCommand(restoreCommand(environment))
    .addCommand(encryptCommand(environment))
    .addCommand(decryptCommand(environment));
}

function encryptCommand(environment: Environment): Command {
  const command = new Command('encrypt')
    .description(
      'Encrypt the files of an archive with the newest key of storage.encryption_key_file, where they are not yet',
    )
    .argument('<dir>', 'directory of the archive; no server may write to it meanwhile')
    .addHelpText('after', '\nExample:\n  bellwether archive encrypt /mnt/archive --config bellwether.yaml\n');
  return withCommonOptions(command).action((dir: string, _options: CommonOptions, self: Inherited) =>
    encrypt(resolve(dir), self.optsWithGlobals(), environment),
  );
}

function decryptCommand(environment: Environment): Command {
  const command = new Command('decrypt')
    .description('Copy an encrypted archive, or a file of one, as plain Parquet for other tools')
    .argument('<from>', 'directory of the archive, or one of its files')
    .argument('<to>', 'directory, or file, of the copy; it must not be there')
    .addHelpText(
      'after',
      '\nExample:\n  bellwether archive decrypt /mnt/archive /mnt/plain --config bellwether.yaml\n',
    );
  return withCommonOptions(command).action(
    (from: string, to: string, _options: CommonOptions, self: Inherited) =>
      decrypt(resolve(from), resolve(to), self.optsWithGlobals(), environment),
  );
}

/** Options of `archive` itself are taken before its subcommand sees them. */
interface Inherited {
  optsWithGlobals(): CommonOptions;
}

async function encrypt(directory: string, options: CommonOptions, environment: Environment): Promise<void> {
  const { config } = configOf(options, environment);
  const { data_dir: data, encryption_key_file: keyFile } = config.storage;
  if (keyFile === '') throw new CommandFailure('name the file of the key by storage.encryption_key_file');
  if (findServer(data) !== null)
    throw new CommandFailure(
      `a server runs on ${resolve(data)}, which may write to the archive; stop it first`,
    );
  const { encryptArchive } = await import('../archive/recrypt.ts');
  const files = new ArchiveFiles(readEncryptionKeys(keyFile));
  const account = (plan: RecryptPlan): Promise<void> => recordEncryption(config, directory, files.key, plan);
  const report = await asFailure(encryptArchive(directory, files, tellFile('encrypted'), account));
  process.stdout.write(
    `${report.files} files of ${directory} were encrypted with the key ${files.key}; ${report.unchanged} were already.\n`,
  );
}

/** Accounts for it in the audit log of the data directory, if that is there: an archive may be looked after elsewhere. */
async function recordEncryption(
  config: Config,
  directory: string,
  key: string | null,
  { files, from }: RecryptPlan,
): Promise<void> {
  if (!existsSync(config.storage.data_dir)) return;
  const { auditOfCommand } = await import('./keeping-access.ts');
  const audit = auditOfCommand(config);
  try {
    const details = { files, from: [...from], to: key };
    await audit.append({ actor: 'command line', action: 'archive.encrypted', target: directory, details });
  } finally {
    await audit.close();
  }
}

async function decrypt(
  from: string,
  to: string,
  options: CommonOptions,
  environment: Environment,
): Promise<void> {
  const { config } = configOf(options, environment);
  const { decryptArchive } = await import('../archive/recrypt.ts');
  const files = new ArchiveFiles(readEncryptionKeys(config.storage.encryption_key_file));
  const report = await asFailure(decryptArchive(from, to, files, systemClock.nowMs(), tellFile('decrypted')));
  process.stdout.write(`${report.files} files, ${report.bytes} bytes of plain Parquet are in ${to}.\n`);
}

function tellFile(what: string) {
  return (file: string): void => {
    process.stderr.write(`${file} ${what}\n`);
  };
}

function restoreCommand(environment: Environment): Command {
  const command = new Command('restore')
    .description('Bring days of an archive back into the ledger; what is there already stays as it is')
    .argument('<dir>', 'directory of the archive')
    .option('--from <date>', 'the first day, included')
    .option('--to <date>', 'the last day, excluded')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  bellwether archive restore /mnt/archive --from 2026-10-01\n');
  return withServerOptions(command).action(
    (dir: string, options: RestoreOptions, self: { optsWithGlobals(): RestoreOptions }) =>
      // The options of `archive` itself are taken before its subcommand sees them.
      restore(dir, { ...self.optsWithGlobals(), ...options }, environment),
  );
}

async function write(dir: string, options: WriteOptions, environment: Environment): Promise<void> {
  const { config } = configOf(options, environment);
  const directory = resolve(dir);
  const before = checkDay(options.before, '--before');
  const report = await serverOrStores<ArchiveReport>(
    options,
    config,
    (url) => {
      const body = { directory, ...(before === undefined ? {} : { before }) };
      return runOnServer(url, '/api/v1/archive', options.token, body, tellDay('archived'));
    },
    async (stores) => {
      const { keepingOfCommand } = await import('./keeping-access.ts');
      const keeping = await keepingOfCommand(config, stores);
      const beforeMs = before === undefined ? systemClock.nowMs() : Date.parse(before);
      try {
        return await asFailure(keeping.archive(directory, beforeMs, tellDay('archived')));
      } finally {
        await keeping.close();
      }
    },
  );
  const { days, unchanged, rows, bytes } = report;
  const text = `${countText(rows, 'row')}, ${groupDigits(bytes)} bytes in ${directory}: ${countText(days - unchanged, 'day')} written, ${groupDigits(unchanged)} had been there already.\n`;
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : text);
}

async function restore(dir: string, options: RestoreOptions, environment: Environment): Promise<void> {
  const { config } = configOf(options, environment);
  const directory = resolve(dir);
  const from = checkDay(options.from, '--from') ?? null;
  const to = checkDay(options.to, '--to') ?? null;
  const report = await serverOrStores<BringBackReport>(
    options,
    config,
    (url) =>
      runOnServer(
        url,
        '/api/v1/archive/restore',
        options.token,
        { directory, from, to },
        tellDay('brought back'),
      ),
    async (stores) => {
      const { keepingOfCommand } = await import('./keeping-access.ts');
      const keeping = await keepingOfCommand(config, stores);
      try {
        return await asFailure(keeping.bringBack({ directory, from, to }, tellDay('brought back')));
      } finally {
        await keeping.close();
      }
    },
  );
  const { days, rows, present } = report;
  const text = `${countText(rows, 'row')} of ${countText(days, 'day')} came back; ${countText(present, 'row')} had been there already.\n`;
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : text);
}

function tellDay(what: string) {
  return ({ day, rows }: DayProgress): void => {
    process.stderr.write(`${day}: ${countText(rows, 'row')} ${what}\n`);
  };
}

function checkDay(text: string | undefined, option: string): string | undefined {
  if (text !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text))))
    throw new CommandFailure(`${option} must be a date, e.g. 2026-11-20`);
  return text;
}
