/** What the recorders of an application share. */

import { type Clock, type Registry, register } from '@bellwether/metrics';
import { type FailureListener, Failures, warnOnce } from './failures.ts';

/** How the recorders of an application are set up. */
export interface RecordingOptions {
  /** The registry that exposes the families, and whose clock tells the time; the default registry if left out. */
  readonly registry?: Registry;
  /** Told of the first failure of each recorder; without it there is a warning on the console. */
  readonly onFailure?: FailureListener;
}

/** What each recorder is made with. */
export interface Recording {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly failures: Failures;
}

/** Opens the recording into a registry. Throws if that has been done before. */
export function openRecording({ registry = register, onFailure = warnOnce }: RecordingOptions): Recording {
  return { registry, clock: registry.clock, failures: new Failures(registry, onFailure) };
}
