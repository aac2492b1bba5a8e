/** Work whose failure must end neither a timer nor the server, since it is tried again. */

import type { Log } from '../log.ts';

/** Runs `work`; where it fails, that is logged, and the answer is `otherwise`. */
export function orLog<Result>(
  log: Pick<Log, 'warn'>,
  message: string,
  work: () => Result,
  otherwise: Result,
): Result {
  try {
    return work();
  } catch (error) {
    log.warn({ problem: String(error) }, message);
    return otherwise;
  }
}
