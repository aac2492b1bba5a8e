/** `bellwether replay`: sends a trace file to a server as events. */

import type { Instant } from '@bellwether/events';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Clock, systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import { type TraceFormat, traceFormatNames } from '../replay/formats.ts';
import { parseStart } from '../replay/instants.ts';
import { grouped, type ProgressStream } from '../replay/progress.ts';
import { replay } from '../replay/replay.ts';
import type { ReplaySummary } from '../replay/tally.ts';
import { ReplayError } from '../replay/trace.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';

/** What the command uses of its surroundings. */
export interface ReplayCommandIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: ProgressStream;
  readonly clock: Clock;
}

interface ReplayFlags extends ServerOptions {
  readonly format: TraceFormat;
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
const SEED_MAX = 2 ** 31 - 1;

const EXAMPLES = `
Examples:
  bellwether replay AzureLLMInferenceTrace_code.csv.gz --format azure --model gpt-4o
  bellwether replay trace.jsonl --format mooncake --start 2026-11-01 --prefix-cache
  bellwether replay client_windows_10min.csv.gz --format servegen --start now --speed 1 --limit 10000
  bellwether replay events.ndjson.gz --format ndjson --json

A row's id is made of the file's content and the row's number, so replaying a file
again adds nothing. Rows keep their own timestamps unless --start moves them.`;

/** The surroundings of a real process. */
const processIo: ReplayCommandIo = { stdout: process.stdout, stderr: process.stderr, clock: systemClock };

/** Makes the command. */
export function replayCommand(environment: Environment, io: ReplayCommandIo = processIo): Command {
  const command = new Command('replay')
    .description('Send a trace file to a server as events')
    .argument('<file>', 'the trace, plain or gzipped')
    .addOption(
      new Option('--format <name>', 'what kind of file it is')
        .choices(traceFormatNames)
        .makeOptionMandatory(),
    )
    .option('--provider <name>', 'provider of rows that name none')
    .option('--model <name>', 'model of rows that name none')
    .option('--start <time>', 'move the trace to this time: RFC 3339, a date, or now')
    .option('--speed <factor>', 'trace seconds per second, or max', readSpeed, 'max')
    .option('--batch <rows>', 'rows per request', boundedInteger(1, BATCH_MAX), 1000)
    .option('--concurrency <n>', 'requests at a time', boundedInteger(1, CONCURRENCY_MAX), 4)
    .option('--limit <rows>', 'send no more rows than this', boundedInteger(1, Number.MAX_SAFE_INTEGER))
    .option('--gzip', 'compress the requests, for a server that is far away')
    .option('--prefix-cache', 'mooncake: count repeated blocks at the head of a prompt as cache reads')
    .option('--seed <n>', 'servegen: seed of the arrivals and token counts', boundedInteger(0, SEED_MAX), 1)
    .option('--history', 'load as history, which leaves the live counters alone')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', EXAMPLES);
  return withServerOptions(command).action((file: string, flags: ReplayFlags) =>
    run(file, flags, environment, io),
  );
}

async function run(
  file: string,
  flags: ReplayFlags,
  environment: Environment,
  io: ReplayCommandIo,
): Promise<void> {
  const { batch, limit, start: startText, url, json, config: _config, data: _data, ...passed } = flags;
  const start = startText === undefined ? undefined : readStart(startText, io.clock);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const summary = await replay({
      ...passed,
      path: file,
      url: url ?? serverOf(flags, environment),
      batchRows: batch,
      ...(limit !== undefined && { rowsMax: limit }),
      ...(start !== undefined && { start }),
      clock: io.clock,
      signal: stop.signal,
      stderr: io.stderr,
    });
    io.stdout.write(json === true ? `${JSON.stringify(asJson(summary))}\n` : `${asText(summary)}\n`);
  } catch (error) {
    throw error instanceof ReplayError ? new CommandFailure(error.message, { cause: error }) : error;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** The server that runs on the data directory, or else where a server would answer. */
function serverOf(flags: ReplayFlags, environment: Environment): string {
  const { config } = configOf(flags, environment);
  const { host, port } = config.service;
  const running = findServer(config.storage.data_dir);
  if (running === null && flags.data !== undefined) {
    throw new CommandFailure(`no server runs on ${flags.data}; name one with --url`);
  }
  return running?.url ?? `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
}

function readStart(text: string, clock: Clock): Instant {
  const start = parseStart(text, clock.nowMs());
  if (start === null) throw new CommandFailure('--start takes RFC 3339, a date such as 2026-11-01, or now');
  return start;
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

function readSpeed(text: string): number | 'max' {
  if (text === 'max') return text;
  const speed = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (speed > 0) return speed;
  throw new InvalidArgumentError('It takes a number above 0, or max.');
}

function boundedInteger(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`It takes an integer from ${minimum} to ${maximum}.`);
  };
}
