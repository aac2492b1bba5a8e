/**
 * Replays a trace file: reads and checks it, then sends its rows as events, at the
 * speed that was asked for, and says what became of them. Rows keep their ids, so
 * replaying a file again adds nothing.
 */

import { formatRfc3339, type Instant } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import { SendError } from './delivery.ts';
import { type TraceFormat, traceFormats } from './formats.ts';
import { nanosecondsBetween, shiftInstant } from './instants.ts';
import { pace } from './pacing.ts';
import { type Progress, type ProgressStream, startProgress } from './progress.ts';
import type { RetryPolicy } from './retry.ts';
import { createSender, eventsAddress, type Sender } from './sender.ts';
import { type ReplaySummary, Tally } from './tally.ts';
import { ReplayError, type ReplayRow, type Trace, type TraceOptions } from './trace.ts';

/** Time between two notes that something is tried again. */
const NOTE_INTERVAL_MS = 2000;

/** What to replay, how and where to. */
export interface ReplayOptions {
  readonly path: string;
  readonly format: TraceFormat;
  readonly url: string;
  readonly token?: string;
  readonly provider?: string;
  readonly model?: string;
  /** Where the trace's origin is moved to; its own place unless given. */
  readonly start?: Instant;
  readonly speed: number | 'max';
  readonly batchRows: number;
  readonly concurrency: number;
  /** Send no more than this many rows. */
  readonly rowsMax?: number;
  readonly gzip?: boolean;
  readonly prefixCache?: boolean;
  readonly seed?: number;
  /** Load as history, which leaves the server's live counters alone. */
  readonly history?: boolean;
  readonly clock: Clock;
  /** Aborting it stops the replay; it can be done again from the start. */
  readonly signal: AbortSignal;
  readonly stderr: ProgressStream;
  readonly retry?: RetryPolicy;
}

/**
 * Replays a file.
 *
 * @throws ReplayError if the file is bad (then nothing was sent), the server
 *   refuses or cannot be reached, or the signal aborts; the message tells how far it came.
 */
export async function replay(options: ReplayOptions): Promise<ReplaySummary> {
  const address = checkAddress(options.url);
  const trace = await check(options);
  const rowsTotal = Math.min(options.rowsMax ?? Infinity, trace.eventsTotal);
  const stop = new AbortController();
  let notedMs = -Infinity;
  const sender = createSender({
    url: options.url,
    ...(options.token !== undefined && { token: options.token }),
    ...(options.history === true && { query: { live: 'false' } }),
    ...(options.retry !== undefined && { retry: options.retry }),
    gzip: options.gzip ?? false,
    concurrency: options.concurrency,
    clock: options.clock,
    signal: options.signal,
    onRetry: (reason) => {
      // Batches that are on their way together fail together, so their reasons come in bunches.
      const nowMs = options.clock.monotonicMs();
      if (nowMs - notedMs < NOTE_INTERVAL_MS) return;
      notedMs = nowMs;
      progress.note(`${reason}; trying again`);
    },
  });
  const progress = startProgress(options.stderr, options.clock, {
    label: `Replaying to ${address.host}`,
    unit: 'rows',
    total: rowsTotal,
  });
  const tally = new Tally(options.path, options.format, rowsTotal, options.clock);
  try {
    await sendRows(trace, options, { sender, progress, tally, stop });
  } catch (error) {
    throw explain(error, tally, options);
  } finally {
    progress.finish();
    sender.close();
  }
  if (options.signal.aborted && tally.rows < rowsTotal) throw interrupted(tally);
  return tally.summary();
}

interface Sending {
  readonly sender: Sender;
  readonly progress: Progress;
  readonly tally: Tally;
  readonly stop: AbortController;
}

async function sendRows(
  trace: Trace,
  options: ReplayOptions,
  { sender, progress, tally, stop }: Sending,
): Promise<void> {
  const { speed, batchRows, clock, rowsMax = Infinity } = options;
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const moved = move(trace, options.start ?? trace.defaultStart);
  await sender.sendAll({
    batches: pace(moved, { batchRows, speed, rowsMax, clock, signal }),
    eventsOf: (rows) => rows.map(({ event }) => event),
    onDelivered: (rows, receipt) => {
      tally.add(rows, receipt);
      progress.update(tally.rows);
    },
    onFailed: (rows, error) => {
      tally.failed = rows;
      stop.abort(error);
    },
  });
}

/** The first reading, which refuses a bad file before anything is sent. */
async function check(options: ReplayOptions): Promise<Trace> {
  const { path, provider, model, prefixCache, seed, clock } = options;
  const progress = startProgress(options.stderr, clock, { label: 'Checking', unit: 'rows', total: null });
  const traceOptions: TraceOptions = {
    path,
    ...(provider !== undefined && { provider }),
    ...(model !== undefined && { model }),
    ...(prefixCache !== undefined && { prefixCache }),
    ...(seed !== undefined && { seed }),
    nowMs: clock.nowMs(),
    onChecked: (rows) => progress.update(rows),
  };
  try {
    return await traceFormats[options.format](traceOptions);
  } catch (error) {
    if (error instanceof ReplayError && error.row !== undefined)
      throw new ReplayError(error.failure, `${path}: ${error.message} Nothing was sent.`, {
        row: error.row,
        cause: error,
      });
    throw error;
  } finally {
    progress.finish();
  }
}

/** The rows with the trace's origin moved to `start`; as they are without one. */
async function* move(
  trace: Trace,
  start: Instant | null,
): AsyncGenerator<readonly ReplayRow[], void, undefined> {
  if (start === null) {
    yield* trace.rows();
    return;
  }
  const distanceNs = nanosecondsBetween(trace.origin, start);
  for await (const rows of trace.rows()) {
    for (const { event, instant } of rows) {
      event.timestamp = formatRfc3339(shiftInstant(instant, distanceNs));
    }
    yield rows;
  }
}

function checkAddress(url: string): URL {
  try {
    return eventsAddress(url);
  } catch (error) {
    throw error instanceof SendError
      ? new ReplayError('refused', `${error.message}.`, { cause: error })
      : error;
  }
}

/** A failure of sending in words that name the row, and say what was sent before. */
function explain(error: unknown, tally: Tally, { path, signal }: ReplayOptions): unknown {
  if (!(error instanceof SendError)) return error;
  if (error.kind === 'aborted' || signal.aborted) return interrupted(tally);
  const { refusal } = error;
  const row = refusal?.index === undefined ? undefined : tally.failed[refusal.index]?.row;
  const place = row === undefined ? path : `${path}: Row ${row}`;
  const hint = refusal?.code === 'identity_conflict' ? ` ${CONFLICT_HINT}` : '';
  return new ReplayError(
    error.kind === 'unreachable' ? 'unreachable' : 'refused',
    `${place}: ${sentence(error.message)}${hint} ${tally.progress()}`,
    { cause: error, ...(row !== undefined && { row }) },
  );
}

const CONFLICT_HINT =
  'The file was replayed before with other options (--provider, --model, --start, --prefix-cache), and what is stored stays as it is.';

function interrupted(tally: Tally): ReplayError {
  return new ReplayError('interrupted', `The replay was interrupted. ${tally.progress()}`);
}

function sentence(text: string): string {
  const [first = ''] = text;
  return `${first.toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
