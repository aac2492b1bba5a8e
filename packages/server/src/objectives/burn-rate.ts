/**
 * Burn rates: how many times faster than the window allows an error budget is being
 * spent, and the pairs of windows that tell when that is worth waking someone or
 * writing a ticket. From the Site Reliability Workbook, chapter 5, "Multiwindow,
 * Multi-Burn-Rate Alerts"; the pairs are those of Sloth's `google-30d` windows.
 */

import { HOUR_MS, MINUTE_MS } from './count-book.ts';
import type { Tally } from './tally-ring.ts';

/** How bad a violation is. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** Two windows that must both burn: the long one that it matters, the short one that it still goes on. */
export interface BurnPair {
  readonly name: string;
  readonly longMs: number;
  /** A twelfth of the long one. */
  readonly shortMs: number;
  /** The share of the budget that is spent when it begins to burn. */
  readonly budgetShare: number;
  readonly response: 'page' | 'ticket';
  readonly severity: Severity;
}

/** The pairs, most urgent first. */
export const burnPairs: readonly BurnPair[] = [
  pair('page-1h', 1, 0.02, 'page', 'critical'),
  pair('page-6h', 6, 0.05, 'page', 'high'),
  pair('ticket-1d', 24, 0.1, 'ticket', 'medium'),
  pair('ticket-3d', 72, 0.1, 'ticket', 'low'),
];

function pair(
  name: string,
  hours: number,
  budgetShare: number,
  response: BurnPair['response'],
  severity: Severity,
): BurnPair {
  return { name, longMs: hours * HOUR_MS, shortMs: hours * 5 * MINUTE_MS, budgetShare, response, severity };
}

/**
 * The pairs that fit a period: in a short one the longer windows would say nothing
 * that the period itself does not. A day in nine is the most, so that a month has
 * them all.
 */
export function pairsFor(periodMs: number): readonly BurnPair[] {
  return burnPairs.filter(({ longMs }) => longMs * 9 <= periodMs);
}

/**
 * The burn rate from which on a pair burns: the rate that spends its share of the
 * budget within the long window. On 30 days: 14.4, 6, 3 and 1.
 */
export function factorOf({ budgetShare, longMs }: BurnPair, periodMs: number): number {
  // Rounded, since 0.05 × 720 / 6 would be 6.000000000000001.
  return Math.round(((budgetShare * periodMs) / longMs) * 1e9) / 1e9;
}

/** The share of what was counted that is bad, divided by what may be; 0 where nothing was counted. */
export function burnRate({ good, total }: Tally, budgetPpb: number): number {
  return total === 0 ? 0 : ((total - good) * 1e9) / (total * budgetPpb);
}

/** What keeps a few failures among few requests from being a violation. */
export interface TrafficGuard {
  readonly minEvents: number;
  readonly minBadEvents: number;
}

/** Whether a pair burns: both windows above the factor, and enough traffic in the long one to tell. */
export function isBurning(
  long: Tally,
  short: Tally,
  { factor, budgetPpb }: { readonly factor: number; readonly budgetPpb: number },
  { minEvents, minBadEvents }: TrafficGuard,
): boolean {
  if (long.total < minEvents || long.total - long.good < minBadEvents) return false;
  return burnRate(long, budgetPpb) > factor && burnRate(short, budgetPpb) > factor;
}
