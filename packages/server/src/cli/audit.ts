/** `bellwether audit list|verify`: the audit log of a data directory, also while a server writes to it. */

import { Command } from 'commander';
import type { AuditAnchor, AuditEntry, AuditReader, AuditVerdict } from '../audit/index.ts';
import { auditActions, isAuditAction, LIST_LIMIT_MAX, openAuditReader, StateError } from '../audit/index.ts';
import type { Environment } from '../config/index.ts';
import { CommandFailure } from './command-failure.ts';
import type { CommonOptions } from './common-options.ts';
import { configOf, withCommonOptions } from './common-options.ts';
import type { Output } from './output.ts';
import { formatTable, printable } from './table.ts';

interface AuditOptions extends CommonOptions {
  readonly json?: boolean;
}

interface ListOptions extends AuditOptions {
  readonly from?: string;
  readonly to?: string;
  readonly action?: string;
  readonly after?: string;
  readonly limit?: string;
}

interface VerifyOptions extends AuditOptions {
  readonly anchor?: string;
}

/** Makes the command with its subcommands. */
export function auditCommand(environment: Environment, output: Output = process.stdout): Command {
  return new Command('audit')
    .description('Read and verify the audit log')
    .addCommand(listCommand(environment, output))
    .addCommand(verifyCommand(environment, output));
}

function listCommand(environment: Environment, output: Output): Command {
  const command = new Command('list')
    .description('Print the entries, oldest first')
    .option('--from <time>', 'RFC 3339, included')
    .option('--to <time>', 'RFC 3339, excluded')
    .option('--action <name>', `only this action: ${Object.keys(auditActions).join(', ')}`)
    .option('--after <sequence>', 'only entries after this one')
    .option('--limit <number>', 'at most so many entries (default: all)')
    .option('--json', 'print JSON, one entry a line')
    .addHelpText('after', '\nExample:\n  bellwether audit list --data ./data --from 2026-11-01T00:00:00Z\n');
  return withCommonOptions(command).action(async (options: ListOptions) =>
    withReader(options, environment, async (reader) => list(reader, options, output)),
  );
}

function verifyCommand(environment: Environment, output: Output): Command {
  const command = new Command('verify')
    .description('Check that nothing was changed, removed or added; exit with 1 and name the place if it was')
    .option('--anchor <sequence:hash>', 'an entry that was written down elsewhere, as this command prints it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether audit verify --data ./data\n');
  return withCommonOptions(command).action(async (options: VerifyOptions) =>
    withReader(options, environment, async (reader) => {
      const verdict = await reader.verify(parseAnchor(options.anchor));
      output.write(options.json ? `${JSON.stringify(verdict)}\n` : formatVerdict(verdict));
      if (!verdict.intact) process.exitCode = 1;
    }),
  );
}

async function withReader(
  options: AuditOptions,
  environment: Environment,
  work: (reader: AuditReader) => Promise<void>,
): Promise<void> {
  const { config } = configOf(options, environment);
  try {
    const reader = openAuditReader(config.storage.data_dir);
    try {
      await work(reader);
    } finally {
      await reader.close();
    }
  } catch (error) {
    const expected = error instanceof StateError || error instanceof RangeError;
    throw expected ? new CommandFailure(error.message, { cause: error }) : error;
  }
}

async function list(reader: AuditReader, options: ListOptions, output: Output): Promise<void> {
  const { from, to, action } = options;
  if (action !== undefined && !isAuditAction(action)) {
    throw new RangeError(
      `There is no action ${JSON.stringify(action)}; there are ${Object.keys(auditActions).join(', ')}.`,
    );
  }
  let after = wholeNumber(options.after, '--after') ?? 0;
  let left = wholeNumber(options.limit, '--limit') ?? Number.POSITIVE_INFINITY;
  while (left > 0) {
    const page = await reader.list({ from, to, action, after, limit: Math.min(left, LIST_LIMIT_MAX) });
    output.write(
      options.json ? page.map((entry) => `${JSON.stringify(entry)}\n`).join('') : formatEntries(page),
    );
    const last = page.at(-1);
    if (last === undefined || page.length < LIST_LIMIT_MAX) return;
    after = last.sequence;
    left -= page.length;
  }
}

function formatEntries(entries: readonly AuditEntry[]): string {
  const rows = entries.map((entry) => [
    String(entry.sequence),
    entry.time,
    entry.actor,
    entry.action,
    entry.target,
    `${entry.damaged ? '(damaged) ' : ''}${JSON.stringify(entry.details)}`,
  ]);
  return formatTable(rows);
}

function formatVerdict({ broken, entries, last, warnings }: AuditVerdict): string {
  const counted = `${entries} ${entries === 1 ? 'entry is as it was' : 'entries are as they were'} recorded`;
  const lines = broken
    ? [`BROKEN at entry ${broken.sequence} (${broken.reason}): ${broken.message}`, `Before it, ${counted}.`]
    : [`OK: ${counted}.`];
  if (last) lines.push(`Anchor, to be kept elsewhere: ${last.sequence}:${last.hash}`);
  lines.push(...warnings.map((warning) => `Warning: ${warning}`));
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function parseAnchor(text: string | undefined): AuditAnchor | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (!match) throw new RangeError('An anchor is a number, a colon and 64 hexadecimal digits.');
  return { sequence: Number(match[1]), hash: String(match[2]) };
}

function wholeNumber(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new RangeError(`${option} takes a whole number, not ${JSON.stringify(text)}.`);
  return Number(text);
}
