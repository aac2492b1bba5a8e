/**
 * What the declaration of an alert holds: the rule itself, and the page that the
 * person who is woken by it reads. Rule, runbook and test follow from the one
 * declaration, so that none can say something else than the others.
 */

/** How much an alert matters, in the words of Prometheus' users. Of our own severities, critical is critical, warning high or medium, info low. */
export type AlertSeverity = 'critical' | 'warning' | 'info';

/** What a threshold counts in, for its texts. */
export type ThresholdUnit = 'ratio' | 'percent' | 'seconds' | 'bytes' | 'usd' | 'usd_per_hour' | 'number';

/** A step of a diagnosis: what to look at, and the query that shows it. */
export type DiagnosisStep = readonly [text: string, promql?: string];

/** What a person needs who has to act on an alert. */
export interface Runbook {
  /** What is the case when it fires. */
  readonly meaning: string;
  /** Who notices, and what happens if nobody acts. */
  readonly impact: string;
  readonly diagnosis: readonly DiagnosisStep[];
  readonly mitigation: readonly string[];
}

/**
 * An alert. In `expr` and in the texts, `$threshold` stands for the threshold;
 * in `expr`, `$serverJob` stands for the job under which the server is scraped.
 * Families are written plainly: matchers of jobs are put in when rules are generated.
 */
export interface AlertDeclaration {
  readonly name: string;
  readonly severity: AlertSeverity;
  readonly expr: string;
  readonly threshold?: number;
  readonly unit?: ThresholdUnit;
  /** How long the expression has to hold, against flapping. */
  readonly for: string;
  /** One line; Prometheus' templates are permitted. */
  readonly summary: string;
  readonly description: string;
  readonly runbook: Runbook;
}

/** Alerts that are looked after by the same people, evaluated together. */
export interface AlertGroup {
  readonly name: string;
  readonly title: string;
  readonly alerts: readonly AlertDeclaration[];
}
