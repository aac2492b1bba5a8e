/**
 * What a report says, before it is written as text or HTML: headline figures, what
 * happened, why, what to do next, charts and tables. Every number leads to the query
 * that it comes from.
 */

/** The reports there are. */
export const documentKinds = ['performance', 'cost', 'sla', 'roi', 'capacity'] as const;

export type DocumentKind = (typeof documentKinds)[number];

/** A headline figure. */
export interface Figure {
  readonly name: string;
  /** As people read it, with its unit. */
  readonly value: string;
  /** Against the period before; null where there is nothing to compare with. */
  readonly change: { readonly text: string; readonly sense: 'better' | 'worse' | 'neutral' } | null;
  /** Path and query of the API that gives the figure. */
  readonly path: string;
}

/** A sentence, with the path and query of the API that it rests on. */
export interface Statement {
  readonly text: string;
  readonly path: string;
}

/** Values over time. */
export interface LineChart {
  readonly type: 'line';
  readonly title: string;
  readonly unit: string;
  /** What the points are of, e.g. `2026-11-20`, in order. */
  readonly times: readonly string[];
  /** Values by time; null where there is none. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  readonly path: string;
}

/** Amounts beside each other, the largest first. */
export interface BarChart {
  readonly type: 'bar';
  readonly title: string;
  readonly bars: readonly { readonly name: string; readonly value: number; readonly text: string }[];
  readonly path: string;
}

export type Chart = LineChart | BarChart;

/** Rows of text; the first `names` columns are names, the others numbers. */
export interface DocumentTable {
  readonly title: string;
  readonly names: number;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly note: string | null;
  readonly path: string;
}

/** A report. */
export interface ReportDocument {
  readonly kind: DocumentKind;
  readonly title: string;
  /** RFC 3339; null for a report without that bound. */
  readonly from: string | null;
  readonly to: string | null;
  /** RFC 3339. */
  readonly made_at: string;
  readonly figures: readonly Figure[];
  readonly happened: readonly Statement[];
  readonly why: readonly Statement[];
  readonly next: readonly Statement[];
  readonly charts: readonly Chart[];
  readonly tables: readonly DocumentTable[];
}

/** Rows of a table in a document; the query behind it has them all. */
export const TABLE_ROWS_MAX = 30;
/** Bars of a chart. */
export const BARS_MAX = 10;
