/** What the watch over the ledger's series is given. */

import type { SeriesDefinition } from '../config/index.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { SeriesSource } from '../series/series.ts';
import type { AnalysisStore } from './analysis-store.ts';
import type { Anomaly } from './anomaly.ts';
import type { BookChange } from './anomaly-book.ts';
import type { Attribution } from './attribution.ts';
import type { WatchPlan } from './plan.ts';
import type { Shift } from './shifts.ts';

/** What it reads and keeps, when, and whom it tells. */
export interface WatcherOptions {
  readonly source: SeriesSource;
  readonly plan: WatchPlan;
  /** What is watched beside the plan. */
  readonly declared: readonly SeriesDefinition[];
  readonly store: AnalysisStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the source has all that was taken in up to now. A step that is not whole is not judged. */
  readonly settle: () => Promise<boolean>;
  /** The score from which a judgement opens an anomaly; asked at every step. */
  readonly threshold: () => number;
  /** How long after its end a step is judged. */
  readonly settleMs: number;
  /** How much history is learnt where nothing was kept. */
  readonly historyMs: number;
  /** Finds out what explains an anomaly; null if that is not known. */
  readonly attribute: (anomaly: Anomaly) => Promise<Attribution | null>;
  /** Hears of every anomaly that opens or closes; `isPast` while history is learnt. */
  readonly onChange: (change: BookChange, isPast: boolean) => void;
  /** Hears once a day which baselines have moved since that was last told. */
  readonly onShifted: (shifts: readonly Shift[]) => void;
  /** Hears when the baselines were learnt anew, and why. */
  readonly onLearnt: (details: {
    readonly reason: 'first' | 'plan' | 'history' | 'asked';
    readonly from: string;
    readonly groups: number;
  }) => void;
}
