/**
 * Has calls of the system fail on journals, one call of one journal at a time, by strace. What
 * the processes do then is in `journal-writer.ts`.
 */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Call, countedFiles, type Outcome, PERIOD } from './journal-writer.ts';

/** What can fail. */
export const calls: readonly Call[] = ['pwrite64', 'fsync'];

/** The last call that can be chosen: what a journal does after it has to be over within the period. */
export const CALLS_MAX = 200;

/** What became of the journals, and in how many of them a call failed for certain. */
export interface Sweep {
  readonly outcomes: readonly Outcome[];
  readonly failed: number;
}

/** Whether errors can be made here: strace may be absent or forbidden. */
export function canFail(): boolean {
  const flags = ['-f', '--seccomp-bpf', '-Z', '-o', '/dev/null', '-e', 'trace=fsync'];
  return spawnSync('strace', [...flags, '-e', 'inject=fsync:error=EIO:when=99+99', 'true']).status === 0;
}

/**
 * Has a call of each of some journals fail.
 *
 * @param numbers which call it is of each, ascending, at most {@link CALLS_MAX}.
 */
export async function failCalls(call: Call, numbers: readonly number[]): Promise<Sweep> {
  if (numbers.some((nth) => !(nth >= 1 && nth <= CALLS_MAX)))
    throw new RangeError(`Calls can fail from the first to number ${CALLS_MAX}.`);
  // In memory where there is a place for that: what is measured is what the program does, not the disk.
  const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const directory = mkdtempSync(join(place, 'bellwether-errors-'));
  const trace = join(directory, 'trace');
  try {
    const child = spawn(
      'strace',
      ['-f', '--seccomp-bpf', '-Z', '-qq', '-o', trace]
        .concat(countedFiles.flatMap((name) => ['-P', join(directory, name)]))
        .concat('-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:when=${PERIOD}+${PERIOD}`)
        .concat(process.execPath, '--conditions=source', '--disable-warning=ExperimentalWarning')
        .concat(join(import.meta.dirname, 'journal-writer.ts'), directory, call, numbers.join(',')),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const lines = (await text(child.stdout)).split('\n').filter(Boolean);
    const failures = readFileSync(trace, 'utf8').split('(INJECTED)').length - 1;
    return {
      outcomes: lines.map((line) => JSON.parse(line) as Outcome),
      // Before each journal one call fails on the other file.
      failed: failures - numbers.length,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
