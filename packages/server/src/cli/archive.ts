/** `bellwether archive`: events as Parquet by the day, and back. */

import { resolve } from 'node:path';
import { Command } from 'commander';
import type { ArchiveReport } from '../archive/archive.ts';
import type { BringBackReport } from '../archive/bring-back.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
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
      '\nExample:\n  bellwether archive /mnt/archive --before 2026-11-01\n  bellwether archive restore /mnt/archive --from 2026-10-01 --to 2026-10-08\n',
    );
  withServerOptions(command).action((dir: string, options: WriteOptions) => write(dir, options, environment));
  return command.addCommand(restoreCommand(environment));
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
  const text = `${rows} rows, ${bytes} bytes in ${directory}: ${days - unchanged} days written, ${unchanged} were there already.\n`;
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
  const text = `${rows} rows of ${days} days were brought back; ${present} were there already.\n`;
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : text);
}

function tellDay(what: string) {
  return ({ day, rows }: DayProgress): void => {
    process.stderr.write(`${day}: ${rows} rows ${what}\n`);
  };
}

function checkDay(text: string | undefined, option: string): string | undefined {
  if (text !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text))))
    throw new CommandFailure(`${option} must be a date, e.g. 2026-11-20`);
  return text;
}
