import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cutAt, killAt } from './endings.ts';
import { LoopDisk } from './loop-disk.ts';
import { type Ending, type RoundResult, runRound } from './round.ts';

const directory = mkdtempSync(join(tmpdir(), 'bellwether-rounds-'));
const disk = LoopDisk.make(directory);
if (disk === null) process.stderr.write('skipped: power cuts, which need root, a loop device and perl\n');

afterAll(async () => {
  await disk?.unmount();
  rmSync(directory, { recursive: true, force: true });
});

/** What every round must show. */
const sound = { lost: 0, doubled: 0, partial: 0, costDifference: 0n, differences: [] };

/** Runs rounds on one data directory. */
async function rounds(data: string, endings: readonly Ending[]): Promise<readonly RoundResult[]> {
  const sent = { batches: 0, stored: 0 };
  const results: RoundResult[] = [];
  for (const ending of endings) results.push(await runRound(data, sent, ending));
  return results;
}

it('a server that is killed under load loses nothing and doubles nothing', { timeout: 240_000 }, async () => {
  const results = await rounds(join(directory, 'killed'), [1, 2, 3].map(killAt));
  expect(results).toMatchObject([sound, sound, sound]);
});

it.skipIf(disk === null)('nor does one whose power is cut', { timeout: 240_000 }, async () => {
  const endings = disk === null ? [] : [1, 3].map((round) => cutAt(round, disk));
  const results = await rounds(join(disk?.path ?? '', 'data'), endings);
  expect(results).toMatchObject([sound, sound]);
});
