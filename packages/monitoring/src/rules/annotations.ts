/** What an alert says: its texts with the threshold put in, and where its runbook is. */

import type { MonitoringSettings } from '../settings.ts';
import type { AlertDeclaration, ThresholdUnit } from './alert.ts';

const formats: Readonly<Record<ThresholdUnit, (value: number) => string>> = {
  ratio: (value) => `${plain(value * 100)} %`,
  percent: (value) => `${plain(value)} %`,
  seconds: (value) => (value < 1 ? `${plain(value * 1000)} ms` : `${plain(value)} s`),
  bytes: (value) => (value % 1_048_576 === 0 ? `${value / 1_048_576} MiB` : `${plain(value / 1e9)} GB`),
  usd: (value) => `$${plain(value)}`,
  usd_per_hour: (value) => `$${plain(value)} an hour`,
  number: plain,
};

/** A threshold for people. */
export function formatThreshold(value: number, unit: ThresholdUnit = 'number'): string {
  return formats[unit](value);
}

function plain(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

/** The threshold that is in force for an alert; undefined if it has none. */
export function thresholdOf(
  { name, threshold }: AlertDeclaration,
  settings: Pick<MonitoringSettings, 'thresholds'>,
): number | undefined {
  return threshold === undefined ? undefined : (settings.thresholds[name] ?? threshold);
}

/** The annotations of an alert. `words` are further words that stand for texts. */
export function annotationsOf(
  alert: AlertDeclaration,
  settings: MonitoringSettings,
  words: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const threshold = thresholdOf(alert, settings);
  const all = { ...words, $threshold: threshold === undefined ? '' : formatThreshold(threshold, alert.unit) };
  const fill = (text: string): string =>
    Object.entries(all).reduce((filled, [word, value]) => filled.replaceAll(word, () => value), text);
  return {
    summary: fill(alert.summary),
    description: fill(alert.description),
    runbook_url: `${settings.runbookUrl}${alert.name}`,
  };
}
