/** The shape of Prometheus' rule files, as far as it is used here. */

/** A recording or an alerting rule. */
export interface PrometheusRule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Rules that are evaluated one after another, at one time. */
export interface PrometheusRuleGroup {
  readonly name: string;
  /** Prometheus' own evaluation interval unless given. */
  readonly interval?: string;
  readonly rules: readonly PrometheusRule[];
}

/** A rule file. */
export interface PrometheusRuleFile {
  readonly groups: readonly PrometheusRuleGroup[];
}
