/**
 * The statistics that a row is judged by. Each looks at one way in which a series
 * can leave its habits; none knows the others, and none is in any unit: what counts
 * is how rare its value is among its own earlier values.
 */

/** What a statistic points to. */
export type StatisticKind = 'point' | 'jump' | 'seasonal' | 'level' | 'variance' | 'missing' | 'zero';

/** One statistic: what it points to and how its rarity is read. */
export interface StatisticDefinition {
  readonly name: string;
  readonly kind: StatisticKind;
  /** Whether rises and falls are two questions with two answers. */
  readonly signed: boolean;
  /** Over how many rows its neighbouring values overlap. */
  readonly correlationRows: number;
  /** Decades of rarity that are taken off, since statistics that many rows are put to find something somewhere. */
  readonly allowance: number;
}

/** Widths of the windows whose mean is compared with the past. */
export const SHIFT_ROWS = [12, 24, 48, 96] as const;
/** Widths of the windows whose mean distance from the hour of the day is compared with the past. */
export const ADJUSTED_ROWS = [24, 96] as const;
/** Widths of the windows whose steps from row to row are compared with the past. */
export const VARIATION_ROWS = [48, 96] as const;
/** Width of the window whose spread is compared with the past. */
export const SPREAD_ROWS = 48;

/** All statistics, in the order of `Statistics.values`. */
export const STATISTICS: readonly StatisticDefinition[] = [
  { name: 'distance from the long-run mean', kind: 'point', signed: false, correlationRows: 1, allowance: 0 },
  {
    name: 'distance from the hour of the week',
    kind: 'seasonal',
    signed: false,
    correlationRows: 1,
    allowance: 0.3,
  },
  {
    name: 'distance from the hour of the day, in its spreads',
    kind: 'seasonal',
    signed: false,
    correlationRows: 1,
    allowance: 0.4,
  },
  {
    name: 'distance from what was expected',
    kind: 'jump',
    signed: true,
    correlationRows: 1,
    allowance: 0.7,
  },
  ...SHIFT_ROWS.map((rows) => ({
    name: `mean of ${rows} rows against before`,
    kind: 'level' as const,
    signed: true,
    correlationRows: rows,
    allowance: 0.1,
  })),
  ...ADJUSTED_ROWS.map((rows) => ({
    name: `mean of ${rows} rows against before, each against its hour of the day`,
    kind: 'level' as const,
    signed: true,
    correlationRows: rows,
    allowance: 1,
  })),
  ...VARIATION_ROWS.map((rows) => ({
    name: `steps within ${rows} rows against before`,
    kind: 'variance' as const,
    signed: true,
    correlationRows: rows,
    allowance: 0.8,
  })),
  {
    name: `spread within ${SPREAD_ROWS} rows against before`,
    kind: 'variance',
    signed: true,
    correlationRows: SPREAD_ROWS,
    allowance: 0.8,
  },
  { name: 'time without a value', kind: 'missing', signed: false, correlationRows: 1, allowance: 1.5 },
  { name: 'zeros in a row', kind: 'zero', signed: false, correlationRows: 1, allowance: 2 },
];
