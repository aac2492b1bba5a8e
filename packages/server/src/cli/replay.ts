/** `bellwether replay`: sends a trace file to a server as events. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { type Clock, systemClock } from '../clock.ts';
import { type TraceFormat, traceFormatNames } from '../replay/formats.ts';
import { parseStart } from '../replay/instants.ts';
import { grouped, type ProgressStream } from '../replay/progress.ts';
import { replay } from '../replay/replay.ts';
import type { ReplaySummary } from '../replay/tally.ts';
import { ReplayError } from '../replay/trace.ts';

/** What the command uses of its surroundings. */
export interface ReplayCommandIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: ProgressStream;
  readonly clock: Clock;
}

interface ReplayFlags {
  readonly format: TraceFormat;
  readonly url: string;
  readonly token?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly start?: string;
  readonly speed: number | 'max';
  readonly batch: number;
  readonly concurrency: number;
  readonly limit?: number;
  readonly gzip?: true;
  readonly prefixCache?: true;
  readonly seed: number;
  readonly history?: true;
  readonly json?: true;
}

const BATCH_MAX = 10_000;
const CONCURRENCY_MAX = 64;

const EXAMPLES = `
Examples:
  bellwether replay AzureLLMInferenceTrace_code.csv.gz --format azure --model gpt-4o
  bellwether replay trace.jsonl --format mooncake --start 2026-11-01 --prefix-cache
  bellwether replay client_windows_10min.csv.gz --format servegen --start now --speed 1 --limit 10000
  bellwether replay events.ndjson.gz --format ndjson --json

A row's id is made of the file's content and the row's number, so replaying a file
again adds nothing. Rows keep their own timestamps unless --start moves them.`;

/** The command, to be added to the program. */
export function replayCommand(
  io: ReplayCommandIo = { stdout: process.stdout, stderr: process.stderr, clock: systemClock },
): Command {
  const command = new Command('replay');
  return command
    .description('Send a trace file to a server as events.')
    .argument('<file>', 'the trace, plain or gzipped')
    .addOption(
      new Option('--format <name>', 'what kind of file it is')
        .choices(traceFormatNames)
        .makeOptionMandatory(),
    )
    .option('--url <url>', 'address of the server', 'http://127.0.0.1:9091')
    .option('--token <token>', 'token of the server')
    .option('--provider <name>', 'provider of rows that name none')
    .option('--model <name>', 'model of rows that name none')
    .option('--start <time>', 'move the trace to this time: RFC 3339, a date, or now')
    .option('--speed <factor>', 'trace seconds per second, or max', parseSpeed, 'max')
    .option('--batch <rows>', 'rows per request', boundedInteger('--batch', 1, BATCH_MAX), 1000)
    .option('--concurrency <n>', 'requests at a time', boundedInteger('--concurrency', 1, CONCURRENCY_MAX), 4)
    .option(
      '--limit <rows>',
      'send no more rows than this',
      boundedInteger('--limit', 1, Number.MAX_SAFE_INTEGER),
    )
    .option('--gzip', 'compress the requests, for a server that is far away')
    .option('--prefix-cache', 'mooncake: count repeated blocks at the head of a prompt as cache reads')
    .option(
      '--seed <n>',
      'servegen: seed of the arrivals and token counts',
      boundedInteger('--seed', 0, 2 ** 31),
      1,
    )
    .option('--history', 'load as history, which leaves the live counters alone')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: ReplayFlags) => run(command, file, flags, io));
}

async function run(command: Command, file: string, flags: ReplayFlags, io: ReplayCommandIo): Promise<void> {
  const start = flags.start === undefined ? undefined : parseStart(flags.start, io.clock.nowMs());
  if (start === null) command.error('error: --start takes RFC 3339, a date such as 2026-11-01, or now');
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const { batch, limit, format, json, start: _, ...passed } = flags;
    const summary = await replay({
      ...passed,
      path: file,
      format,
      batchRows: batch,
      ...(limit !== undefined && { rowsMax: limit }),
      ...(start !== undefined && { start }),
      clock: io.clock,
      signal: stop.signal,
      stderr: io.stderr,
    });
    io.stdout.write(json === true ? `${JSON.stringify(asJson(summary))}\n` : `${asText(summary)}\n`);
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    command.error(`error: ${error.message}`, { exitCode: error.failure === 'interrupted' ? 130 : 1 });
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function asJson(summary: ReplaySummary): Record<string, string | number> {
  return {
    file: summary.file,
    format: summary.format,
    rows: summary.rows,
    accepted: summary.accepted,
    duplicates: summary.duplicates,
    input_tokens: summary.inputTokens,
    output_tokens: summary.outputTokens,
    seconds: Math.round(summary.seconds * 1000) / 1000,
  };
}

function asText(summary: ReplaySummary): string {
  const { rows, accepted, duplicates, inputTokens, outputTokens, seconds } = summary;
  const rate = grouped(Math.round(rows / Math.max(seconds, 0.001)));
  return (
    `Replayed ${grouped(rows)} rows in ${seconds.toFixed(1)} s (${rate}/s): ` +
    `${grouped(accepted)} new, ${grouped(duplicates)} already there; ` +
    `${grouped(inputTokens)} input and ${grouped(outputTokens)} output tokens.`
  );
}

function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return text;
  const speed = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (speed > 0) return speed;
  throw new InvalidArgumentError('It takes a number above 0, or max.');
}

function boundedInteger(name: string, minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`${name} takes an integer from ${minimum} to ${maximum}.`);
  };
}
