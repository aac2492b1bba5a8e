/** What is said of run files that are damaged. */
import type { DamagedPart } from './run-open.ts';

/** A run file that was found damaged. */
export interface QuarantinedRun {
  readonly name: string;
  /** What is wrong with it; `seed` if it belongs to another data directory. */
  readonly part: DamagedPart | 'seed';
  /** False if nothing of it can be asked any more. */
  readonly consulted: boolean;
  /** Identities it held, 0 if not even that can be read. */
  readonly entries: number;
}

/** A damaged file that is not open, and the sequence numbers it holds. */
export interface UnusableRun extends QuarantinedRun {
  path: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
}
