/** Measures a piece of work, whether it ends at once or later, and passes its outcome on untouched. */

import type { Clock } from '@bellwether/metrics';

/** Told how a piece of work ended. `error` is undefined if it succeeded. */
export type WorkEnded = (seconds: number, error: unknown) => void;

/** Does the work and calls `ended` when it has ended. What the work gives or throws is given or thrown. */
export function timed<T>(clock: Clock, work: () => T, ended: WorkEnded): T {
  const startMs = clock.monotonicMs();
  const end = (error: unknown): void => ended((clock.monotonicMs() - startMs) / 1000, error);
  let result: T;
  try {
    result = work();
  } catch (error) {
    end(error ?? new Error('the work threw nothing'));
    throw error;
  }
  if (!(result instanceof Promise)) {
    end(undefined);
    return result;
  }
  return result.then(
    (value: unknown) => {
      end(undefined);
      return value;
    },
    (error: unknown) => {
      end(error ?? new Error('the work failed without a reason'));
      throw error;
    },
  ) as T;
}

/** The kind of an error for a label: its code, or else its name. */
export function errorKind(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
