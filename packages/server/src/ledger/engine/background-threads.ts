/**
 * Lets the engine's merges stand back. They take more of the processor than the inserts
 * do (measured: 9 µs a row against 2), and nobody waits for them, while
 * senders wait for the journal: so their threads get a lower priority, which only
 * counts while the machine has nothing to spare. An engine whose merges fall far
 * behind takes inserts more slowly by itself.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** The engine's name of the threads that merge. */
const MERGE_THREADS = 'MergeMutate';
/** Above 0 is lower than usual; at 10 a thread gets a tenth of what its rivals get. */
const NICENESS = 10;
const TASKS = '/proc/self/task';

/** Lowers the priority of merge threads as they come to be. */
export class BackgroundThreads {
  readonly #lowered = new Set<string>();
  readonly #threadsMax: number;

  /** @param threadsMax how many there can be; once all are known, there is nothing more to do. */
  constructor(threadsMax: number) {
    this.#threadsMax = threadsMax;
  }

  /** Looks for threads that are not lowered yet. Where there is no such thing as `/proc`, nothing happens. */
  lower(): void {
    if (this.#lowered.size >= this.#threadsMax) return;
    try {
      for (const id of readdirSync(TASKS)) {
        if (this.#lowered.has(id)) continue;
        if (readFileSync(`${TASKS}/${id}/comm`, 'utf8').trim() !== MERGE_THREADS) continue;
        // Linux takes the id of a thread wherever it takes that of a process.
        setPriority(Number(id), NICENESS);
        this.#lowered.add(id);
      }
    } catch {
      // A thread that has just ended, or another system: the engine works all the same.
    }
  }
}
