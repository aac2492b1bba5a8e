/**
 * What happens when something cannot be recorded: it is counted, and told once. The
 * application that records must never be hurt by it.
 */

import type { Registry } from '@bellwether/metrics';
import { defineMetrics } from '@bellwether/metrics';
import { frameworkErrors } from '../../catalogue/framework.ts';

/** Told of the first failure of each recorder. */
export type FailureListener = (recorder: string, error: unknown) => void;

/** Counts what recorders could not record. */
export class Failures {
  readonly #errors;
  readonly #listener: FailureListener;
  readonly #told = new Set<string>();

  constructor(registry: Registry, listener: FailureListener) {
    this.#errors = defineMetrics(frameworkErrors, { registry }).errors.labels({ kind: 'recording' });
    this.#listener = listener;
  }

  /** Counts a failure of a recorder. Never throws. */
  note(recorder: string, error: unknown): void {
    this.#errors.inc();
    if (this.#told.has(recorder)) return;
    this.#told.add(recorder);
    try {
      this.#listener(recorder, error);
    } catch {
      // A listener that fails has been told nevertheless, and the application must go on.
    }
  }

  /** The counting of failures for one recorder. */
  of(recorder: string): (error: unknown) => void {
    return (error) => this.note(recorder, error);
  }
}

/** Writes the first failure of each recorder as a warning. */
export const warnOnce: FailureListener = (recorder, error) => {
  console.warn(`Metrics of ${recorder} could not be recorded; further failures are only counted.`, error);
};

type Method = 'inc' | 'dec' | 'set' | 'observe';
const methods: readonly Method[] = ['inc', 'dec', 'set', 'observe'];

/** Recorders whose methods do not throw. */
export type Safe<M> = {
  readonly [K in keyof M]: Pick<M[K], Extract<keyof M[K], Method>>;
};

/** Wraps the recording methods of metrics, so that a failure is noted and not thrown. */
export function safely<M extends Readonly<Record<string, object>>>(
  metrics: M,
  note: (error: unknown) => void,
): Safe<M> {
  return Object.fromEntries(
    Object.entries(metrics).map(([key, metric]) => [key, safeMethods(metric, note)]),
  ) as Safe<M>;
}

function safeMethods(metric: object, note: (error: unknown) => void): object {
  const safe: Partial<Record<Method, (first?: unknown, second?: unknown) => void>> = {};
  for (const method of methods) {
    const record = (metric as typeof safe)[method];
    if (record === undefined) continue;
    safe[method] = (first, second) => {
      try {
        record.call(metric, first, second);
      } catch (error) {
        note(error);
      }
    };
  }
  return safe;
}
