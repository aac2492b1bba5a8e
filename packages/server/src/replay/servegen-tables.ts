/**
 * The two tables of a ServeGen trace: how many requests each client sent in each
 * window of ten minutes and how evenly, and how long its prompts and answers were
 * in each period of six hours. Both are kept whole, in bounded size.
 */

import type { Hash } from 'node:crypto';
import { columnsOf, readCount, readDecimal } from './csv.ts';
import { readLines } from './lines.ts';
import { QuantileDistribution } from './quantiles.ts';
import { badRow } from './trace.ts';

/** Rows of either table that are kept at most; the published one has 1.3 million windows. */
const TABLE_ROWS_MAX = 5_000_000;

/** Requests of one window at most; the busiest published one has 0.3 million. */
const WINDOW_REQUESTS_MAX = 5_000_000;

/** The length of a window. */
export const WINDOW_SECONDS = 600;

/** What one client sent in one window. */
export interface ClientWindow {
  readonly row: number;
  readonly model: string;
  readonly client: string;
  readonly startSeconds: number;
  readonly requests: number;
  /** Coefficient of variation of the times between two requests: 1 is Poisson, more is burstier. */
  readonly arrivalCv: number;
}

/** How long a client's prompts and answers are from a time on. */
export interface TokenPeriod {
  readonly startSeconds: number;
  readonly fields: Map<string, QuantileDistribution>;
}

/** The periods of each client, oldest first. */
export type TokenPeriods = ReadonlyMap<string, readonly TokenPeriod[]>;

/** The key of a client in {@link TokenPeriods}: no cell of a CSV line holds a comma. */
export function clientKey(model: string, client: string): string {
  return `${model},${client}`;
}

/** Reads the windows that have requests, in the order of their start. */
export async function readWindows(
  path: string,
  hash: Hash,
  onChecked?: (rows: number) => void,
): Promise<readonly ClientWindow[]> {
  const names = ['model', 'client', 'window_start_s', 'requests', 'interarrival_cv'];
  const windows: ClientWindow[] = [];
  for await (const { row, cells } of readTable(path, hash, names)) {
    const [model = '', client = '', start, sent, cv] = cells;
    if (model === '' || client === '') throw badRow(row, 'has no model or no client.');
    const requests = readCount(sent, 'requests', row);
    if (requests > WINDOW_REQUESTS_MAX) throw badRow(row, `has more than ${WINDOW_REQUESTS_MAX} requests.`);
    const startSeconds = readCount(start, 'window_start_s', row);
    const arrivalCv = readDecimal(cv, 'interarrival_cv', row);
    if (requests > 0) windows.push({ row, model, client, startSeconds, requests, arrivalCv });
    if (row % 50_000 === 0) onChecked?.(windows.length);
  }
  return windows.toSorted((a, b) => a.startSeconds - b.startSeconds || a.row - b.row);
}

/** Reads how long prompts and answers are. */
export async function readTokenPeriods(path: string, hash: Hash): Promise<TokenPeriods> {
  const names = ['model', 'client', 'window_start_s', 'field', 'mean', 'p50', 'p90', 'p95', 'p99', 'max'];
  const periods = new Map<string, TokenPeriod[]>();
  for await (const { row, cells } of readTable(path, hash, names)) {
    const [model = '', client = '', start, field = '', ...quantiles] = cells;
    const startSeconds = readCount(start, 'window_start_s', row);
    const [mean = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0, max = 0] = quantiles.map((cell, index) =>
      readDecimal(cell, names[index + 4] ?? '', row),
    );
    const key = clientKey(model, client);
    const ofClient = periods.get(key) ?? [];
    if (ofClient.length === 0) periods.set(key, ofClient);
    let period = ofClient.find((each) => each.startSeconds === startSeconds);
    if (period === undefined) {
      period = { startSeconds, fields: new Map() };
      ofClient.push(period);
    }
    period.fields.set(field, new QuantileDistribution({ mean, p50, p90, p95, p99, max }));
  }
  for (const ofClient of periods.values()) ofClient.sort((a, b) => a.startSeconds - b.startSeconds);
  return periods;
}

/** The period that a moment lies in; before a client's first one, that one. */
export function periodAt(
  periods: readonly TokenPeriod[] | undefined,
  atSeconds: number,
): TokenPeriod | undefined {
  return periods?.findLast(({ startSeconds }) => startSeconds <= atSeconds) ?? periods?.[0];
}

async function* readTable(
  path: string,
  hash: Hash,
  names: readonly string[],
): AsyncGenerator<{ row: number; cells: (string | undefined)[] }, void, undefined> {
  let columns: readonly number[] | undefined;
  for await (const { firstRow, lines } of readLines(path, hash)) {
    for (const [index, line] of lines.entries()) {
      if (line === '') continue;
      const row = firstRow + index;
      if (row > TABLE_ROWS_MAX) throw badRow(row, `is beyond the ${TABLE_ROWS_MAX} rows that are kept.`);
      if (columns === undefined) {
        columns = columnsOf(line, names, row);
        continue;
      }
      const cells = line.split(',');
      yield { row, cells: columns.map((position) => cells[position]) };
    }
  }
}
