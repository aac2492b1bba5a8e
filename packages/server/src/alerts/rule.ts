/** Rules at work: the labels and the identity of the alerts that they make, and when a value is wrong. */

import { createHash } from 'node:crypto';
import type { AlertRuleDefinition } from '../config/index.ts';
import type { Labels } from '../matching/matcher.ts';

/**
 * The identity of an alert: the rule and what its value is of. A change of the
 * rule's own labels or severity does not make another alert of it.
 */
export function fingerprintOf(rule: string, of: Labels): string {
  const pairs = Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1));
  // JSON keeps names and values apart whatever characters they hold.
  return createHash('sha256')
    .update(JSON.stringify([rule, pairs]))
    .digest('hex')
    .slice(0, 20);
}

/** The labels of an alert. Those of the rule win over those of the series, and the reserved ones over both. */
export function labelsOf(rule: AlertRuleDefinition, of: Labels): Labels {
  const present = Object.fromEntries(Object.entries(of).filter(([, value]) => value !== ''));
  return { ...present, ...rule.labels, alertname: rule.name, rule: rule.id, severity: rule.severity };
}

/**
 * Whether a value is wrong, with hysteresis: what is raised stays wrong until the
 * value is back at `resolveAt`.
 *
 * @param value NaN where there is none.
 * @param isRaised whether the alert is raised.
 */
export function isWrong(rule: AlertRuleDefinition, value: number, isRaised: boolean): boolean {
  if (Number.isNaN(value)) return rule.missing === 'keep' ? isRaised : rule.missing === 'alert';
  const bound = isRaised ? rule.resolveAt : rule.threshold;
  return rule.operator === 'above' ? value > bound : value < bound;
}
