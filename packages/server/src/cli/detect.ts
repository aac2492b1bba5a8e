/** `bellwether detect`: anomalies in series from CSV files, row by row. */

import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { Command } from 'commander';
import { createDetector, type Detector, THRESHOLD_DEFAULT } from '../analyse/detect/index.ts';
import { anomalyHeading, anomalyLine, jsonLine } from '../analyse/detect/lines.ts';
import { readSeries, SeriesCsvError, type SeriesRow } from '../analyse/detect/series-csv.ts';
import { countText } from '../report/text-table.ts';
import { CommandFailure } from './command-failure.ts';
import type { Output } from './output.ts';

/** What to detect, and where the result goes. */
export interface DetectRequest {
  /** A CSV file, or a folder of them. */
  readonly path: string;
  /** Print one JSON object per row instead of a table of the anomalies. */
  readonly json?: boolean;
  /** Write NAME.jsonl for each NAME.csv below this folder instead of printing. */
  readonly out?: string;
  /** The score from which a row is an anomaly. */
  readonly threshold?: number;
  readonly output?: Output;
  /** Where files that fail are named, and progress is shown. */
  readonly progress?: Output;
}

const CHUNK_BYTES = 256 * 1024;
/** Files between two lines of progress. */
const PROGRESS_FILES = 100;

/** Makes the command. Its exit status is 1 if a file could not be read or written. */
export function detectCommand(output: Output = process.stdout, progress: Output = process.stderr): Command {
  return new Command('detect')
    .description('Find anomalies in a series; each row is judged by the rows before it only')
    .argument('<path>', 'a CSV file with columns timestamp,value, or a folder of them')
    .option('--json', 'print one JSON object per row instead of a table of the anomalies')
    .option('--out <dir>', 'write NAME.jsonl there for each NAME.csv; a folder keeps its tree')
    .option('--threshold <score>', 'the score from which a row is an anomaly', String(THRESHOLD_DEFAULT))
    .addHelpText(
      'after',
      '\nExamples:\n  bellwether detect latency.csv\n  bellwether detect latency.csv --json\n  bellwether detect series/ --out anomalies/\n',
    )
    .action((path: string, options: { json?: boolean; out?: string; threshold: string }) =>
      runDetect({ ...options, path, threshold: readThreshold(options.threshold), output, progress }),
    );
}

/**
 * Detects anomalies in one file or in all below a folder.
 *
 * @throws CommandFailure if a file cannot be read or written. Below a folder the
 *   other files are finished first.
 */
export async function runDetect(request: DetectRequest): Promise<void> {
  const { path, out, output = process.stdout } = request;
  if (await isFolder(path)) {
    if (out === undefined) throw new CommandFailure('a folder needs --out, where its results go');
    await detectFolder(path, out, request);
  } else if (out === undefined) await print(path, request, output);
  else await detectToFile(path, join(out, `${basename(path, extname(path))}.jsonl`), request);
}

function readThreshold(text: string): number {
  const threshold = /^0?\.\d+$/.test(text) ? Number(text) : Number.NaN;
  if (threshold >= 0.05 && threshold <= 0.99) return threshold;
  throw new CommandFailure(`--threshold takes a number from 0.05 to 0.99, not ${JSON.stringify(text)}`);
}

async function detectFolder(folder: string, out: string, request: DetectRequest): Promise<void> {
  const { progress = process.stderr } = request;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && extname(entry.name).toLowerCase() === '.csv')
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  if (files.length === 0) throw new CommandFailure(`there is no CSV file below ${folder}`);
  let failed = 0;
  for (const [index, file] of files.entries()) {
    const name = `${basename(file, extname(file))}.jsonl`;
    try {
      await detectToFile(file, join(out, dirname(relative(folder, file)), name), request);
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      failed += 1;
      progress.write(`${error.message}\n`);
    }
    if ((index + 1) % PROGRESS_FILES === 0) progress.write(`${index + 1} of ${files.length} files\n`);
  }
  if (failed > 0) throw new CommandFailure(`${failed} of ${files.length} files failed`);
}

/** Writes a file of JSON lines. It only gets its name when it is whole. */
async function detectToFile(path: string, target: string, request: DetectRequest): Promise<void> {
  const partial = `${target}.partial`;
  try {
    await mkdir(dirname(target), { recursive: true });
    const file = await open(partial, 'w');
    try {
      for await (const text of detectedText(path, request, true)) await file.appendFile(text);
    } finally {
      await file.close();
    }
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof CommandFailure || !isSystemError(error)) throw error;
    throw new CommandFailure(`${target}: ${error.message}`, { cause: error });
  }
}

/** Prints at the speed at which the output takes text in; a reader that went away ends it. */
async function print(path: string, request: DetectRequest, output: Output): Promise<void> {
  const stream = output === process.stdout ? process.stdout : null;
  let gone = false;
  const onError = (error: Error): void => {
    if (!isSystemError(error) || error.code !== 'EPIPE') throw error;
    gone = true;
  };
  stream?.on('error', onError);
  try {
    for await (const text of detectedText(path, request, request.json === true)) {
      const taken = output.write(text);
      if (taken === false && stream !== null && !gone) await drained(stream);
      if (gone) return;
    }
  } finally {
    stream?.off('error', onError);
  }
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stream.on(event, done);
  });
}

/** The result for one file, a piece of text per piece of the file. */
async function* detectedText(path: string, request: DetectRequest, json: boolean): AsyncGenerator<string> {
  const { threshold = THRESHOLD_DEFAULT } = request;
  const detector = createDetector({ threshold });
  const tally = { rows: 0, anomalies: 0 };
  try {
    for await (const rows of readSeries(createReadStream(path, { highWaterMark: CHUNK_BYTES }))) {
      // A file that cannot be read has no table.
      if (!json && tally.rows === 0) yield anomalyHeading;
      yield textOf(rows, detector, json, tally);
    }
  } catch (error) {
    if (!(error instanceof SeriesCsvError) && !isSystemError(error)) throw error;
    throw new CommandFailure(`${path}: ${error.message}`, { cause: error });
  }
  if (tally.rows === 0) throw new CommandFailure(`${path}: there are no rows`);
  if (!json)
    yield `\n${countText(tally.anomalies, 'anomaly', 'anomalies')} in ${countText(tally.rows, 'row')}\n`;
}

function textOf(
  rows: readonly SeriesRow[],
  detector: Detector,
  json: boolean,
  tally: { rows: number; anomalies: number },
): string {
  let text = '';
  for (const row of rows) {
    const detection = detector.observe(row.timestampMs, row.value);
    if (json) text += jsonLine(row, detection);
    else if (detection.anomaly) text += anomalyLine(row, detection);
    if (detection.anomaly) tally.anomalies += 1;
  }
  tally.rows += rows.length;
  return text;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new CommandFailure(`${path}: ${error.message}`, { cause: error });
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
