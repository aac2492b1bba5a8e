/**
 * ServeGen traces (Xiang et al., arXiv 2505.09999): windows of ten minutes with a
 * number of requests per client, which a seeded generator expands into that many
 * events. The times between a client's requests are drawn from a gamma
 * distribution with the window's coefficient of variation, the token counts from
 * the client's published quantiles. A client without quantiles gets events
 * without token counts, since unknown is not zero.
 */

import { createHash, type Hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Instant, instantFromEpochMs } from '@bellwether/events';
import { idPrefixOf } from './line-trace.ts';
import { RandomStream } from './random.ts';
import {
  type ClientWindow,
  clientKey,
  periodAt,
  readTokenPeriods,
  readWindows,
  type TokenPeriods,
  WINDOW_SECONDS,
} from './servegen-tables.ts';
import { badRow, ReplayError, type ReplayRow, type Trace, type TraceOptions } from './trace.ts';

/** Requests in one window of all clients together at most, since these are sorted in memory. */
const ARRIVALS_MAX = 10_000_000;

const BLOCK_ROWS = 1000;

/** What a window is expanded with. */
interface Expansion {
  readonly periods: TokenPeriods;
  readonly idPrefix: string;
  readonly seed: number;
  readonly provider: string;
  readonly model: string | undefined;
}

/** Reads both tables and gives the trace. */
export async function openServegenTrace(options: TraceOptions): Promise<Trace> {
  const { path, seed = 1, provider = 'alibaba_cloud', model, onChecked } = options;
  const hash = createHash('sha256');
  const windows = await readWindows(path, hash, onChecked);
  const periods = await readPeriodsBeside(path, hash);
  // The events follow from both tables and the seed, so their ids do too.
  hash.update(`seed ${seed}`);
  const expansion = { periods, idPrefix: idPrefixOf(hash.digest('hex')), seed, provider, model };
  return {
    eventsTotal: windows.reduce((sum, { requests }) => sum + requests, 0),
    origin: { epochSeconds: 0, nanoseconds: 0 },
    // A Wednesday at midnight; the trace has times from its own zero only.
    defaultStart: { epochSeconds: Date.UTC(2025, 0, 1) / 1000, nanoseconds: 0 },
    rows: async function* rows() {
      for (const simultaneous of groupByStart(windows)) yield* expand(simultaneous, expansion);
    },
  };
}

/** Reads the table that the caller did not name, so its errors have to. */
async function readPeriodsBeside(path: string, hash: Hash): Promise<TokenPeriods> {
  const beside = distributionsBeside(path);
  try {
    return await readTokenPeriods(beside, hash);
  } catch (error) {
    if (!(error instanceof ReplayError) || error.row === undefined) throw error;
    throw new ReplayError(error.failure, `${basename(beside)}: ${error.message}`, { cause: error });
  }
}

/** The file with the token counts that belongs to a file with windows. */
function distributionsBeside(path: string): string {
  const name = basename(path).replace('client_windows_10min', 'client_token_distributions');
  const candidates = [name, 'client_token_distributions.csv.gz', 'client_token_distributions.csv'].map(
    (each) => join(dirname(path), each),
  );
  const found = candidates.find((each) => each !== path && existsSync(each));
  if (found !== undefined) return found;
  throw new ReplayError(
    'unreadable',
    `A servegen trace needs client_token_distributions.csv or .csv.gz beside ${path}, and there is none.`,
  );
}

function* groupByStart(
  windows: readonly ClientWindow[],
): Generator<readonly ClientWindow[], void, undefined> {
  let group: ClientWindow[] = [];
  for (const window of windows) {
    if (group.length > 0 && group[0]?.startSeconds !== window.startSeconds) {
      yield group;
      group = [];
    }
    group.push(window);
  }
  if (group.length > 0) yield group;
}

/** The events of the windows that begin at one time, in time order, in blocks. */
function* expand(
  windows: readonly ClientWindow[],
  expansion: Expansion,
): Generator<readonly ReplayRow[], void, undefined> {
  const arrivals = windows.reduce((sum, { requests }) => sum + requests, 0);
  if (arrivals > ARRIVALS_MAX)
    throw badRow(windows[0]?.row ?? 0, `is in a window with more than ${ARRIVALS_MAX} requests.`);
  const sources = windows.map((window) => expandWindow(window, expansion));
  const offsets = new Float64Array(arrivals);
  const owners = new Uint32Array(arrivals);
  let filled = 0;
  for (const [index, { offsetsMs }] of sources.entries()) {
    offsets.set(offsetsMs, filled);
    owners.fill(index, filled, filled + offsetsMs.length);
    filled += offsetsMs.length;
  }
  const order = new Uint32Array(arrivals).map((_, index) => index);
  order.sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0) || a - b);
  let block: ReplayRow[] = [];
  for (const position of order) {
    const source = sources[owners[position] ?? 0];
    if (source === undefined) continue;
    block.push(source.next());
    if (block.length < BLOCK_ROWS) continue;
    yield block;
    block = [];
  }
  if (block.length > 0) yield block;
}

interface WindowEvents {
  /** When the requests arrive, milliseconds from the zero of the trace, ascending. */
  readonly offsetsMs: Float64Array;
  /** The event of the next arrival. */
  readonly next: () => ReplayRow;
}

function expandWindow(window: ClientWindow, expansion: Expansion): WindowEvents {
  const { row, client, startSeconds } = window;
  const random = new RandomStream(expansion.seed, row);
  const offsetsMs = drawArrivals(window, random);
  const tokens = periodAt(expansion.periods.get(clientKey(window.model, client)), startSeconds)?.fields;
  const input = tokens?.get('input_tokens');
  const output = tokens?.get('output_tokens');
  const model = expansion.model ?? window.model;
  let index = 0;
  return {
    offsetsMs,
    next: () => {
      const timestamp = offsetsMs[index] ?? 0;
      index += 1;
      return {
        row,
        instant: instantFromEpochMs(timestamp) as Instant,
        event: {
          id: `${expansion.idPrefix}-${row}-${index}`,
          timestamp,
          provider: expansion.provider,
          model,
          user_id: `${window.model}-client-${client}`,
          ...(input && { input_tokens: input.draw(random) }),
          ...(output && { output_tokens: output.draw(random) }),
        },
      };
    },
  };
}

/**
 * As many arrivals as the window has requests, in whole milliseconds: gamma gaps
 * with shape 1 / cv² have the coefficient of variation cv, and are scaled so that
 * the gap after the last one ends the window.
 */
function drawArrivals(
  { requests, arrivalCv, startSeconds }: ClientWindow,
  random: RandomStream,
): Float64Array {
  const shape = 1 / Math.max(arrivalCv, 0.01) ** 2;
  const offsetsMs = new Float64Array(requests);
  let sum = 0;
  for (let index = 0; index < requests; index += 1) {
    sum += random.gamma(shape);
    offsetsMs[index] = sum;
  }
  sum += random.gamma(shape);
  for (let index = 0; index < requests; index += 1) {
    // Gaps of an extreme variation can all be too small for a double: then the requests come together.
    const part = sum > 0 ? (offsetsMs[index] ?? 0) / sum : 0.5;
    offsetsMs[index] = Math.floor((startSeconds + Math.min(part, 0.999_999) * WINDOW_SECONDS) * 1000);
  }
  return offsetsMs;
}
