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

/** One rollup. */
export interface RollupSet {
  readonly name: string;
  /** Its table, with the database. */
  readonly table: string;
  /** What its cells are told apart by, beside time. `tenant` is in each, since people see their own tenant only. */
  readonly dimensions: readonly string[];
  /** The widths of its cells, widest first. */
  readonly widths: readonly Width[];
  /** The figures of a cell that are columns. Cells of minutes have no sketches. */
  readonly figures: readonly Figure[];
}

function makeSet(
  name: string,
  dimensions: readonly string[],
  widths: readonly Width[],
  withSketches: boolean,
): RollupSet {
  const stored = [...figures.values()].filter(
    ({ kind }) => kind !== 'distinct' && (withSketches || kind !== 'sketch'),
  );
  const table = `${LEDGER_DATABASE}.rollup_${name}`;
  return { name, table, dimensions: ['tenant', ...dimensions], widths, figures: stored };
}

/** All rollups. */
export const rollupSets: readonly RollupSet[] = [
  makeSet('models', ['provider', 'model', 'task_type'], [DAY, HOUR, MINUTE], true),
  makeSet('backends', ['backend_id', 'algorithm'], [DAY, HOUR, MINUTE], true),
  makeSet('owners', ['team', 'application'], [DAY, HOUR, MINUTE], true),
  makeSet('deployments', ['environment', 'deployment'], [DAY, HOUR, MINUTE], true),
  makeSet('users', ['user_id'], [DAY], false),
];

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
