/**
 * Scenarios for `promtool test rules`: a quiet time with figures just below the
 * threshold, a time in which something is wrong, and a quiet time again. The alert
 * may not fire at the end of the first, nor before its waiting time is over, has to
 * fire at the end of the second, and has to be gone at the end of the third.
 */

import { familyOfSample } from '../../promql/families.ts';
import { durationSeconds } from '../../promql/durations.ts';
import { jobMatcher } from '../../promql/select.ts';
import { defaultSettings } from '../../settings.ts';
import type { PrometheusRule } from '../rule-file.ts';

/** A gauge that grows: by so much in each interval, quiet and wrong. */
export interface Growth {
  readonly from: number;
  readonly grows: number;
}

/**
 * A series: its selector, then its level (gauges) or its growth in each interval
 * (counters), quiet and wrong; null where it is absent.
 */
export type ScenarioSeries = readonly [
  selector: string,
  quiet: number | Growth | null,
  wrong: number | Growth | null,
];

/** What is fed to an alert, and what it has to say. */
export interface Scenario {
  readonly series: readonly ScenarioSeries[];
  /** Labels of the one alert that fires, without its severity. */
  readonly labels: Readonly<Record<string, string>>;
  /** How Prometheus prints `$value` in the texts of the alert. */
  readonly shown?: string;
  readonly intervalMinutes?: number;
  /** Intervals of the three times. */
  readonly phases?: readonly [quiet: number, wrong: number, after: number];
}

const DEFAULT_PHASES = [60, 60, 90] as const;

interface PromtoolTest {
  readonly interval: string;
  readonly name: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly unknown[];
  }[];
}

/** One test of promtool for an alert. */
export function promtoolTest(rule: PrometheusRule, scenario: Scenario): PromtoolTest {
  const { intervalMinutes = 1, phases = DEFAULT_PHASES } = scenario;
  const [quiet, wrong, after] = phases;
  const alertname = rule.alert ?? '';
  const expected = {
    exp_labels: { severity: rule.labels?.severity, ...scenario.labels },
    exp_annotations: Object.fromEntries(
      Object.entries(rule.annotations ?? {}).map(([name, text]) => [name, rendered(text, scenario)]),
    ),
  };
  const at = (interval: number, alerts: readonly unknown[]): PromtoolTest['alert_rule_test'][number] => ({
    eval_time: `${interval * intervalMinutes}m`,
    alertname,
    exp_alerts: alerts,
  });
  const waits = durationSeconds(rule.for ?? '0s') >= 2 * intervalMinutes * 60;
  return {
    name: alertname,
    interval: `${intervalMinutes}m`,
    input_series: scenario.series.map((series) => inputSeries(series, phases)),
    alert_rule_test: [
      at(quiet, []),
      ...(waits ? [at(quiet + 1, [])] : []),
      at(quiet + wrong, [expected]),
      at(quiet + wrong + after, []),
    ],
  };
}

/** Puts in what Prometheus puts in: labels, and the value in the words of the scenario. */
function rendered(text: string, { labels, shown = '' }: Scenario): string {
  return text
    .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_text, label: string) => labels[label] ?? '')
    .replace(/\{\{ \$value [^}]*\}\}/g, shown);
}

function inputSeries(
  [selector, quietStep, wrongStep]: ScenarioSeries,
  [quiet, wrong, after]: readonly [number, number, number],
): { series: string; values: string } {
  const [name = '', own = ''] = selector.split(/[{}]/);
  const family = familyOfSample.get(name);
  const grows = family !== undefined && family.type !== 'gauge' && family.type !== 'info';
  const steps = [
    ...Array<ScenarioSeries[1]>(quiet + 1).fill(quietStep),
    ...Array<ScenarioSeries[1]>(wrong).fill(wrongStep),
    ...Array<ScenarioSeries[1]>(after).fill(quietStep),
  ];
  let sum: number | undefined;
  const values = steps.map((step) => {
    if (step === null) return '_';
    if (typeof step === 'object') sum = (sum ?? step.from) + step.grows;
    else sum = grows ? (sum ?? 0) + step : step;
    return String(sum);
  });
  return {
    series: `${name}{${[...jobOf(name, own), ...(own === '' ? [] : [own])].join(', ')}}`,
    values: values.join(' '),
  };
}

function jobOf(name: string, own: string): string[] {
  const family = familyOfSample.get(name);
  if (family === undefined || /\bjob=/.test(own)) return [];
  const { serverJob, applicationJob } = defaultSettings;
  return [jobMatcher(family.recordedBy.includes('server') ? serverJob : applicationJob)];
}
