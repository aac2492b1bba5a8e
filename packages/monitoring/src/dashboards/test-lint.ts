/**
 * For tests: the rules of Grafana’s dashboard linter, of our own making, so that no other
 * program is needed: https://github.com/grafana/dashboard-linter/tree/main/docs,
 * by the names that they have there.
 */

import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';

/** What a rule found. */
export interface Finding {
  readonly rule: string;
  readonly where: string;
  readonly problem: string;
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
  readonly query?: string | { readonly query?: string };
  readonly datasource?: { readonly uid?: string };
}

interface Target {
  readonly expr?: string;
  readonly datasource?: { readonly uid?: string };
}

type Report = (rule: string, where: string, problem: string) => void;

/** Units that the linter knows, as far as they are used here. */
const units: ReadonlySet<string> = new Set([
  'none',
  'short',
  'percent',
  'percentunit',
  'currencyUSD',
  'bytes',
  'Bps',
  's',
  'ms',
  'ops',
  'reqps',
  'dateTimeFromNow',
  'bool_yes_no',
]);

const DATA_SOURCE = '${datasource}';
const ON_TIME_RANGE_CHANGE = 2;

/** Holds the rules against a dashboard in the classic form. */
export function lint(dashboard: Dashboard): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (rule, where, problem) => findings.push({ rule, where, problem });
  if (dashboard.editable !== false) report('uneditable-dashboard', dashboard.title ?? '', 'can be edited');
  lintVariables(dashboard.templating?.list ?? [], report);
  for (const panel of (dashboard.panels ?? []) as readonly Panel[]) {
    if (panel.type !== 'row') lintPanel(panel, report);
  }
  return findings;
}

function lintVariables(variables: readonly Variable[], report: Report): void {
  const named = (name: string): Variable | undefined => variables.find((one) => one.name === name);
  const source = named('datasource');
  if (source?.type !== 'datasource' || source.query !== 'prometheus' || source.label !== 'Data source')
    report('template-datasource-rule', 'datasource', 'is no variable for a Prometheus, labelled so');
  for (const [name, label] of [
    ['job', 'Job'],
    ['instance', 'Instance'],
  ] as const) {
    const variable = named(name);
    const isRight =
      variable?.type === 'query' &&
      variable.label === label &&
      variable.multi === true &&
      variable.includeAll === true &&
      variable.allValue === '.+';
    if (!isRight) report(`template-${name}-rule`, name, 'is not a choice of several, with all as .+');
  }
  for (const { name, type, query, refresh, datasource } of variables) {
    if (type !== 'query') continue;
    const text = typeof query === 'string' ? query : (query?.query ?? '');
    if (!/^label_values\((?:[a-zA-Z_:][\w:]*(?:\{[^}]*\})?, ?)?[a-zA-Z_]\w*\)$/.test(text))
      report('template-label-promql-rule', name, `asks ${text}`);
    if (refresh !== ON_TIME_RANGE_CHANGE)
      report('template-on-time-change-reload-rule', name, 'is not asked again when the time range changes');
    if (datasource?.uid !== DATA_SOURCE) report('template-datasource-rule', name, 'has another data source');
  }
}

function lintPanel(panel: Panel, report: Report): void {
  const { title = '', description = '', type, targets = [], fieldConfig } = panel;
  if (title === '' || description === '')
    report('panel-title-description-rule', title, 'has no title or no description');
  if (panel.datasource?.uid !== DATA_SOURCE)
    report('panel-datasource-rule', title, 'has another data source');
  const unit = fieldConfig?.defaults.unit ?? '';
  if (['stat', 'table', 'timeseries', 'gauge'].includes(type) && !units.has(unit))
    report('panel-units-rule', title, `has the unit ${JSON.stringify(unit)}`);
  if (targets.length === 0) report('panel-no-targets-rule', title, 'asks nothing');
  for (const { expr = '' } of targets as readonly Target[]) lintQuery(expr, title, report);
}

/** Selectors, as far as queries are written here: a name, and matchers in braces. */
const SELECTOR = /\b[a-zA-Z_:][\w:]*\{(?<matchers>(?:[^}"]|"(?:[^"\\]|\\.)*")*)\}(?!\})/g;

function lintQuery(expr: string, title: string, report: Report): void {
  if (expr === '') report('target-promql-rule', title, 'has an empty query');
  for (const [, range] of expr.matchAll(/\bi?rate\([^[\]]*\[([^\]]*)\]/g)) {
    if (range !== '$__rate_interval') report('target-rate-interval-rule', title, `has a rate over ${range}`);
  }
  for (const { groups, 0: selector } of expr.matchAll(SELECTOR)) {
    for (const label of ['job', 'instance']) {
      if (!groups?.matchers?.includes(`${label}=~"$${label}"`))
        report(`target-${label}-rule`, title, `asks ${selector} of any ${label}`);
    }
  }
  // A counter whose rate nobody takes shows nothing but how long its process lives.
  for (const [selector, name = ''] of expr.matchAll(/\b([a-z]\w*_total)\{[^}]*\}(?!\[)/g)) {
    if (!notCounters.has(name)) report('target-counter-agg-rule', title, `asks ${selector} without a range`);
  }
}

/** Gauges whose names end as those of counters do. */
const notCounters: ReadonlySet<string> = new Set(['custom_metrics_total', 'config_active_total']);
