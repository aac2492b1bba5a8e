/**
 * Every alert is held against Prometheus' own evaluation: it fires in its scenario
 * and says what it should, does not fire with figures just below its threshold or
 * before its waiting time is over, and resolves.
 */

import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../settings.ts';
import { alertRules } from './generate.ts';
import { hasPromtool, promtoolSays, withoutPromtool } from './testing/promtool.ts';
import type { PrometheusRule, PrometheusRuleGroup } from './rule-file.ts';
import { promtoolTest, type Scenario } from './testing/scenario.ts';
import { llmScenarios } from './testing/llm-scenarios.ts';
import { otherScenarios } from './testing/other-scenarios.ts';
import { serviceScenarios } from './testing/service-scenarios.ts';

const scenarios: Readonly<Record<string, Scenario>> = {
  ...serviceScenarios,
  ...llmScenarios,
  ...otherScenarios,
};
const { groups } = alertRules(defaultSettings);

describe('scenarios', () => {
  it('are there for every alert, and for none that there is not', () => {
    const names = groups.flatMap(({ rules }) => rules.map(({ alert = '' }) => alert));
    expect(Object.keys(scenarios).toSorted()).toEqual(names.toSorted());
    expect(names.length).toBeGreaterThanOrEqual(40);
  });
});

describe.runIf(hasPromtool)(`alerts, judged by promtool${withoutPromtool}`, () => {
  it.each(groups.map((group) => [group.name, group] as const))('%s', (_name, group) => {
    // Prometheus takes a sample for gone after five minutes, so no scenario has longer intervals.
    const files = [1, 5].map((minutes) => ({
      rule_files: ['rules.yaml'],
      evaluation_interval: `${minutes}m`,
      tests: group.rules
        .map((rule) => [rule, scenarios[rule.alert ?? ''] as Scenario] as const)
        .filter(([, { intervalMinutes = 1 }]) => intervalMinutes === minutes)
        .map(([rule, scenario]) => promtoolTest(rule, scenario)),
    }));
    const said = promtoolSays({ groups: [group] }, files);
    expect(said).toContain('SUCCESS');
    expect(said).not.toContain('FAILED');
  });

  it('would notice an alert that says something else, or fires too early', () => {
    const group = groups.find(({ name }) => name === 'bellwether-warning') as PrometheusRuleGroup;
    const [rule] = group.rules as readonly [PrometheusRule];
    const scenario = scenarios.HighErrorRate as Scenario;
    const judge = (changed: PrometheusRule): string =>
      promtoolSays({ groups: [{ ...group, rules: [changed] }] }, [
        {
          rule_files: ['rules.yaml'],
          evaluation_interval: '1m',
          tests: [promtoolTest(rule, scenario)],
        },
      ]);
    expect(judge(rule)).not.toContain('FAILED');
    expect(judge({ ...rule, expr: rule.expr.replace('> 0.05', '> 0.049') })).toContain('FAILED');
    expect(judge({ ...rule, for: '0s' })).toContain('FAILED');
    expect(judge({ ...rule, annotations: { ...rule.annotations, summary: 'Oh' } })).toContain('FAILED');
  });
});
