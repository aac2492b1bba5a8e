/**
 * Dashboards as Grafana's V2 resources (13 and newer). Panels are those of the
 * classic form in other envelopes: options and field settings are the same in both.
 */

import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DataLinkBuilder,
  type DataQueryKind,
  DatasourceVariableBuilder,
  GridBuilder,
  GridItemBuilder,
  manifest,
  PanelBuilder,
  QueryGroupBuilder,
  QueryVariableBuilder,
  RowBuilder,
  RowsBuilder,
  TargetBuilder,
  TimeSettingsBuilder,
  TransformationBuilder,
  VariableRefresh,
  VariableSort,
  type VizConfigKind,
} from '@grafana/grafana-foundation-sdk/dashboardv2';
import type { Manifest } from '@grafana/grafana-foundation-sdk/resource';
import type { MonitoringSettings } from '../settings.ts';
import { annotationsOf, type EventMark } from './annotations.ts';
import type { BoardDeclaration } from './board.ts';
import { common } from './classic.ts';
import { placed } from './layout.ts';
import { grafanaPanel } from './panel.ts';
import { type LabelVariable, labelVariables } from './variables.ts';

const DATA_SOURCE = '${datasource}';

/** A dashboard, complete. */
export function v2Dashboard(board: BoardDeclaration, settings: MonitoringSettings): Manifest {
  const builder = new DashboardBuilder(board.title)
    .description(board.description)
    .tags([common.tag, 'llm'])
    .editable(false)
    .cursorSync(DashboardCursorSync.Crosshair)
    .timeSettings(
      new TimeSettingsBuilder()
        .from(common.from)
        .to(common.to)
        .autoRefresh(common.refresh)
        .timezone('browser'),
    )
    .annotations(annotationsOf(board, settings).map(annotation))
    .links(links(settings))
    .variable(
      new DatasourceVariableBuilder('datasource')
        .label('Data source')
        .pluginId('prometheus')
        .current({ text: 'default', value: 'default' }),
    );
  for (const one of labelVariables(board, settings)) builder.variable(variable(one));
  const rows = new RowsBuilder();
  let number = 0;
  for (const { title, panels } of board.sections) {
    const grid = new GridBuilder();
    // Places count from the heading, which is not a part of the grid here.
    for (const at of placed([{ title, panels }])) {
      if (!('panel' in at)) continue;
      number += 1;
      const name = `panel-${number}`;
      builder.element(name, panel(grafanaPanel(at.panel, number, at.place, board, settings)));
      const { x, y, w, h } = at.place;
      grid.item(
        new GridItemBuilder()
          .name(name)
          .x(x)
          .y(y - 1)
          .width(w)
          .height(h),
      );
    }
    rows.row(new RowBuilder().title(title).layout(grid));
  }
  return manifest(board.uid, builder.layout(rows)).build();
}

function panel(classic: Panel): PanelBuilder {
  const group = new QueryGroupBuilder().targets(
    (classic.targets ?? []).map((target) => {
      const {
        refId = 'A',
        datasource: _classic,
        ...spec
      } = target as { refId?: string; datasource?: object };
      return new TargetBuilder().refId(refId).query(prometheusQuery(spec));
    }),
  );
  for (const { id, options } of classic.transformations ?? [])
    group.transformation(new TransformationBuilder().group(id).options(options));
  const { fieldConfig } = classic;
  return new PanelBuilder()
    .id(classic.id ?? 0)
    .title(classic.title ?? '')
    .description(classic.description ?? '')
    .links(
      (classic.links ?? []).map(({ title, url = '' }) =>
        new DataLinkBuilder().title(title).url(url).targetBlank(true),
      ),
    )
    .data(group)
    .visualization({
      build: () =>
        ({
          kind: 'VizConfig',
          group: classic.type,
          version: '',
          spec: { options: classic.options ?? {}, fieldConfig },
          // The two forms declare the same settings as types of their own.
        }) as object as VizConfigKind,
    });
}

function prometheusQuery(spec: object): { build: () => DataQueryKind } {
  return {
    build: () => ({
      kind: 'DataQuery',
      group: 'prometheus',
      version: 'v0',
      datasource: { name: DATA_SOURCE },
      spec,
    }),
  };
}

function annotation(mark: EventMark): AnnotationQueryBuilder {
  const builder = new AnnotationQueryBuilder()
    .name(mark.name)
    .iconColor(mark.colour)
    .enable(mark.enabled)
    .hide(false);
  if ('tag' in mark) {
    const spec = { type: 'tags', tags: [mark.tag], limit: 100, matchAny: false };
    return builder.query({
      build: () => ({
        kind: 'DataQuery',
        group: 'grafana',
        version: 'v0',
        datasource: { name: '-- Grafana --' },
        spec,
      }),
    });
  }
  return builder
    .query(prometheusQuery({ expr: mark.expr, step: '60s' }))
    .legacyOptions({ titleFormat: mark.title, textFormat: mark.text });
}

function links({ runbookUrl }: MonitoringSettings): DashboardLinkBuilder[] {
  return [
    new DashboardLinkBuilder()
      .title('Dashboards')
      .type(DashboardLinkType.Dashboards)
      .tags([common.tag])
      .asDropdown(true)
      .includeVars(true)
      .keepTime(true),
    new DashboardLinkBuilder()
      .title('Runbooks')
      .type(DashboardLinkType.Link)
      .icon('doc')
      .url(runbookUrl)
      .targetBlank(true),
  ];
}

function variable({ name, label, query, allValue }: LabelVariable): QueryVariableBuilder {
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .query(prometheusQuery({ query, refId: name }))
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    // oxlint-disable-next-line unicorn/no-array-sort -- An order is set; there is no array.
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ text: 'All', value: '$__all' });
  return allValue === null ? builder : builder.allValue(allValue);
}
