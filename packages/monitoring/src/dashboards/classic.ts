/**
 * Dashboards in Grafana's classic JSON, which every version reads and which
 * grafana.com takes. The order of panels is the order of their numbers.
 */

import {
  AnnotationQueryBuilder,
  AnnotationTargetBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import type { MonitoringSettings } from '../settings.ts';
import { annotationsOf, type EventMark } from './annotations.ts';
import type { BoardDeclaration } from './board.ts';
import { placed } from './layout.ts';
import { dataSource, grafanaPanel } from './panel.ts';
import { type LabelVariable, labelVariables } from './variables.ts';

/** What all dashboards have in common. */
export const common = {
  tag: 'bellwether',
  refresh: '30s',
  from: 'now-6h',
  to: 'now',
} as const;

/** A dashboard, complete. */
export function classicDashboard(board: BoardDeclaration, settings: MonitoringSettings): Dashboard {
  const builder = new DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.description)
    .tags([common.tag, 'llm'])
    .readonly()
    .refresh(common.refresh)
    .time({ from: common.from, to: common.to })
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(
      new DatasourceVariableBuilder('datasource')
        .label('Data source')
        .type('prometheus')
        .current({ selected: true, text: 'default', value: 'default' }),
    )
    .annotations(annotationsOf(board, settings).map(annotation))
    .link(
      new DashboardLinkBuilder('Dashboards')
        .type(DashboardLinkType.Dashboards)
        .tags([common.tag])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .link(
      new DashboardLinkBuilder('Runbooks')
        .type(DashboardLinkType.Link)
        .icon('doc')
        .url(settings.runbookUrl)
        .targetBlank(true),
    );
  for (const one of labelVariables(board, settings)) builder.withVariable(variable(one));
  for (const [index, at] of placed(board.sections).entries()) {
    if ('row' in at) builder.withRow(new RowBuilder(at.row).id(index + 1).gridPos(at.place));
    else builder.withPanel({ build: () => grafanaPanel(at.panel, index + 1, at.place, board, settings) });
  }
  return builder.build();
}

function variable({ name, label, query, allValue }: LabelVariable): QueryVariableBuilder {
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .datasource(dataSource)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    // oxlint-disable-next-line unicorn/no-array-sort -- An order is set; there is no array.
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: 'All', value: '$__all' });
  return allValue === null ? builder : builder.allValue(allValue);
}

function annotation(mark: EventMark): AnnotationQueryBuilder {
  const builder = new AnnotationQueryBuilder().name(mark.name).iconColor(mark.colour).enable(mark.enabled);
  if ('tag' in mark)
    return builder.datasource({ type: 'grafana', uid: '-- Grafana --' }).target({
      // The SDK has the target of a stored annotation as a builder of its own kind.
      build: () =>
        new AnnotationTargetBuilder()
          .type('tags')
          .tags([mark.tag])
          .limit(100)
          .matchAny(false)
          .build() as object as ReturnType<DataqueryBuilder['build']>,
    });
  return builder
    .datasource(dataSource)
    .expr(mark.expr)
    .titleFormat(mark.title)
    .textFormat(mark.text)
    .step('60s');
}
