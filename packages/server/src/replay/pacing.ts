/**
 * Makes batches of a trace's rows: full ones as fast as they are taken, or, with a
 * speed, each when its time has come.
 */

import type { Clock } from '../clock.ts';
import { fractionalEpochMs } from './instants.ts';
import type { ReplayRow } from './trace.ts';
import { wait } from './waiting.ts';

/** The shortest wait, so that the rows of a dense trace go together and not singly. */
const TICK_MS = 50;

/** How rows become batches. */
export interface PacingOptions {
  readonly batchRows: number;
  /** Trace seconds per second; `max` does not wait at all. */
  readonly speed: number | 'max';
  /** Rows after this many are left out. */
  readonly rowsMax: number;
  readonly clock: Clock;
  /** Aborting it ends the batches. */
  readonly signal: AbortSignal;
}

/** The rows in batches, each given out when its first row is due. */
export async function* pace(
  blocks: AsyncIterable<readonly ReplayRow[]>,
  options: PacingOptions,
): AsyncGenerator<readonly ReplayRow[], void, undefined> {
  const { batchRows, clock, signal } = options;
  const delayOf = createSchedule(options.speed, clock);
  let left = options.rowsMax;
  let batch: ReplayRow[] = [];
  for await (const block of blocks) {
    for (const row of block) {
      if (signal.aborted || left === 0) break;
      const delayMs = delayOf(row);
      if (delayMs > 0) {
        if (batch.length > 0) yield batch;
        batch = [];
        await wait(clock, Math.max(delayMs, TICK_MS), signal);
        if (signal.aborted) break;
      }
      batch.push(row);
      left -= 1;
      if (batch.length < batchRows) continue;
      yield batch;
      batch = [];
    }
    if (signal.aborted || left === 0) break;
  }
  if (batch.length > 0 && !signal.aborted) yield batch;
}

/** Gives how long it is until a row is due; 0 or less if it is. The first row is due at once. */
function createSchedule(speed: number | 'max', clock: Clock): (row: ReplayRow) => number {
  if (speed === 'max') return () => 0;
  let firstMs: number | undefined;
  let startMs = 0;
  return ({ instant }) => {
    const atMs = fractionalEpochMs(instant);
    if (firstMs === undefined) {
      firstMs = atMs;
      startMs = clock.monotonicMs();
    }
    return startMs + (atMs - firstMs) / speed - clock.monotonicMs();
  };
}
