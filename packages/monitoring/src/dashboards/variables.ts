/**
 * The variables of dashboards, and the matchers by which they narrow a query down.
 * Which matchers a family gets follows from its labels in the catalogue.
 */

import type { FamilyDeclaration } from '@bellwether/events';
import { familiesIn } from '../promql/families.ts';
import { jobMatcher, withMatchers } from '../promql/select.ts';
import type { MonitoringSettings } from '../settings.ts';
import type { BoardDeclaration, PanelQuery, VariableName } from './board.ts';

/** A variable whose values are those of a label. */
export interface LabelVariable {
  readonly name: string;
  readonly label: string;
  /** `label_values(…)`. */
  readonly query: string;
  /** What All stands for. Null: the values that were found. */
  readonly allValue: '.+' | '.*' | null;
}

/** The family in which the values of a variable are found, and the labels that it narrows. */
const found: Readonly<Record<VariableName, { label: string; family: string; narrows: readonly string[] }>> = {
  provider: { label: 'Provider', family: 'llm_requests_total', narrows: ['provider'] },
  task_type: { label: 'Task type', family: 'llm_requests_total', narrows: ['task_type'] },
  model: { label: 'Model', family: 'llm_requests_total', narrows: ['model', 'gen_ai_request_model'] },
  team: { label: 'Team', family: 'business_requests_total', narrows: ['team'] },
  backend: { label: 'Backend', family: 'load_balancer_requests_total', narrows: ['backend'] },
};

/** The variables of a dashboard but its data source. */
export function labelVariables(
  board: BoardDeclaration,
  { keepLabels, applicationJob }: MonitoringSettings,
): LabelVariable[] {
  const kept = keepLabels.map((label) => `${label}=~"$${label}"`);
  const selected = (name: string, ...matchers: readonly string[]): string =>
    `${name}{${[...kept, ...matchers].join(', ')}}`;
  const applications = selected('up', jobMatcher(applicationJob));
  // The server tells itself by a family of its own, whatever its job is called.
  const [jobs, series] = board.source === 'server' ? [selected(SERVER), SERVER] : [applications, 'up'];
  const inJob = 'job=~"$job"';
  return [
    ...keepLabels.map((label) => variable(label, capital(label), `up, ${label}`, '.*')),
    // All that .+ would match includes jobs that record the same requests once more.
    variable('job', 'Job', `${jobs}, job`, null),
    variable('instance', 'Instance', `${selected(series, inJob)}, instance`, '.+'),
    ...(asksApplications(board)
      ? [variable('app_job', 'Application job', `${applications}, job`, null)]
      : []),
    ...board.variables.map((name) =>
      variable(name, found[name].label, `${selected(found[name].family, inJob)}, ${name}`, '.*'),
    ),
  ];
}

const SERVER = 'custom_metrics_total';

function variable(
  name: string,
  label: string,
  values: string,
  allValue: LabelVariable['allValue'],
): LabelVariable {
  return { name, label, query: `label_values(${values})`, allValue };
}

/** A query with the matchers of the variables of its dashboard. */
export function narrowed(
  { expr, ignores = [] }: Pick<PanelQuery, 'expr' | 'ignores'>,
  board: BoardDeclaration,
  { keepLabels }: MonitoringSettings,
): string {
  const kept = keepLabels.map((label) => `${label}=~"$${label}"`);
  const variables = board.variables.filter((name) => !ignores.includes(name));
  const ofFamilies = withMatchers(expr, (family) => [
    ...kept,
    ...jobMatchers(family, board),
    ...variables.flatMap((name) =>
      found[name].narrows
        .filter((label) => family.labels?.includes(label))
        .map((label) => `${label}=~"$${name}"`),
    ),
  ]);
  // What rules record of objectives has the labels that are kept apart and no job; an objective itself has neither.
  return kept.length === 0
    ? ofFamilies
    : ofFamilies.replace(/\bslo:(?!objective)[\w:]+/g, (name) => `${name}{${kept.join(', ')}}`);
}

/** A dashboard of the server that also asks what only applications record needs to know their job. */
function asksApplications(board: BoardDeclaration): boolean {
  const queries = board.sections.flatMap(({ panels }) => panels).flatMap((panel) => panel.queries);
  return queries.some(({ expr }) => familiesIn(expr).some((family) => !isOfJob(family, board)));
}

function jobMatchers(family: FamilyDeclaration, board: BoardDeclaration): string[] {
  return isOfJob(family, board) ? ['job=~"$job"', 'instance=~"$instance"'] : ['job=~"$app_job"'];
}

function isOfJob({ recordedBy }: FamilyDeclaration, { source }: BoardDeclaration): boolean {
  return recordedBy.includes(source);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
