/** The files that are generated for each program, by their paths below the folder that somebody names. */

import { alertRules, objectiveRules, recordingRules, ruleFileText } from '../rules/generate.ts';
import type { MonitoringSettings } from '../settings.ts';
import { alertmanagerConfig, type AlertmanagerSetting } from './alertmanager-config.ts';
import { prometheusConfig, type PrometheusSetting } from './prometheus-config.ts';

/** Texts by their relative paths. */
export type Files = Readonly<Record<string, string>>;

/** Everything for Prometheus. @throws RangeError for settings that make no sense. */
export function prometheusFiles(
  settings: MonitoringSettings,
  setting: Omit<PrometheusSetting, 'serverJob' | 'applicationJob'>,
): Files {
  const { serverJob, applicationJob } = settings;
  return {
    'prometheus.yml': prometheusConfig({ ...setting, serverJob, applicationJob }),
    'rules/recording.yaml': ruleFileText(recordingRules(settings), 'Recording rules of Bellwether.'),
    'rules/alerts.yaml': ruleFileText(alertRules(settings), 'Alert rules of Bellwether.'),
    'rules/slo.yaml': ruleFileText(objectiveRules(settings), 'Burn-rate rules of the objectives.'),
  };
}

/** Everything for Alertmanager. @throws RangeError for channels that cannot be. */
export function alertmanagerFiles(setting: AlertmanagerSetting): Files {
  return { 'alertmanager.yml': alertmanagerConfig(setting) };
}
