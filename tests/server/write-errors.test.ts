import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { JournalStore } from '../../packages/server/src/journal/journal-store.ts';
import { BATCHES, optionsOf, submissionOf } from './journal-writer.ts';

const root = mkdtempSync(join(tmpdir(), 'bellwether-errors-'));
/** Errors are put into the calls of a process by strace, which may be absent or forbidden. */
const probe = spawnSync('strace', ['-o', '/dev/null', '-e', 'inject=fsync:error=EIO:when=99', 'true']);
const traced = probe.status === 0;
if (!traced) process.stderr.write('skipped: errors of the disk, since strace cannot be used here\n');

afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Outcome {
  readonly acknowledged: readonly number[];
  readonly refused: readonly number[];
  readonly injected: boolean;
}

/** Has a process write batches to a journal, where the `nth` call of a kind on the journal's log fails. */
async function write(directory: string, call: string, nth: number): Promise<Outcome> {
  const log = join(directory, 'journal.db-wal');
  const trace = join(directory, '..', 'trace');
  const child = spawn(
    'strace',
    ['-f', '-qq', '-o', trace, '-P', log, '-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:when=${nth}`]
      .concat(process.execPath, '--conditions=source', '--disable-warning=ExperimentalWarning')
      .concat(join(import.meta.dirname, 'journal-writer.ts'), directory),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const lines = (await text(child.stdout)).split('\n').filter(Boolean);
  const of = (kind: string): number[] =>
    lines.filter((line) => line.startsWith(kind)).map((line) => Number(line.slice(kind.length)));
  const { stdout } = spawnSync('grep', ['-c', 'INJECTED', trace], { encoding: 'utf8' });
  return { acknowledged: of('stored '), refused: of('refused '), injected: Number(stdout) > 0 };
}

describe.skipIf(!traced)('the disk fails', () => {
  const cases = ['pwrite64', 'fsync'].flatMap((call) =>
    [1, 2, 3, 5, 8, 13, 21].map((nth) => ({ call, nth })),
  );
  it.each(cases)('at call $nth of $call: nothing is acknowledged afterwards', async ({ call, nth }) => {
    const directory = join(mkdtempSync(join(root, 'case-')), 'journal');
    const { acknowledged, refused, injected } = await write(directory, call, nth);
    expect(injected).toBe(true);
    // Everything before the error is acknowledged, and nothing after it.
    expect(acknowledged).toEqual(Array.from({ length: acknowledged.length }, (_, i) => i));
    // Either the journal did not even open, or every other batch was refused.
    expect([0, BATCHES]).toContain(acknowledged.length + refused.length);
    const store = new JournalStore(optionsOf(directory));
    try {
      for (let batch = 0; batch < BATCHES; batch++) {
        const [receipt] = store.append([submissionOf(store, batch)], 10_000 + batch);
        expect(receipt?.conflicts).toEqual([]);
        // What was acknowledged is there; what was refused may be, but whole.
        expect(acknowledged.includes(batch) ? [0] : [0, 3]).toContain(receipt?.accepted);
      }
      expect(store.status().totals.events).toBe(BATCHES * 3);
    } finally {
      store.close();
    }
  });
});
