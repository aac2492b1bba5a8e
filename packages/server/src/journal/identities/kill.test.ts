import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DAY_MS, checkTexts, seededRandom, temporaryDirectories } from './test-support.ts';
import { openIdentityStore } from './store.ts';

const newDirectory = temporaryDirectories();

/** A line of the journal file of the child. */
export interface KillTestBlock {
  readonly block: number;
  readonly arrivalMs: number;
  readonly entries: readonly number[];
}

/** Lets a child take identities in for a while, and kills it; returns what it said. */
async function liveAndDie(directory: string, firstBlock: number, lifeMs: number): Promise<string> {
  const script = fileURLToPath(new URL('test-killed-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, directory, String(firstBlock)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    // The life begins with the first block, however long the start took.
    if (said === '') setTimeout(() => child.kill('SIGKILL'), lifeMs);
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  await once(child, 'close');
  expect(complaint).toBe('');
  expect(child.signalCode).toBe('SIGKILL');
  return said;
}

describe('the identity store and kill -9', () => {
  it('knows every identity that was accepted, once', async () => {
    const random = seededRandom(8);
    const directory = newDirectory();
    const journalPath = join(directory, 'journal.ndjson');
    mkdirSync(join(directory, 'identities'));
    writeFileSync(journalPath, '');
    let nextBlock = 0;
    let sealed = -1;
    for (let death = 0; death < 8; death++) {
      const said = await liveAndDie(directory, nextBlock, 20 + random() * 250);
      const markers = [...said.matchAll(/^sealed (\d+)$/gm)].map((match) => Number(match[1]));
      sealed = Math.max(sealed, ...markers);
      const accepted = Math.max(...[...said.matchAll(/^accepted (\d+)$/gm)].map((match) => Number(match[1])));
      const text = readFileSync(journalPath, 'utf8');
      // The last line may be half written: then its block was not accepted.
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      const blocks = whole
        .split('\n')
        .filter(Boolean)
        .map((line): KillTestBlock => JSON.parse(line));
      const last = blocks.at(-1)!.block;
      expect(last).toBeGreaterThanOrEqual(accepted);
      const store = openIdentityStore({
        directory: join(directory, 'identities'),
        windowMs: 7 * DAY_MS,
        tableEntriesMax: 1024,
        memoryBytesMax: 4 * 2 ** 20,
      });
      expect(store.sealedBlock).toBeGreaterThanOrEqual(sealed);
      // What the child was told is sealed is forgotten, as the real journal does.
      const kept = blocks.filter(({ block }) => block > sealed);
      for (const { block, arrivalMs, entries } of kept)
        store.restore(Uint32Array.from(entries), arrivalMs, block);
      for (let block = 0; block <= last; block++) {
        const texts = Array.from({ length: 50 }, (_, index) => `t/x-${block}-${index}=${block}`);
        expect(new Set(checkTexts(store, last * 60_000, ...texts))).toEqual(new Set(['duplicate']));
      }
      const { sealedEntries, unsealedEntries, quarantined } = store.status();
      expect(sealedEntries + unsealedEntries).toBe((last + 1) * 50);
      expect(quarantined).toEqual([]);
      store.seal();
      sealed = store.sealedBlock;
      store.close();
      writeFileSync(journalPath, '');
      appendFileSync(
        journalPath,
        kept
          .filter(({ block }) => block > sealed)
          .map((line) => `${JSON.stringify(line)}\n`)
          .join(''),
      );
      nextBlock = last + 1;
    }
    expect(nextBlock).toBeGreaterThan(8);
  }, 60_000);
});
