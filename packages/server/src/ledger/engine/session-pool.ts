/**
 * Hands out the engine's sessions one user at a time, since a session runs one
 * statement after another, and sessions run beside one another.
 */

/** Users that may wait for a session; more are refused. */
const WAITING_MAX = 256;

/** A fixed set of sessions, handed out first come, first served. */
export class SessionPool<S> {
  readonly #free: S[];
  readonly #waiting: ((session: S) => void)[] = [];

  constructor(sessions: readonly S[]) {
    this.#free = [...sessions];
  }

  /**
   * Runs `work` with a session that nobody else uses meanwhile.
   *
   * @throws Error if too many others wait already.
   */
  async use<R>(work: (session: S) => Promise<R>): Promise<R> {
    const session = await this.#take();
    try {
      return await work(session);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(session);
      else next(session);
    }
  }

  #take(): Promise<S> {
    const session = this.#free.pop();
    if (session !== undefined) return Promise.resolve(session);
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(
        new Error('Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)'),
      );
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
