import { describe, expect, it } from 'vitest';
import { calls, canFail, failCalls } from './disk-errors.ts';

/** Every one of the first thirty, then every tenth; `npm run torture` has each up to the 200th. */
const numbers = [...Array(30).keys(), ...Array.from({ length: 17 }, (_, i) => 39 + 10 * i)].map((n) => n + 1);
const possible = canFail();
if (!possible) process.stderr.write('skipped: errors of the disk, since strace cannot be used here\n');

describe.skipIf(!possible)('the disk fails', () => {
  it.each(calls)(
    'at any call of %s: nothing is acknowledged afterwards, and nothing that was is lost',
    { timeout: 120_000 },
    async (call) => {
      const { outcomes, failed } = await failCalls(call, numbers);
      expect(outcomes.filter(({ problems }) => problems.length > 0)).toEqual([]);
      expect(outcomes.map(({ nth }) => nth)).toEqual(numbers);
      expect(failed).toBe(numbers.length);
      // Either a journal did not even open, or whatever came after the error was refused.
      expect(new Set(outcomes.map(({ refused }) => refused))).toEqual(new Set([0, 4]));
      const acknowledged = outcomes.map((outcome) => outcome.acknowledged);
      expect(acknowledged).toEqual(acknowledged.toSorted((a, b) => a - b));
      // The 200th sync is that of some 190 batches, and a batch makes some ten writes.
      expect(acknowledged.at(-1)).toBeGreaterThan(call === 'fsync' ? 150 : 10);
    },
  );
});
