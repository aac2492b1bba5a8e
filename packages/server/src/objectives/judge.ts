/**
 * What the counts of an objective mean at an instant: whether it is met, how much of
 * the error budget is left, how fast it burns, and which conditions are violated.
 * A pure function, so that scenarios can be played on any clock.
 */

import type { ObjectiveDefinition } from '../config/index.ts';
import { type BurnPair, burnRate, factorOf, isBurning, pairsFor, type Severity } from './burn-rate.ts';
import { MINUTE_MS } from './count-book.ts';
import type { Tally } from './tally-ring.ts';
import type { ObjectiveWindows } from './window.ts';

/** Gives what was counted from one instant, included, to another, excluded. */
export type ReadTally = (fromMs: number, toMs: number) => Tally;

/** A pair of windows at an instant. */
export interface JudgedPair {
  readonly pair: BurnPair;
  readonly factor: number;
  readonly long: Tally;
  readonly short: Tally;
  readonly longRate: number;
  readonly shortRate: number;
  readonly burning: boolean;
}

/** A condition that is violated. */
export interface Violated {
  /** `budget-exhausted`, or the name of a pair. */
  readonly condition: string;
  readonly severity: Severity;
  /** The burn rate over the long window; for an exhausted budget over the whole window. */
  readonly rate: number;
}

/** An objective at an instant. */
export interface Judgement {
  readonly fromMs: number;
  /** The end of the window; in a calendar period it lies ahead. */
  readonly toMs: number;
  readonly window: Tally;
  /** True while no more is bad than may be; `null` where nothing was counted. */
  readonly met: boolean | null;
  /** The share of the error budget that is spent; above 1 it is overspent. */
  readonly spentRatio: number;
  readonly pairs: readonly JudgedPair[];
  readonly violated: readonly Violated[];
}

/** Judges an objective. */
export function judge(
  definition: Pick<ObjectiveDefinition, 'agreement' | 'budgetPpb' | 'minEvents' | 'minBadEvents' | 'slices'>,
  windows: ObjectiveWindows,
  read: ReadTally,
  nowMs: number,
): Judgement {
  const { budgetPpb } = definition;
  const { startMs, endMs } = windows.at(nowMs);
  const lengthMs = windows.lengthMs(nowMs);
  const endOfMinuteMs = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
  const window = read(startMs, endOfMinuteMs);
  // A slice counts where it begins: without this, a window shorter than a slice would mostly hold none.
  const grainMs = (definition.slices?.minutes ?? 1) * MINUTE_MS;
  const back = (ms: number): Tally =>
    read(Math.floor((endOfMinuteMs - ms) / grainMs) * grainMs, endOfMinuteMs);
  const pairs = pairsFor(lengthMs).map((pair): JudgedPair => {
    const factor = factorOf(pair, lengthMs);
    const [long, short] = [back(pair.longMs), back(pair.shortMs)];
    return {
      pair,
      factor,
      long,
      short,
      longRate: burnRate(long, budgetPpb),
      shortRate: burnRate(short, budgetPpb),
      burning: isBurning(long, short, { factor, budgetPpb }, definition),
    };
  });
  const met = window.total === 0 ? null : isMet(window, budgetPpb);
  const spentRatio = burnRate(window, budgetPpb);
  const violated = pairs
    .filter(({ burning }) => burning)
    .map(
      ({ pair, longRate }): Violated => ({
        condition: pair.name,
        severity: pair.severity,
        rate: longRate,
      }),
    );
  const enough =
    window.total >= definition.minEvents && window.total - window.good >= definition.minBadEvents;
  if (met === false && enough)
    violated.unshift({
      condition: 'budget-exhausted',
      severity: definition.agreement ? 'critical' : 'high',
      rate: spentRatio,
    });
  return { fromMs: startMs, toMs: endMs, window, met, spentRatio, pairs, violated };
}

/** Whether no more is bad than may be, without rounding. */
export function isMet({ good, total }: Tally, budgetPpb: number): boolean {
  if (Number.isSafeInteger(good) && Number.isSafeInteger(total))
    return BigInt(total - good) * 1_000_000_000n <= BigInt(total) * BigInt(budgetPpb);
  // Shares that a Prometheus gives are no counts.
  return (total - good) * 1e9 <= total * budgetPpb;
}

/** The share that is good in percent to six digits, rounded down: what is missed is never shown as met. */
export function compliancePercent({ good, total }: Tally): number | null {
  return total === 0 ? null : Math.floor((good / total) * 1e8) / 1e6;
}
