/** Objectives as readers of the API and the command line see them. */

import type { ObjectiveDefinition } from '../config/index.ts';
import { OTHER_KEY } from './count-book.ts';
import { compliancePercent, type JudgedPair } from './judge.ts';
import type { JudgedKey } from './objective.ts';
import type { JudgedObjective } from './objectives.ts';
import type { Tally } from './tally-ring.ts';
import { windowName } from './window.ts';
import type { Violation } from './violation-store.ts';

/** A pair of windows. Rates are 1 when the budget lasts exactly as long as the window. */
export interface BurnView {
  readonly name: string;
  readonly response: 'page' | 'ticket';
  readonly severity: string;
  readonly long_seconds: number;
  readonly short_seconds: number;
  /** Both rates above this: it burns. */
  readonly factor: number;
  readonly long_rate: number;
  readonly short_rate: number;
  readonly long_total: number;
  readonly burning: boolean;
}

/** An objective, or one value of the dimension that it is per. */
export interface ObjectiveFigures {
  /** `{ "backend": "b1" }` for an objective per backend; empty for others. */
  readonly key: Readonly<Record<string, string>>;
  /** RFC 3339; the window. A calendar period ends in the future. */
  readonly from: string;
  readonly to: string;
  /** `null` for an objective over ratios of a Prometheus, which has no counts. */
  readonly total: number | null;
  readonly good: number | null;
  readonly bad: number | null;
  /** Rounded down to six digits; `null` where nothing was counted. */
  readonly compliance_percent: number | null;
  readonly met: boolean | null;
  readonly error_budget: {
    /** How much may be bad of what was counted. */
    readonly allowed: number | null;
    readonly spent_percent: number;
    /** Negative once it is overspent. */
    readonly remaining_percent: number;
  };
  readonly burn_rates: readonly BurnView[];
  /** The conditions that are violated now. */
  readonly violated: readonly string[];
}

/** What an objective is. */
export interface ObjectiveDescription {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly service: string;
  readonly kind: string;
  readonly type: 'sla' | 'slo';
  readonly target_percent: number;
  /** Milliseconds, dollars or a score, by kind; `null` where there is none. */
  readonly threshold: string | null;
  readonly window: string;
  readonly time_zone: string | null;
  readonly scope: Readonly<Record<string, readonly string[]>>;
  readonly per: string | null;
  readonly budgeting: 'events' | 'slices';
  readonly labels: Readonly<Record<string, string>>;
}

/** An objective with its figures. */
export interface ObjectiveView extends ObjectiveDescription {
  readonly entries: readonly ObjectiveFigures[];
  /** Why the figures are absent or old; `null` if they are not. */
  readonly problem: string | null;
}

/** What an objective is. */
export function describe(definition: ObjectiveDefinition): ObjectiveDescription {
  const { id, name, description, service, kind, window, scope, per, labels, threshold } = definition;
  return {
    id,
    name,
    description,
    service,
    kind,
    type: definition.agreement ? 'sla' : 'slo',
    target_percent: targetPercent(definition),
    threshold: threshold === '' ? null : threshold,
    window: windowName(window),
    time_zone: window.type === 'calendar' ? window.timeZone : null,
    scope,
    per,
    budgeting: definition.slices === null ? 'events' : 'slices',
    labels,
  };
}

/** The target in percent, as it was given. */
export function targetPercent({ budgetPpb }: Pick<ObjectiveDefinition, 'budgetPpb'>): number {
  return (1e9 - budgetPpb) / 1e7;
}

/** An objective with its figures. */
export function viewObjective({ objective, keys, problem }: JudgedObjective): ObjectiveView {
  const { definition } = objective;
  return {
    ...describe(definition),
    entries: keys.map((judged) => viewKey(definition, judged)),
    problem,
  };
}

function viewKey(definition: ObjectiveDefinition, { key, judgement }: JudgedKey): ObjectiveFigures {
  const { window, spentRatio } = judgement;
  const hasCounts = definition.queries === null || !definition.queries.type.endsWith('_ratio');
  return {
    key: keyOf(definition, key),
    from: new Date(judgement.fromMs).toISOString(),
    to: new Date(judgement.toMs).toISOString(),
    ...(hasCounts ? countsOf(window) : { total: null, good: null, bad: null }),
    compliance_percent: compliancePercent(window),
    met: judgement.met,
    error_budget: {
      allowed: hasCounts ? (window.total * definition.budgetPpb) / 1e9 : null,
      spent_percent: rounded(spentRatio * 100),
      remaining_percent: rounded(100 - spentRatio * 100),
    },
    burn_rates: judgement.pairs.map(viewPair),
    violated: judgement.violated.map(({ condition }) => condition),
  };
}

function viewPair({ pair, factor, long, longRate, shortRate, burning }: JudgedPair): BurnView {
  return {
    name: pair.name,
    response: pair.response,
    severity: pair.severity,
    long_seconds: pair.longMs / 1000,
    short_seconds: pair.shortMs / 1000,
    factor,
    long_rate: rounded(longRate),
    short_rate: rounded(shortRate),
    long_total: rounded(long.total),
    burning,
  };
}

/** What was counted, all of it, the good and the bad. */
export function countsOf({ good, total }: Tally): { total: number; good: number; bad: number } {
  return { total: rounded(total), good: rounded(good), bad: rounded(total - good) };
}

/** A key as readers see it. */
export function keyOf({ per }: ObjectiveDefinition, key: string): Readonly<Record<string, string>> {
  return per === null ? {} : { [per]: key === OTHER_KEY ? '(other)' : key };
}

/** A violation as readers see it. */
export function viewViolation(violation: Violation): Readonly<Record<string, unknown>> {
  const { objective, key, kind, condition, severity, startedMs, endedMs, worstRate } = violation;
  return {
    objective,
    key: key === OTHER_KEY ? '(other)' : key,
    kind,
    condition,
    severity,
    started_at: new Date(startedMs).toISOString(),
    ended_at: endedMs === null ? null : new Date(endedMs).toISOString(),
    worst_burn_rate: rounded(worstRate),
  };
}

/** To six digits, for people; counts stay what they are. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
