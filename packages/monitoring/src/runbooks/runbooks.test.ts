import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { familyOfSample } from '../promql/families.ts';
import { objectiveRules, ruleFileText } from '../rules/generate.ts';
import { checkRules, hasPromtool, withoutPromtool } from '../rules/testing/promtool.ts';
import { defaultSettings } from '../settings.ts';
import { runbookGroups, runbookIndex, runbookPage } from './page.ts';

const folder = join(import.meta.dirname, '../../../../docs/runbooks');
const alerts = runbookGroups.flatMap((group) => group.alerts);
const queries = alerts.flatMap(({ name, runbook }) =>
  runbook.diagnosis.flatMap(([, promql]) => (promql === undefined ? [] : [{ name, promql }])),
);

describe('runbooks', () => {
  it.each(alerts.map((alert) => [alert.name, alert] as const))(
    '%s is docs/runbooks/%s.md (renew with vitest -u)',
    async (name, alert) => {
      await expect(runbookPage(alert)).toMatchFileSnapshot(join(folder, `${name}.md`));
    },
  );

  it('are listed', async () => {
    await expect(runbookIndex()).toMatchFileSnapshot(join(folder, 'README.md'));
  });

  it('are there for the alerts that there are, and no others', () => {
    const names = [...alerts.map(({ name }) => `${name}.md`), 'README.md'];
    expect(readdirSync(folder).toSorted()).toEqual(names.toSorted());
    expect(new Set(names).size).toBe(names.length);
  });

  it('say something under each heading', () => {
    const poor = alerts.filter(
      ({ runbook: { meaning, impact, diagnosis, mitigation } }) =>
        [meaning, impact, ...mitigation].some((text) => !/[.!?]$/.test(text)) ||
        mitigation.length === 0 ||
        diagnosis.length === 0,
    );
    expect(poor.map(({ name }) => name)).toEqual([]);
  });

  it('ask only for series that there are', () => {
    const recorded = objectiveRules(defaultSettings).groups.flatMap(({ rules }) =>
      rules.map(({ record = '' }) => record),
    );
    const ofPrometheus = [
      'up',
      'scrape_samples_scraped',
      'scrape_duration_seconds',
      'prometheus_config_last_reload_successful',
    ];
    const known = new Set([...familyOfSample.keys(), ...recorded, ...ofPrometheus]);
    const strays = queries.flatMap(({ name, promql }) =>
      (
        promql
          .replace(/"[^"]*"/g, '')
          .match(
            /\b(?!group_left\b|histogram_quantile\b|predict_linear\b|error_type\b|token_type\b|task_type\b|event_type\b|gen_ai_\w*(?:name|model|type)\b)[a-z]+[_:][\w:]+/g,
          ) ?? []
      )
        .filter((word) => !known.has(word))
        .map((word) => `${name}: ${word}`),
    );
    expect(strays).toEqual([]);
    expect(queries.length).toBeGreaterThan(150);
  });

  it.runIf(hasPromtool)(`have queries that Prometheus can read${withoutPromtool}`, () => {
    const rules = queries.map(({ promql }, index) => ({ record: `query:${index}`, expr: promql }));
    const { status, output } = checkRules(ruleFileText({ groups: [{ name: 'queries', rules }] }, 'Queries'));
    expect(output).toContain(`${queries.length} rules found`);
    expect(status).toBe(0);
  });
});
