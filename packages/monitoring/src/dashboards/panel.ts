/** Makes a panel of Grafana from its declaration, with the builders of Grafana's own SDK. */

import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Gauge } from '@grafana/grafana-foundation-sdk/gauge';
import {
  PanelBuilder as PieChart,
  PieChartLegendOptionsBuilder,
  PieChartLegendValues,
  PieChartType,
} from '@grafana/grafana-foundation-sdk/piechart';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import type { MonitoringSettings } from '../settings.ts';
import type { BoardDeclaration, PanelDeclaration, PanelQuery } from './board.ts';
import type { Place } from './layout.ts';
import { narrowed } from './variables.ts';

/** The data source that somebody chooses at the top of a dashboard. */
export const dataSource = { type: 'prometheus', uid: '${datasource}' } as const;

type AnyPanelBuilder = TimeSeries | Stat | Gauge | PieChart | BarGauge | Table;

/** The panel, complete. */
export function grafanaPanel(
  declared: PanelDeclaration,
  id: number,
  place: Place,
  board: BoardDeclaration,
  settings: MonitoringSettings,
): Panel {
  const builder: AnyPanelBuilder = kinds[declared.kind](declared);
  builder
    .id(id)
    .title(declared.title)
    .description([declared.description, declared.emptyBecause].filter(Boolean).join(' '))
    .datasource(dataSource)
    .gridPos(place)
    .unit(declared.unit)
    .targets(declared.queries.map((query, index) => target(query, index, declared, board, settings)))
    .links((declared.alerts ?? []).map((alert) => runbookLink(alert, settings)));
  if (declared.decimals !== undefined) builder.decimals(declared.decimals);
  if (declared.min !== undefined) builder.min(declared.min);
  if (declared.max !== undefined) builder.max(declared.max);
  if (declared.emptyBecause !== undefined) builder.noValue('–');
  const steps = declared.thresholds ?? [[null, 'green'] as const];
  builder.thresholds(
    new ThresholdsConfigBuilder()
      .mode(ThresholdsMode.Absolute)
      .steps(steps.map(([value, color]) => ({ value, color }))),
  );
  return builder.build();
}

/** The letter by which a panel knows its query. */
export function refId(index: number): string {
  return String.fromCodePoint(65 + index);
}

function target(
  query: PanelQuery,
  index: number,
  { kind }: PanelDeclaration,
  board: BoardDeclaration,
  settings: MonitoringSettings,
): Builder<Dataquery> {
  const builder = new DataqueryBuilder()
    .refId(refId(index))
    .datasource(dataSource)
    .expr(narrowed(query, board, settings))
    .legendFormat(query.legend);
  if (kind === 'timeseries') return builder.range();
  if (kind === 'table') builder.format(PromQueryFormat.Table);
  return builder.instant();
}

function runbookLink(alert: string, { runbookUrl }: MonitoringSettings): DashboardLinkBuilder {
  return new DashboardLinkBuilder(`Runbook: ${alert}`)
    .type(DashboardLinkType.Link)
    .url(`${runbookUrl}${alert}`)
    .targetBlank(true);
}

const lastValue = (): ReduceDataOptionsBuilder => new ReduceDataOptionsBuilder().calcs(['lastNotNull']);

const kinds: Readonly<Record<PanelDeclaration['kind'], (declared: PanelDeclaration) => AnyPanelBuilder>> = {
  timeseries: ({ stacked = false }) => {
    const builder = new TimeSeries()
      .legend(
        new VizLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(LegendDisplayMode.List)
          .placement(LegendPlacement.Bottom),
      )
      // oxlint-disable-next-line unicorn/no-array-sort -- An order is set; there is no array.
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
      .lineWidth(1)
      .fillOpacity(stacked ? 30 : 10)
      .gradientMode(GraphGradientMode.None);
    return stacked ? builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal)) : builder;
  },
  stat: () => new Stat().reduceOptions(lastValue()),
  gauge: () => new Gauge().reduceOptions(lastValue()),
  piechart: () =>
    new PieChart()
      .pieType(PieChartType.Donut)
      .reduceOptions(lastValue())
      .legend(
        new PieChartLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(LegendDisplayMode.Table)
          .placement(LegendPlacement.Right)
          .values([PieChartLegendValues.Value, PieChartLegendValues.Percent]),
      ),
  bargauge: () => new BarGauge().reduceOptions(lastValue()),
  table: ({ queries, unit }) => {
    // Queries with the same labels become the columns of one table.
    const titles = queries.map(({ legend }, index) => [`Value #${refId(index)}`, legend] as const);
    const builder = new Table().withTransformation({ id: 'merge', options: {} }).withTransformation({
      id: 'organize',
      options: { excludeByName: { Time: true }, renameByName: Object.fromEntries(titles) },
    });
    for (const query of queries)
      builder.overrideByName(query.legend, [
        { id: 'unit', value: query.unit ?? unit },
        ...(query.decimals === undefined ? [] : [{ id: 'decimals', value: query.decimals }]),
      ]);
    return builder;
  },
};
