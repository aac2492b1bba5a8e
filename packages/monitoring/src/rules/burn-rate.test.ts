import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../settings.ts';
import { burnFactor, pageWindows, ticketWindows } from './burn-rate.ts';
import { objectiveRules } from './generate.ts';
import { defaultObjectives, type Objective } from './objective.ts';
import { hasPromtool, promtoolSays, withoutPromtool } from './testing/promtool.ts';
import { promtoolTest, type Scenario } from './testing/scenario.ts';

const all = objectiveRules(defaultSettings).groups.flatMap((group) => group.rules);
const rules = objectiveRules({ ...defaultSettings, objectives: defaultObjectives.slice(0, 1) });
const chat = 'provider="openai",task_type="generation"';
const requests = `llm_requests_total{${chat},model="m"}`;
const errors = `llm_errors_total{${chat},error_type="api_error"}`;
const labels = { slo: 'llm-availability' };

/** What promtool says of an alert of the availability objective. */
function judge(
  alert: string,
  scenario: Scenario,
  change: (test: unknown) => unknown = (test) => test,
): string {
  const rule = all.find((one) => one.alert === alert && one.labels?.slo === labels.slo);
  if (rule === undefined) throw new Error(`there is no ${alert}`);
  const minutes = scenario.intervalMinutes ?? 1;
  const file = {
    rule_files: ['rules.yaml'],
    evaluation_interval: `${minutes}m`,
    tests: [change(promtoolTest(rule, scenario))],
  };
  return promtoolSays(rules, [file]);
}

describe('burn rates', () => {
  it('are those of the workbook for 30 days', () => {
    expect([...pageWindows, ...ticketWindows].map((pair) => burnFactor(pair, 30))).toEqual([14.4, 6, 3, 1]);
  });

  it('follow from the same shares of the budget for 7 days', () => {
    expect([...pageWindows, ...ticketWindows].map((pair) => burnFactor(pair, 7))).toEqual([
      3.36, 1.4, 0.7, 0.233333,
    ]);
  });

  it('are alerted on in two rules for each objective, each with its runbook', () => {
    const alerts = all.filter(({ alert }) => alert !== undefined);
    expect(alerts.map(({ alert, labels: own }) => `${own?.slo} ${alert}`)).toEqual(
      defaultObjectives.flatMap(({ name }) => [
        `${name} SLOErrorBudgetFastBurn`,
        `${name} SLOErrorBudgetSlowBurn`,
      ]),
    );
  });

  it('take objectives of one’s own', () => {
    const objective: Objective = {
      name: 'checkout',
      description: 'Checkouts that work.',
      target: 0.999,
      periodDays: 28,
      badQuery: 'sum by () (rate(checkout_failures_total[$window]))',
      totalQuery: 'sum by () (rate(checkouts_total[$window]))',
      eventsPerHourMin: 10,
    };
    const { groups } = objectiveRules({ ...defaultSettings, objectives: [objective], keepLabels: [] });
    expect(groups.map(({ name }) => name)).toEqual([
      'bellwether-slo-checkout',
      'bellwether-slo-checkout-long',
    ]);
    expect(groups[0]?.rules[0]).toEqual({
      record: 'slo:errors_per_event:ratio_rate5m',
      expr: '((sum by () (rate(checkout_failures_total[5m]))) or 0 * (sum by () (rate(checkouts_total[5m])))) / (sum by () (rate(checkouts_total[5m])) > 0)',
      labels: { slo: 'checkout' },
    });
    expect(groups[0]?.rules.at(-2)?.expr).toContain('ratio_rate1h{slo="checkout"} > 0.01344');
  });
});

describe.runIf(hasPromtool)(`burn-rate alerts, judged by promtool${withoutPromtool}`, () => {
  it('call somebody when a few hours would use up the budget, and stop when it is over', () => {
    const said = judge('SLOErrorBudgetFastBurn', {
      // 17 % are less than six times the budget of 3 %.
      series: [
        [requests, 10, 10],
        [errors, 1.7, 6],
      ],
      phases: [420, 60, 90],
      labels,
      shown: '60%',
    });
    expect(said).toContain('SUCCESS');
    expect(said).not.toContain('FAILED');
  });

  it('stay silent where there is hardly any traffic', () => {
    const said = judge(
      'SLOErrorBudgetFastBurn',
      {
        series: [
          [requests, 0.5, 0.5],
          [errors, 0, 0.5],
        ],
        phases: [420, 60, 90],
        labels,
      },
      (test) => {
        const own = test as { alert_rule_test: readonly { exp_alerts: readonly unknown[] }[] };
        return { ...own, alert_rule_test: own.alert_rule_test.map((at) => ({ ...at, exp_alerts: [] })) };
      },
    );
    expect(said).toContain('SUCCESS');
    expect(said).not.toContain('FAILED');
  });

  it('open a ticket when the budget will not last', () => {
    const said = judge('SLOErrorBudgetSlowBurn', {
      intervalMinutes: 5,
      series: [
        [requests, 50, 50],
        [errors, 1, 6],
      ],
      phases: [600, 300, 100],
      labels,
      shown: '12%',
    });
    expect(said).toContain('SUCCESS');
    expect(said).not.toContain('FAILED');
  });

  it('show how much of the budget is left', () => {
    const test = {
      rule_files: ['rules.yaml'],
      evaluation_interval: '5m',
      tests: [
        {
          interval: '5m',
          input_series: [
            { series: `llm_requests_total{job="custom-metrics",${chat},model="m"}`, values: '0+100x600' },
            { series: `llm_errors_total{job="custom-metrics",${chat},error_type="x"}`, values: '0+1x600' },
            // The same from an application is not counted twice.
            { series: `llm_requests_total{job="llm-applications",${chat},model="m"}`, values: '0+100x600' },
          ],
          promql_expr_test: [
            {
              expr: 'round(slo:error_budget_remaining:ratio{slo="llm-availability"}, 0.0001)',
              eval_time: '2d',
              exp_samples: [{ labels: '{slo="llm-availability"}', value: 0.6667 }],
            },
          ],
        },
      ],
    };
    const said = promtoolSays(rules, [test]);
    expect(said).toContain('SUCCESS');
  });
});
