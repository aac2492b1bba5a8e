import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { catalogue } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { familiesIn } from '../promql/families.ts';
import { alertNamed } from '../runbooks/page.ts';
import { ruleFileText } from '../rules/generate.ts';
import { checkRules, hasPromtool, withoutPromtool } from '../rules/testing/promtool.ts';
import { defaultSettings } from '../settings.ts';
import { boards } from './boards/index.ts';
import { classicDashboard } from './classic.ts';
import { defaultGrafanaSetting, grafanaFiles, wantedBoards } from './index.ts';
import { placed } from './layout.ts';
import { lint } from './test-lint.ts';
import { v2Dashboard } from './v2.ts';
import { narrowed } from './variables.ts';

const each = boards.map((board) => [board.uid, board] as const);
const panelsOf = (board: (typeof boards)[number]) => board.sections.flatMap(({ panels }) => panels);

/** The parts of a V2 resource that are looked at. */
interface V2 {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly elements: Readonly<Record<string, { readonly spec: V2Panel }>>;
    readonly variables: readonly { readonly spec: { readonly name: string } }[];
  };
}

interface V2Panel {
  readonly title: string;
  readonly data: {
    readonly spec: {
      readonly queries: readonly {
        readonly spec: { readonly query: { readonly spec: { readonly expr: string } } };
      }[];
    };
  };
}

/** What of a dashboard reaches its file. */
const asPlain = (value: object): unknown => JSON.parse(JSON.stringify(value));

/** What the linter would find, and why it is as it should be. */
const exclusions: readonly (readonly [rule: string, reason: string])[] = [
  [
    'template-job-rule',
    'All as .+ would add what applications record of requests that the server counts too.',
  ],
];

/** Selectors of what applications record, and of what rules record, have no instance of the server. */
const isOfOthers = (problem: string): boolean => /job=~"\$app_job"|asks slo:/.test(problem);

