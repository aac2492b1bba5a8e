/** Rules, dashboards, configuration and runbooks, generated from the metric catalogue. */
export { alertGroups } from './rules/alerts/index.ts';
export { sloAlerts } from './rules/alerts/slo.ts';
export type { AlertDeclaration, AlertGroup, AlertSeverity, Runbook } from './rules/alert.ts';
export { alertRules, objectiveRules, recordingRules, ruleFileText } from './rules/generate.ts';
export { defaultObjectives, type Objective } from './rules/objective.ts';
export type { PrometheusRule, PrometheusRuleFile, PrometheusRuleGroup } from './rules/rule-file.ts';
export { defaultSettings, type MonitoringSettings } from './settings.ts';
