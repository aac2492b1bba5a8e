/**
 * The rollups: one narrow table for each question that is asked often. A wide one over
 * all dimensions would be as large as the rows (decision record 0007 has the sizes).
 * The migrations spell the tables out for the engine; a test holds the two together.
 */

import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { type Figure, type FigureName, figures } from './figures.ts';

/** The widths of cells, in seconds. */
export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86_400;
export type Width = typeof MINUTE | typeof HOUR | typeof DAY;
type FineWidth = typeof MINUTE | typeof HOUR;

/** Cells that are kept while those of the next width have enough requests. */
export interface FineCells {
  readonly width: FineWidth;
  /** Requests of a cell of the next width in the mean from which they are kept. They are given up below half of it. */
  readonly densityFrom: number;
}

/** Two requests for each minute: with fewer, cells of minutes are nearly as many as rows. */
const MINUTES: FineCells = { width: MINUTE, densityFrom: 120 };
/** Eight requests of a user for each hour: they save a question the rows of a day, at the two ends of its range. */
const USER_HOURS: FineCells = { width: HOUR, densityFrom: 192 };

/** One rollup. */
export interface RollupSet {
  readonly name: string;
  /** Its table, with the database. */
  readonly table: string;
  /** What its cells are told apart by, beside time. `tenant` is in each, since people see their own tenant only. */
  readonly dimensions: readonly string[];
  /** The widths of its cells, widest first. */
  readonly widths: readonly [Width, ...Width[], FineWidth];
  /** The narrowest of them, which are kept only where they are fewer than rows. */
  readonly fine: FineCells;
  /** The figures of a cell that are columns. Cells of minutes have no sketches. */
  readonly figures: readonly Figure[];
}

function makeSet(
  name: string,
  dimensions: readonly string[],
  fine: FineCells,
  withSketches: boolean,
): RollupSet {
  const stored = [...figures.values()].filter(
    ({ kind }) => kind !== 'distinct' && (withSketches || kind !== 'sketch'),
  );
  const table = `${LEDGER_DATABASE}.cells_${name}`;
  const widths: RollupSet['widths'] = fine.width === MINUTE ? [DAY, HOUR, MINUTE] : [DAY, HOUR];
  return { name, table, dimensions: ['tenant', ...dimensions], widths, fine, figures: stored };
}

/** All rollups. */
export const rollupSets: readonly RollupSet[] = [
  makeSet('models', ['provider', 'model', 'task_type'], MINUTES, true),
  makeSet('backends', ['backend_id', 'algorithm'], MINUTES, true),
  makeSet('owners', ['team', 'application'], MINUTES, true),
  makeSet('deployments', ['environment', 'deployment'], MINUTES, true),
  makeSet('users', ['user_id'], USER_HOURS, false),
];

/** The rollups that have all hours, which their days are computed from. */
export const rollupsWithHours: readonly RollupSet[] = rollupSets.filter(({ fine }) => fine.width < HOUR);

/** The figures of a rollup that cells of a width have. */
export function figuresOf(set: RollupSet, width: Width): readonly Figure[] {
  return width === MINUTE ? set.figures.filter(({ kind }) => kind !== 'sketch') : set.figures;
}

/** Whether cells of a rollup have the dimensions and the figures of a question. */
export function answers(
  set: RollupSet,
  width: Width,
  dimensions: readonly string[],
  wanted: readonly FigureName[],
): boolean {
  const has = (name: FigureName): boolean =>
    figuresOf(set, width).some((figure) => figure.name === name) ||
    (name === 'users' && set.dimensions.includes('user_id'));
  return dimensions.every((name) => set.dimensions.includes(name)) && wanted.every(has);
}
