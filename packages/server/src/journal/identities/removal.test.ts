import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Removal } from './removal.ts';
import { RunSet } from './run-set.ts';
import { temporaryDirectories, unsyncedFiles } from './test-support.ts';

const newDirectory = temporaryDirectories();

function directoryWith(name: string, bytes: number): string {
  const directory = newDirectory();
  writeFileSync(join(directory, name), new Uint8Array(bytes));
  return directory;
}

describe('removal', () => {
  it('removes a small file at once', () => {
    const directory = directoryWith('run', 1000);
    const removal = new Removal(unsyncedFiles, 1000);
    removal.condemn(join(directory, 'run'));
    expect(readdirSync(directory)).toEqual([]);
    expect([...removal.steps()]).toEqual([]);
  });

  it('takes the name of a large file away at once and the file bit by bit', () => {
    const directory = directoryWith('run', 3500);
    const removal = new Removal(unsyncedFiles, 1000);
    removal.condemn(join(directory, 'run'));
    expect(readdirSync(directory)).toEqual(['run.removed']);
    const sizes: (number | undefined)[] = [];
    for (const _ of removal.steps()) {
      sizes.push(statSync(join(directory, 'run.removed'), { throwIfNoEntry: false })?.size);
    }
    expect(sizes).toEqual([2500, 1500, 500, undefined]);
  });

  it('goes on at the next start, and takes what is unfinished with it', () => {
    const directory = directoryWith('run-000000000001-000000000001.ids.removed', 3500);
    writeFileSync(join(directory, 'run-000000000001-000000000002.ids.unfinished'), new Uint8Array(1500));
    writeFileSync(join(directory, 'run-000000000003-000000000003.ids.unfinished'), new Uint8Array(10));
    const options = { directory, files: unsyncedFiles, cachePages: 1, removalStepBytes: 1000 };
    const runSet = new RunSet(options);
    runSet.open(() => new Uint32Array(4));
    expect(runSet.quarantined).toEqual([]);
    expect(readdirSync(directory).every((name) => name.endsWith('.removed'))).toBe(true);
    for (const _ of runSet.removal.steps());
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says when a file cannot be removed, and tries it again', () => {
    const directory = directoryWith('run', 3500);
    let broken = true;
    const truncate = (path: string, bytes: number) => {
      if (broken) throw new Error('EIO');
      unsyncedFiles.truncate(path, bytes);
    };
    const removal = new Removal({ ...unsyncedFiles, truncate }, 1000);
    removal.condemn(join(directory, 'run'));
    expect(() => [...removal.steps()]).toThrow(expect.objectContaining({ code: 'write_failed' }));
    broken = false;
    expect([...removal.steps()].length).toBe(4);
    expect(readdirSync(directory)).toEqual([]);
  });
});
