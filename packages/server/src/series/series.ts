/**
 * Time series as analysis, objectives, alerts and reports see them, wherever they
 * come from: the ledger's events, its samples, an existing Prometheus, or a file.
 */

/** One series on a regular grid. */
export interface Series {
  /** What tells this series from others of the same answer, e.g. `{ provider: 'openai' }`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Start of each step, epoch milliseconds, ascending without gaps. */
  readonly timestampsMs: readonly number[];
  /** One value a step; NaN where there is none, which is not the same as 0. */
  readonly values: readonly number[];
}

/** Keeps the series, or the rows, for which a dimension has one of these values. */
export interface SeriesFilter {
  readonly dimension: string;
  readonly operator: '=' | '!=';
  /** For `=` any of them, for `!=` none of them. The empty text stands for an absent value. */
  readonly values: readonly string[];
}

/** A question for series of the ledger. */
export interface SeriesQuery {
  /** A measure of the measure table, e.g. `requests`, `error_ratio`, `latency_p95_ms`, `cost_usd`. */
  readonly measure: string;
  /** Dimensions that the series are told apart by; none gives one series. */
  readonly by: readonly string[];
  readonly where: readonly SeriesFilter[];
  /** Epoch milliseconds, included; on a step. */
  readonly fromMs: number;
  /** Epoch milliseconds, excluded; on a step. */
  readonly toMs: number;
  /** Length of a step, a whole number of minutes. */
  readonly stepMs: number;
  /** The most series of one answer, those with the most requests first. */
  readonly seriesMax?: number;
}

/** A question for all series that there are. */
export type UnboundedQuery = Omit<SeriesQuery, 'seriesMax'>;

/** Gives series. Alert rules, baselines, objectives and reports ask this and nothing below it. */
export interface SeriesSource {
  /**
   * Answers a question about events.
   *
   * @throws BellwetherError `invalid_parameter` for an unknown measure or dimension, `ledger_unavailable`, `query_too_heavy`.
   */
  query(query: SeriesQuery): Promise<Series[]>;
  /**
   * Answers the same question for several measures at once, which costs little more than for one; in their order.
   * Absent where a source has no better way than one after the other.
   *
   * @throws BellwetherError as {@link SeriesSource.query} does.
   */
  queryMeasures?(query: Omit<SeriesQuery, 'measure'>, measures: readonly string[]): Promise<Series[][]>;
}

/** A source that knows how many series there are beyond those that it gives. */
export interface CountingSeriesSource extends SeriesSource {
  /**
   * How many series a question has that does not say how many it takes.
   *
   * @throws BellwetherError as {@link SeriesSource.query} does.
   */
  count(query: UnboundedQuery): Promise<number>;
}
