import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cutAt, killAt } from './endings.ts';
import { LoopDisk } from './loop-disk.ts';
import { type Ending, runRound } from './round.ts';

const directory = mkdtempSync(join(tmpdir(), 'bellwether-rounds-'));
const disk = LoopDisk.make(directory);
if (disk === null) process.stderr.write('skipped: power cuts, which need root, a loop device and perl\n');

afterAll(async () => {
  await disk?.unmount();
  rmSync(directory, { recursive: true, force: true });
});

/** Runs rounds on one data directory, each of which must find everything there, once. */
async function rounds(data: string, endings: readonly Ending[]): Promise<void> {
  const sent = { batches: 0, stored: 0 };
  for (const ending of endings) {
    expect(await runRound(data, sent, ending)).toMatchObject({
      lost: 0,
      doubled: 0,
      partial: 0,
      costDifference: 0n,
      differences: [],
    });
  }
  expect(sent.batches).toBeGreaterThan(0);
}

it('a server that is killed under load loses nothing and doubles nothing', { timeout: 240_000 }, async () => {
  await rounds(join(directory, 'killed'), [1, 2, 3].map(killAt));
});

it.skipIf(disk === null)('nor does one whose power is cut', { timeout: 240_000 }, async () => {
  if (disk !== null) {
    await rounds(
      join(disk.path, 'data'),
      [1, 3].map((round) => cutAt(round, disk)),
    );
  }
});
