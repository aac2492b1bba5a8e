import { describe, expect, it } from 'vitest';
import { fakeClock } from '../clock.ts';
import { repeatReading } from './repeat-reading.ts';

const HOUR_MS = 3_600_000;

/** Reads on a clock that is moved by hand; notes when it read, in seconds. */
function begin({ firstMs = 300_000, fail = false } = {}) {
  const clock = fakeClock(0);
  const readAt: number[] = [];
  const failures: unknown[] = [];
  let rows = 0;
  const end = repeatReading({
    clock,
    firstMs,
    intervalMs: HOUR_MS,
    rows: () => rows,
    read: async () => {
      readAt.push(clock.monotonicMs() / 1000);
      if (fail) throw new Error('The ledger is away.');
    },
    onFailure: (error) => failures.push(error),
  });
  const pass = async (seconds: number, rowsPerSecond = 0): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      rows += rowsPerSecond;
      clock.advance(1000);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  };
  return { readAt, failures, pass, end };
}

describe('a repeated reading', () => {
  it('comes at its time, and then at its interval', async () => {
    const { readAt, pass, end } = begin();
    await pass(300, 10);
    await pass(2 * 3600);
    expect(readAt).toEqual([300, 3900, 7500]);
    await end();
  });

  it('comes sooner where there was nothing, and whenever there is twice as much', async () => {
    const { readAt, pass, end } = begin({ firstMs: 10_000 });
    await pass(20);
    expect(readAt).toEqual([10]);
    await pass(1000, 10);
    expect(readAt).toEqual([10, 30, 50, 90, 170, 330, 650]);
    await end();
  });

  it('comes again as soon as a load is over, and once', async () => {
    const { readAt, pass, end } = begin({ firstMs: 0 });
    await pass(55, 10_000);
    expect(readAt).toEqual([0]);
    await pass(600, 10);
    // The tick at 61 s has the end of the load still.
    expect(readAt).toEqual([0, 71]);
    await end();
  });

  it('knows the end of a small load, though what follows is not much less', async () => {
    const { readAt, pass, end } = begin({ firstMs: 0 });
    await pass(11, 600);
    await pass(300, 120);
    expect(readAt.slice(0, 2)).toEqual([0, 21]);
    await end();
  });

  it('does not take steady traffic for a load', async () => {
    const { readAt, pass, end } = begin();
    await pass(3000, 5000);
    expect(readAt).toEqual([300]);
    await end();
  });

  it('goes on after a failure, and ends', async () => {
    const { readAt, failures, pass, end } = begin({ fail: true });
    await pass(4000);
    expect([readAt.length, failures.length]).toEqual([2, 2]);
    await end();
    await pass(4000);
    expect(readAt).toHaveLength(2);
  });
});
