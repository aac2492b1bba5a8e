/** What the doctor has found out, and how it looks. */

import type { Clock } from '../../clock.ts';
import type { LoadedConfig } from '../../config/index.ts';
import type { RunningServer } from '../../data-directory.ts';

/** How good or bad a finding is. */
export type FindingStatus =
  | 'ok'
  /** It works, and somebody should look at it. */
  | 'warning'
  /** Something does not work, or will not when it is needed. */
  | 'problem';

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, e.g. `disk`. */
  readonly check: string;
  readonly status: FindingStatus;
  /** What was found, as a sentence. */
  readonly message: string;
  /** What to do about it; null where nothing is to be done. */
  readonly advice: string | null;
}

/** What an examination has to go by. */
export interface Patient {
  readonly loaded: LoadedConfig;
  readonly clock: Clock;
  /** The server that runs on the data directory, if one does. */
  readonly server: RunningServer | null;
}

/** Looks at one part of an installation. What it throws is a finding too. */
export interface Examination {
  readonly check: string;
  run(patient: Patient): Promise<readonly Finding[]> | readonly Finding[];
}

/** A finding that is as it should be. */
export function fine(check: string, message: string): Finding {
  return { check, status: 'ok', message, advice: null };
}

/** A finding that somebody should look at. */
export function warning(check: string, message: string, advice: string): Finding {
  return { check, status: 'warning', message, advice };
}

/** A finding that has to be mended. */
export function problem(check: string, message: string, advice: string): Finding {
  return { check, status: 'problem', message, advice };
}