describe('dashboards', () => {
  it('are the ten that there are, with as many panels as promised', () => {
    expect(boards.map((board) => [board.uid, panelsOf(board).length])).toEqual([
      ['bellwether-llm-cost', 13],
      ['bellwether-overview', 14],
      ['bellwether-load-balancer', 14],
      ['bellwether-tasks', 6],
      ['bellwether-models', 8],
      ['bellwether-business', 14],
      ['bellwether-slo', 5],
      ['bellwether-budgets', 10],
      ['bellwether-platform', 17],
      ['bellwether-itself', 25],
    ]);
  });

  it.each(each)('%s passes the linter', (_uid, board) => {
    const findings = lint(classicDashboard(board, defaultSettings)).filter(
      ({ rule, problem }) =>
        !exclusions.some(([excluded]) => excluded === rule) &&
        !(/^target-(job|instance)-rule$/.test(rule) && isOfOthers(problem)),
    );
    expect(findings).toEqual([]);
  });

  it.each(each)('%s has the same panels and variables in both forms', (_uid, board) => {
    const classic = classicDashboard(board, defaultSettings);
    const { apiVersion, kind, metadata, spec } = asPlain(v2Dashboard(board, defaultSettings)) as V2;
    expect([apiVersion, kind, metadata.name]).toEqual(['dashboard.grafana.app/v2', 'Dashboard', board.uid]);
    const elements = Object.values(spec.elements).map((element) => element.spec);
    const panels = (classic.panels ?? []).flatMap((panel) => (panel.type === 'row' ? [] : [panel as Panel]));
    expect(elements.map(({ title }) => title)).toEqual(panels.map(({ title }) => title));
    expect(elements.map(({ data }) => data.spec.queries.map((query) => query.spec.query.spec.expr))).toEqual(
      panels.map(({ targets }) => (asPlain(targets ?? []) as { expr: string }[]).map(({ expr }) => expr)),
    );
    expect(spec.variables.map((variable) => variable.spec.name)).toEqual(
      (classic.templating?.list ?? []).map(({ name }) => name),
    );
  });

  it.each(each)('%s has panels side by side that do not overlap', (_uid, board) => {
    const taken = new Set<string>();
    for (const { place } of placed(board.sections)) {
      expect(place.x + place.w).toBeLessThanOrEqual(24);
      for (let x = place.x; x < place.x + place.w; x++) {
        for (let y = place.y; y < place.y + place.h; y++) {
          expect(taken).not.toContain(`${x},${y}`);
          taken.add(`${x},${y}`);
        }
      }
    }
  });

  it('lead to runbooks that there are', () => {
    const alerts = boards.flatMap(panelsOf).flatMap((panel) => panel.alerts ?? []);
    expect(alerts.filter((name) => alertNamed(name) === undefined)).toEqual([]);
  });

  it.runIf(hasPromtool)(`have queries that Prometheus can read${withoutPromtool}`, () => {
    const queries = boards.flatMap((board) =>
      panelsOf(board).flatMap((panel) =>
        panel.queries.map((query) => narrowed(query, board, defaultSettings)),
      ),
    );
    const rules = queries.map((expr, index) => ({
      record: `query:${index}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '6h'),
    }));
    const { status, output } = checkRules(ruleFileText({ groups: [{ name: 'queries', rules }] }, 'Queries'));
    expect(output).toContain(`${queries.length} rules found`);
    expect(status).toBe(0);
  });

  it('refresh every thirty seconds, choose a data source and show deployments', () => {
    const dashboard = classicDashboard(boards[0] as (typeof boards)[number], defaultSettings);
    expect(dashboard).toMatchObject({ refresh: '30s', time: { from: 'now-6h', to: 'now' } });
    expect(dashboard.templating?.list?.map(({ name }) => name)).toEqual([
      'datasource',
      'environment',
      'cluster',
      'job',
      'instance',
      'provider',
      'task_type',
    ]);
    expect(dashboard.annotations?.list?.map(({ name, enable }) => [name, enable])).toEqual([
      ['Deployments', true],
      ['Restarts', true],
      ['Alerts', false],
    ]);
  });

  it('have the panels of the packs in use only', () => {
    const wanted = wantedBoards({ packs: ['platform'] });
    expect(wanted.map(({ uid }) => uid)).toEqual([
      'bellwether-overview',
      'bellwether-slo',
      'bellwether-platform',
      'bellwether-itself',
    ]);
    const families = wanted
      .flatMap(panelsOf)
      .flatMap(({ queries }) => queries.flatMap(({ expr }) => familiesIn(expr)));
    expect([...new Set(families.map(({ pack }) => pack))]).toEqual(['platform']);
  });

  it('show most of what the catalogue has', () => {
    const shown = new Set(
      boards.flatMap(panelsOf).flatMap(({ queries }) => queries.flatMap(({ expr }) => familiesIn(expr))),
    );
    expect(shown.size).toBeGreaterThan(catalogue.length / 3);
  });

  it('come with the files that provision them', () => {
    expect(Object.keys(grafanaFiles(defaultSettings, defaultGrafanaSetting, 'v2'))).toEqual([
      ...boards.map(({ uid }) => `dashboards/${uid}.json`),
      'provisioning/datasources/bellwether.yaml',
      'provisioning/dashboards/bellwether.yaml',
    ]);
  });
});

describe('the linter', () => {
  const [board] = boards as readonly [(typeof boards)[number]];
  const changed = (change: (text: string) => string): string[] =>
    lint(JSON.parse(change(JSON.stringify(classicDashboard(board, defaultSettings)))) as never).map(
      ({ rule }) => rule,
    );

  it.each([
    ['target-rate-interval-rule', '$__rate_interval', '5m'],
    ['panel-units-rule', '"unit":"reqps"', '"unit":"requests"'],
    ['panel-title-description-rule', '"description":"By provider."', '"description":""'],
    ['target-job-rule', 'job=~\\"$job\\"', 'job=\\"custom-metrics\\"'],
    ['target-instance-rule', ', instance=~\\"$instance\\"', ''],
    ['template-instance-rule', '"allValue":".+"', '"allValue":".*"'],
    ['template-on-time-change-reload-rule', '"refresh":2', '"refresh":1'],
    ['uneditable-dashboard', '"editable":false', '"editable":true'],
    ['target-counter-agg-rule', '[$__range]', ''],
  ])('finds %s', (rule, was, is) => {
    expect(changed((text) => text.replaceAll(was, () => is))).toContain(rule);
    expect(changed((text) => text)).not.toContain(rule);
  });
});
