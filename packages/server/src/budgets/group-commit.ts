/**
 * Runs what arrives together in one transaction: under load one sync serves many
 * calls. Each call has its own outcome; one that is refused has changed nothing, and
 * none is answered before the transaction is on disk.
 */

import { BellwetherError } from '@bellwether/events';
import { StateError } from '../state/state-error.ts';

/** Calls that may wait. */
const WAITING_MAX = 10_000;
/** Calls of one transaction, so that none holds the thread for long. */
const GROUP_MAX = 500;

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

export interface GroupCommitOptions {
  /** Runs before each group; what waits then sees what it has done. */
  readonly before: () => Promise<void>;
  /** Runs work in one transaction. */
  readonly write: <T>(work: () => T) => T;
  /** Called after a transaction that failed: what was changed in memory is not on disk. */
  readonly onFailed: () => void;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` with the next group and gives its result once that is on disk.
   *
   * @throws what `work` throws, or BellwetherError `overloaded`, `storage_full` or `journal_failed`.
   */
  run<T>(work: () => T): Promise<T> {
    if (this.#waiting.length >= WAITING_MAX) return Promise.reject(new BellwetherError('overloaded'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      this.#running ??= this.#drain().finally(() => {
        this.#running = null;
      });
    });
  }

  /** Waits for what was asked. */
  async close(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #drain(): Promise<void> {
    // Requests that are being read now join the first group.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    while (this.#waiting.length > 0) {
      const count = Math.min(this.#waiting.length, GROUP_MAX);
      try {
        await this.#options.before();
        this.#commit(this.#waiting.splice(0, count));
      } catch (error) {
        for (const { reject } of this.#waiting.splice(0, count)) reject(failureOf(error));
      }
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  #commit(group: readonly Waiting[]): void {
    let outcomes: Outcome[];
    try {
      outcomes = this.#options.write(() => group.map(({ work }) => outcomeOf(work)));
    } catch (error) {
      this.#options.onFailed();
      for (const { reject } of group) reject(failureOf(error));
      return;
    }
    for (const [index, { resolve, reject }] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined && 'result' in outcome) resolve(outcome.result as never);
      else reject(outcome?.error);
    }
  }
}

/** A refusal is an outcome; anything else makes the whole transaction fail. */
function outcomeOf(work: () => unknown): Outcome {
  try {
    return { result: work() };
  } catch (error) {
    if (error instanceof BellwetherError) return { error };
    throw error;
  }
}

function failureOf(error: unknown): unknown {
  if (!(error instanceof StateError)) return error;
  return new BellwetherError(
    error.code === 'full' ? 'storage_full' : 'not_ready',
    undefined,
    {},
    { cause: error },
  );
}
