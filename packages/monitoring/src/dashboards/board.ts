/**
 * What the declaration of a dashboard holds. Both forms of Grafana's JSON follow
 * from it, and so do the tests that run every query.
 */

/** How a panel shows its figures. */
export type PanelKind = 'timeseries' | 'stat' | 'gauge' | 'piechart' | 'bargauge' | 'table';

/** Units that are used, by Grafana's identifiers. */
export type PanelUnit =
  | 'short'
  | 'none'
  | 'currencyUSD'
  | 'reqps'
  | 'ops'
  | 's'
  | 'ms'
  | 'bytes'
  | 'Bps'
  | 'percent'
  | 'percentunit'
  | 'dateTimeFromNow'
  | 'bool_yes_no';

/** From a value on, a colour; the first step has no value. */
export type ThresholdStep = readonly [
  from: number | null,
  colour: 'green' | 'yellow' | 'orange' | 'red' | 'blue',
];

/**
 * A query, with the legend of its series. Families are written plainly, since the
 * matchers of variables are put in when dashboards are generated.
 */
export interface PanelQuery {
  readonly expr: string;
  /** Grafana's template, e.g. `{{provider}}`; the title of the column in a table. */
  readonly legend: string;
  /** Unit of the column of a table, where it differs from that of the panel. */
  readonly unit?: PanelUnit;
  /** Digits behind the point in the column of a table: 0 for counts, which `increase` makes fractions of. */
  readonly decimals?: number;
  /** Variables that do not narrow it down, where a part of it does not have the label. */
  readonly ignores?: readonly VariableName[];
}

/** A panel. */
export interface PanelDeclaration {
  readonly kind: PanelKind;
  readonly title: string;
  /** What it shows, and what to make of it: full sentences. */
  readonly description: string;
  readonly unit: PanelUnit;
  readonly queries: readonly PanelQuery[];
  /** In 24ths of the width of the screen. */
  readonly width: number;
  /** In Grafana's rows; by the kind unless given. */
  readonly height?: number;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly stacked?: boolean;
  readonly thresholds?: readonly ThresholdStep[];
  /** Alerts that watch the same; their runbooks are linked to. */
  readonly alerts?: readonly string[];
  /** Why it rightly shows nothing while all is well, or while nothing is set up. */
  readonly emptyBecause?: string;
}

/** Panels under one heading. */
export interface PanelSection {
  readonly title: string;
  readonly panels: readonly PanelDeclaration[];
}

/** The variables that narrow a dashboard down, beside those that each has. */
export type VariableName = 'provider' | 'task_type' | 'model' | 'team' | 'backend';

/** A dashboard. */
export interface BoardDeclaration {
  /** Its name in addresses and of its file. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Whose figures `$job` stands for; those of the other go by `$app_job`. */
  readonly source: 'server' | 'application';
  readonly variables: readonly VariableName[];
  readonly sections: readonly PanelSection[];
}
