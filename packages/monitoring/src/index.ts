/** Rules, configuration and runbooks, generated from the metric catalogue. The dashboards are under `/dashboards`. */
export { alertGroups } from './rules/alerts/index.ts';
export { sloAlerts } from './rules/alerts/slo.ts';
export type { AlertDeclaration, AlertGroup, AlertSeverity, Runbook } from './rules/alert.ts';
export { alertRules, objectiveRules, recordingRules, ruleFileText } from './rules/generate.ts';
export { defaultObjectives, type Objective } from './rules/objective.ts';
export type { PrometheusRule, PrometheusRuleFile, PrometheusRuleGroup } from './rules/rule-file.ts';
export { defaultSettings, type MonitoringSettings } from './settings.ts';
export { durationSeconds } from './promql/durations.ts';
export { alertNamed, runbookIndex, runbookPage } from './runbooks/page.ts';
export {
  type AlertmanagerSetting,
  alertmanagerConfig,
  defaultAlertmanagerSetting,
  defaultChannels,
} from './stack/alertmanager-config.ts';
export { type AlertmanagerVersion, alertmanagerVersion, type Channel } from './stack/channel.ts';
export { alertmanagerFiles, type Files, prometheusFiles } from './stack/files.ts';
export { type Inhibition, inhibitions } from './stack/inhibitions.ts';
export { defaultPrometheusSetting, type PrometheusSetting } from './stack/prometheus-config.ts';
