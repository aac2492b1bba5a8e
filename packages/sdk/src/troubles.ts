/** Tells of troubles once each, so that an outage of an hour is not an hour of warnings. */

import { PushError } from '@bellwether/metrics/delivery';

/** What can go wrong on its own. */
export type Trouble = 'delivery' | 'refusal' | 'spool';

const warn = (error: Error): void => console.warn(`Events cannot be shipped to Bellwether: ${error.message}`);

/** Tells when a trouble begins and when its reason changes. */
export class Troubles {
  readonly #listener: (error: Error) => void;
  readonly #told = new Map<Trouble, string>();

  constructor(listener: (error: Error) => void = warn) {
    this.#listener = listener;
  }

  tell(trouble: Trouble, problem: unknown): void {
    const error = problem instanceof Error ? problem : new Error(String(problem));
    const reason = error instanceof PushError ? `${error.code} ${error.status ?? ''}` : error.message;
    if (this.#told.get(trouble) === reason) return;
    this.#told.set(trouble, reason);
    try {
      this.#listener(error);
    } catch {
      // A listener that fails has been told nevertheless.
    }
  }

  /** The trouble has ended; it is told again when it comes back. */
  over(trouble: Trouble): void {
    this.#told.delete(trouble);
  }
}
