/**
 * Exports, archives, re-ratings and the removal of what is past its time go one at a
 * time: each reads or writes much, and an export during a removal would be of no one
 * moment.
 */

import { BellwetherError } from '@bellwether/events';

/** Lets one piece of long work go on at a time. */
export class OneAtATime {
  #current: string | null = null;

  /** What goes on, in words; null if nothing does. */
  get current(): string | null {
    return this.#current;
  }

  /**
   * Begins a piece of work.
   *
   * @param what in words, for those who have to wait.
   * @returns what ends it; calling that again does nothing.
   * @throws BellwetherError `busy` while another goes on.
   */
  begin(what: string): () => void {
    if (this.#current !== null) {
      throw new BellwetherError('busy', `${this.#current} goes on; try again when it is done.`);
    }
    this.#current = what;
    let ended = false;
    return () => {
      if (!ended) this.#current = null;
      ended = true;
    };
  }
}
