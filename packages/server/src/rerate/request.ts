/** What is asked of a re-rating, and what it would change. */

import type { TimeRange } from '../ledger/time-range.ts';

/** Which events are priced again. Events with a cost of the caller's own never are. */
export interface RerateRequest {
  readonly range: TimeRange;
  /** Only this provider; null for all. */
  readonly provider: string | null;
  /** Only this model; null for all. */
  readonly model: string | null;
  /** Only events that have no price yet. */
  readonly unpriced: boolean;
}

/** The figures of events whose charge would change. Money is exact decimal dollars. */
export interface RerateFigures {
  readonly events: number;
  readonly former_cost_usd: string;
  readonly new_cost_usd: string;
  readonly difference_usd: string;
  /** Events that had no price. */
  readonly former_unpriced: number;
  /** Events that would have none. */
  readonly new_unpriced: number;
}

/** The same for a model on a day. */
export interface RerateGroup extends RerateFigures {
  /** UTC, `2026-11-20`. */
  readonly day: string;
  readonly provider: string;
  readonly model: string;
}

/** A price list that gives new charges. */
export interface RerateVersion {
  readonly price_source: string;
  readonly price_version: string;
  readonly events: number;
}

/** What a re-rating would change. */
export interface RerateDifference {
  readonly from: string | null;
  readonly to: string | null;
  /** Events that were priced again. */
  readonly examined: number;
  /** In order of day, provider and model; only groups in which something changes. */
  readonly groups: readonly RerateGroup[];
  readonly total: RerateFigures;
  readonly versions: readonly RerateVersion[];
  /** Names exactly these changes: what is applied under this name is what was shown. */
  readonly plan: string;
}
