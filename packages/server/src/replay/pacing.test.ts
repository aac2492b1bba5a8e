import { describe, expect, it } from 'vitest';
import { fakeClock } from '../clock.ts';
import { type PacingOptions, pace } from './pacing.ts';
import type { ReplayRow } from './trace.ts';

/** Rows at these milliseconds of a trace, in blocks of three. */
async function* rowsAt(...timesMs: readonly number[]): AsyncGenerator<readonly ReplayRow[]> {
  const rows = timesMs.map((timestamp, index) => ({
    row: index + 1,
    instant: {
      epochSeconds: 1000 + Math.floor(timestamp / 1000),
      nanoseconds: (timestamp % 1000) * 1_000_000,
    },
    event: { id: String(index), timestamp, provider: 'p', model: 'm' },
  }));
  for (let start = 0; start < rows.length; start += 3)
    yield await Promise.resolve(rows.slice(start, start + 3));
}

const signal = new AbortController().signal;

async function batches(
  rows: AsyncIterable<readonly ReplayRow[]>,
  options: Partial<PacingOptions>,
): Promise<number[][]> {
  const clock = fakeClock(0);
  const all: number[][] = [];
  const paced = pace(rows, { batchRows: 1000, speed: 'max', rowsMax: Infinity, clock, signal, ...options });
  for await (const batch of paced) all.push(batch.map(({ row }) => row));
  return all;
}

describe('pace', () => {
  it('fills batches without waiting at full speed', async () => {
    const rows = rowsAt(0, 1e6, 2e6, 3e6, 4e6, 5e6, 6e6);
    expect(await batches(rows, { batchRows: 4 })).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7],
    ]);
    expect(await batches(rowsAt(), {})).toEqual([]);
  });

  it('ends after as many rows as asked', async () => {
    expect(await batches(rowsAt(0, 1, 2, 3, 4), { batchRows: 2, rowsMax: 3 })).toEqual([[1, 2], [3]]);
    expect(await batches(rowsAt(0, 1, 2, 3, 4), { batchRows: 3, rowsMax: 3 })).toEqual([[1, 2, 3]]);
  });

  it('gives each row when its time has come, and those that are due together at once', async () => {
    const clock = fakeClock(0);
    const given: [number, number[]][] = [];
    const done = (async () => {
      const rows = rowsAt(0, 10_000, 10_010, 10_200, 10_450, 40_000, 30_000, 100_000);
      for await (const batch of pace(rows, {
        batchRows: 1000,
        speed: 10,
        rowsMax: Infinity,
        clock,
        signal,
      })) {
        given.push([clock.monotonicMs(), batch.map(({ row }) => row)]);
      }
    })();
    await clock.advanceAsync(20_000);
    await done;
    // Ten times as fast; rows 3 to 5 are due within one tick, and row 7 comes late in the file.
    expect(given).toEqual([
      [0, [1]],
      [1000, [2]],
      [1050, [3, 4, 5]],
      [4000, [6, 7]],
      [10_000, [8]],
    ]);
  });

  it('ends at once when it is aborted while waiting', async () => {
    const clock = fakeClock(0);
    const stop = new AbortController();
    const paced = pace(rowsAt(0, 60_000), {
      batchRows: 10,
      speed: 1,
      rowsMax: Infinity,
      clock,
      signal: stop.signal,
    });
    expect((await paced.next()).value?.length).toBe(1);
    const next = paced.next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(clock.pendingTimers).toBe(0);
  });
});
