/**
 * The life of an alert under its rule, as a pure function: from nothing to pending,
 * raised, and resolved again. What people do to alerts is in `deeds.ts`.
 */

import type { AlertRuleDefinition } from '../config/index.ts';
import type { Alert } from './alert.ts';
import type { RuleValue } from './evaluator.ts';
import { fingerprintOf, isWrong, labelsOf } from './rule.ts';

/** For so long a flapping alert must be well before it is resolved. */
export const FLAPPING_HOLD_MS = 15 * 60_000;

/** What an evaluation does to an alert. */
export type Step =
  /** Nothing that would have to be stored; the alert may show a new value. */
  | { readonly kind: 'none' }
  /** The alert is over before it was raised, or its dismissal is. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'keep' | 'raise' | 'resolve'; readonly alert: Alert };

/**
 * The next step in an alert's life.
 *
 * @param alert what there is of this fingerprint: an alert that is not over, one that was resolved by
 *   hand while the value was still wrong, or nothing.
 * @param seq the number for an alert that begins now.
 */
export function nextStep(
  rule: AlertRuleDefinition,
  alert: Alert | undefined,
  { labels, value }: RuleValue,
  nowMs: number,
  seq: () => number,
): Step {
  const wasRaised = alert !== undefined && alert.state !== 'pending';
  const wrong = isWrong(rule, value, wasRaised);
  if (alert === undefined) {
    if (!wrong) return { kind: 'none' };
    const begun = beginAlert(rule, labels, value, nowMs, seq());
    return rule.forMs === 0 ? raise(rule, begun, value, nowMs) : { kind: 'keep', alert: begun };
  }
  // Resolved by hand: it is not raised again before it has been well once.
  if (alert.state === 'resolved') return wrong ? { kind: 'none' } : { kind: 'drop' };
  if (alert.state === 'pending') {
    if (!wrong) return { kind: 'drop' };
    return nowMs - alert.sinceMs >= rule.forMs ? raise(rule, alert, value, nowMs) : { kind: 'none' };
  }
  if (wrong) {
    return alert.clearSinceMs === null
      ? { kind: 'none' }
      : { kind: 'keep', alert: { ...alert, clearSinceMs: null } };
  }
  const clearSinceMs = alert.clearSinceMs ?? nowMs;
  const heldMs = Math.max(rule.keepFiringMs, alert.flapping ? FLAPPING_HOLD_MS : 0);
  if (nowMs - clearSinceMs >= heldMs) {
    const resolved = { atMs: nowMs, by: 'rule' };
    return { kind: 'resolve', alert: { ...alert, state: 'resolved', clearSinceMs, resolved } };
  }
  return alert.clearSinceMs === null ? { kind: 'keep', alert: { ...alert, clearSinceMs } } : { kind: 'none' };
}

function raise(rule: AlertRuleDefinition, alert: Alert, value: number, nowMs: number): Step {
  const texts = textsOf(rule, alert.of, value);
  return { kind: 'raise', alert: { ...alert, ...texts, state: 'raised', raisedAtMs: nowMs } };
}

function beginAlert(
  rule: AlertRuleDefinition,
  of: Alert['of'],
  value: number,
  nowMs: number,
  seq: number,
): Alert {
  const fingerprint = fingerprintOf(rule.id, of);
  return {
    id: `${fingerprint.slice(0, 8)}-${seq}`,
    seq,
    fingerprint,
    rule: rule.id,
    of,
    ...textsOf(rule, of, value),
    state: 'pending',
    sinceMs: nowMs,
    raisedAtMs: null,
    clearSinceMs: null,
    acknowledged: null,
    resolved: null,
    snoozedUntilMs: null,
    escalatedAtMs: null,
    announcedAtMs: null,
    toldAtMs: null,
    flapping: false,
    incident: null,
    destinations: [],
  };
}

type Texts = Pick<
  Alert,
  'name' | 'severity' | 'labels' | 'summary' | 'description' | 'runbook' | 'threshold' | 'value'
>;

function textsOf(rule: AlertRuleDefinition, of: Alert['of'], value: number): Texts {
  const { name, severity, threshold, runbook } = rule;
  const labels = labelsOf(rule, of);
  const shown = { labels, value, threshold, severity, name };
  return {
    name,
    severity,
    labels,
    threshold,
    runbook,
    value: Number.isNaN(value) ? null : value,
    summary: rule.summary.render(shown),
    description: rule.description.render(shown),
  };
}
