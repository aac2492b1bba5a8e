/** `bellwether forecast`: the next values of series in CSV files, with intervals. */

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { Command } from 'commander';
import { CsvError, parseCsv } from '../analyse/forecast/csv.ts';
import { type Forecast, forecast } from '../analyse/forecast/forecast.ts';
import type { Environment } from '../config/index.ts';
import { CommandFailure } from './command-failure.ts';
import type { LedgerForecastOptions } from './forecast-ledger.ts';
import type { Output } from './output.ts';
import { formatTable } from './table.ts';

interface ForecastCommandOptions {
  readonly horizon: string;
  readonly period?: string;
  readonly json?: boolean;
  readonly out?: string;
  readonly allowNegative?: boolean;
}

interface FileForecast {
  readonly result: Forecast;
  /** The times of the steps as they are printed. */
  readonly times: readonly (string | number)[] | undefined;
}

interface Question {
  readonly horizon: number;
  readonly period?: number;
  readonly nonNegative?: boolean;
}

/** Files between two lines of progress. */
const progressEvery = 100;

/** Makes the command. Its exit status is 1 if any file could not be forecast. */
export function forecastCommand(
  environment?: Environment,
  output: Output = process.stdout,
  progress: Output = process.stderr,
): Command {
  return new Command('forecast')
    .description('Forecast the next values of a series, with 80 % and 95 % intervals')
    .argument('[path]', 'a CSV file with columns timestamp,value (or values alone), or a folder of them')
    .requiredOption('--horizon <steps>', 'how many steps ahead, 1 to 10000')
    .option('--period <steps>', 'length of the main season in steps (default: found in the data)')
    .option('--measure <name>', 'forecast a measure of the ledger instead of a file, e.g. cost_usd')
    .option('--by <dimensions>', 'with --measure: told apart by these, separated by commas')
    .option('--step <length>', 'with --measure: length of a step', '1d')
    .option(
      '--limit <number>',
      'with --by: how many at most, those with the most requests first (default: 10)',
    )
    .option('--config <file>', 'with --measure: configuration file')
    .option('--data <dir>', 'with --measure: data directory (default: ./data)')
    .option('--url <url>', 'with --measure: address of a running server')
    .option('--token <token>', 'token for that server')
    .option('--json', 'print JSON')
    .option('--out <path>', 'write JSON there: for a folder the same tree with NAME.json for each NAME.csv')
    .option('--allow-negative', 'let forecasts fall below 0 although no value of the history does')
    .addHelpText(
      'after',
      '\nExamples:\n  bellwether forecast spend.csv --horizon 30\n  bellwether forecast --measure cost_usd --by provider --horizon 30\n  bellwether forecast series/ --horizon 48 --period 24 --out forecasts/\n',
    )
    .action(async (path: string | undefined, options: ForecastCommandOptions & LedgerForecastOptions) => {
      if (path === undefined) {
        if (options.measure === undefined)
          throw new CommandFailure('name a CSV file, or a measure of the ledger with --measure');
        const { forecastLedger } = await import('./forecast-ledger.ts');
        await forecastLedger(options, environment ?? {}, output);
        return;
      }
      const question = questionOf(options);
      if (await isFolder(path)) {
        if (options.out === undefined)
          throw new CommandFailure('a folder needs --out, where its forecasts go');
        await forecastFolder(path, options.out, question, progress);
        return;
      }
      const result = await forecastFile(path, question);
      if (options.out !== undefined) await write(fileFor(path, options.out), result);
      else output.write(options.json === true ? jsonOf(result) : textOf(path, result));
    });
}

function questionOf(options: ForecastCommandOptions): Question {
  const period =
    options.period === undefined ? undefined : wholeNumber('--period', options.period, 1_000_000);
  return {
    horizon: wholeNumber('--horizon', options.horizon, 10_000),
    ...(period === undefined ? {} : { period }),
    ...(options.allowNegative === true ? { nonNegative: false } : {}),
  };
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most) {
    throw new CommandFailure(`${option} takes a whole number from 1 to ${most}, not ${JSON.stringify(text)}`);
  }
  return value;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new CommandFailure(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function forecastFile(path: string, question: Question): Promise<FileForecast> {
  try {
    const series = parseCsv(await readFile(path, 'utf8'));
    const result = forecast(series, question);
    const asIs = series.times === 'positions';
    return { result, times: result.timestampsMs?.map((at) => (asIs ? at : new Date(at).toISOString())) };
  } catch (error) {
    if (error instanceof CsvError || error instanceof RangeError || isSystemError(error)) {
      throw new CommandFailure(`${path}: ${messageOf(error)}`, { cause: error });
    }
    throw error;
  }
}

/** Forecasts every CSV below `folder`; a file that fails is named and does not stop the others. */
async function forecastFolder(
  folder: string,
  out: string,
  question: Question,
  progress: Output,
): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && extname(entry.name).toLowerCase() === '.csv')
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  if (files.length === 0) throw new CommandFailure(`there is no CSV file below ${folder}`);
  let failed = 0;
  for (const [index, file] of files.entries()) {
    try {
      const target = join(out, dirname(relative(folder, file)), `${basename(file, extname(file))}.json`);
      await write(target, await forecastFile(file, question));
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      failed++;
      progress.write(`${error.message}\n`);
    }
    if ((index + 1) % progressEvery === 0) progress.write(`${index + 1} of ${files.length} files\n`);
  }
  if (failed > 0) throw new CommandFailure(`${failed} of ${files.length} files could not be forecast`);
}

function fileFor(path: string, out: string): string {
  return extname(out) === '.json' ? out : join(out, `${basename(path, extname(path))}.json`);
}

async function write(file: string, result: FileForecast): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, jsonOf(result));
  } catch (error) {
    throw new CommandFailure(`${file} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

/** One JSON object; times as ISO 8601 where the series had any. */
function jsonOf({ result, times }: FileForecast): string {
  const { timestampsMs: _, ...rest } = result;
  return `${JSON.stringify({ ...(times === undefined ? {} : { timestamps: times }), ...rest })}\n`;
}

function textOf(path: string, { result, times }: FileForecast): string {
  const { smape, mase } = result.backtest;
  const rows = result.point.map((point, h) => [
    String(times?.[h] ?? `+${h + 1}`),
    ...[result.lower95[h], result.lower80[h], point, result.upper80[h], result.upper95[h]].map(short),
  ]);
  const relative = mase === null ? '' : `, MASE ${short(mase)}`;
  const error = smape === null ? 'none, the history is too short' : `sMAPE ${short(smape)} %${relative}`;
  return `${path}\n${result.model}\nBack-tested error: ${error}\n\n${formatTable([
    ['time', '95 % from', '80 % from', 'forecast', '80 % to', '95 % to'],
    ...rows,
  ])}`;
}

function short(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(5)));
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
