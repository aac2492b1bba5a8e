/**
 * Notices that a configuration file has changed. The files are looked at now and
 * then, which also sees what replaces them by a link, as containers do.
 */

import { statSync } from 'node:fs';
import type { Clock, ClockTimer } from '../clock.ts';

/** How often to see whether watching was switched on. */
const IDLE_MS = 5000;

export interface WatchOptions {
  readonly clock: Clock;
  /** Asked each time; 0 is not to look. */
  readonly intervalMs: () => number;
  readonly files: () => readonly string[];
  readonly onChange: () => void;
}

/** Looks at files until it is stopped. A change is told once. */
export class FileWatch {
  readonly #options: WatchOptions;
  #seen: string;
  #timer: ClockTimer | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#seen = stampOf(options.files());
    this.#wait();
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
  }

  #wait(): void {
    const { clock, intervalMs } = this.#options;
    this.#timer = clock.setTimeout(() => this.#look(), intervalMs() || IDLE_MS).unref();
  }

  #look(): void {
    const stamp = stampOf(this.#options.files());
    const changed = stamp !== this.#seen;
    // What changes while nobody watches is old when somebody begins to.
    this.#seen = stamp;
    if (changed && this.#options.intervalMs() > 0) this.#options.onChange();
    this.#wait();
  }
}

/** What changes when a file does. */
function stampOf(files: readonly string[]): string {
  return JSON.stringify(
    files.map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
      return stat === undefined ? null : [stat.mtimeNs, stat.size, stat.ino].map(String);
    }),
  );
}
