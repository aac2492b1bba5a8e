/**
 * What sites tell each other: cells of an hour for each rollup, and sketches of the
 * users of a day. Both ends go by the lists of this file, and a number says which
 * form of them is meant.
 */

import { columnTypes, type Figure, figures, isOfScores } from '../rollups/figures.ts';
import { DAY, HOUR, type RollupSet, rollupSets } from '../rollups/rollup-sets.ts';

/** The form of answers. Sites of another form are not asked further. */
export const FORMAT = 1;

/** The rollups that are told, the one with the fewest cells first: what has no dimension is asked of it. */
export const toldSets: readonly RollupSet[] = ['deployments', 'models', 'owners', 'backends'].flatMap(
  (name) => rollupSets.filter((set) => set.name === name),
);

/** The figures that are told: not those of scores, which people give long after, and not users, who are told by the day. */
export const toldFigures: readonly Figure[] = [...figures.values()].filter(
  ({ kind, name }) => kind !== 'distinct' && !isOfScores(name),
);

/** All dimensions of the told rollups; a cell has an empty text for those that its rollup does not have. */
export const toldDimensions: readonly string[] = [
  ...new Set(toldSets.flatMap(({ dimensions }) => dimensions)),
];

/** Hours, and days of users. */
export const widths = [HOUR, DAY] as const;
export type BucketWidth = (typeof widths)[number];
/** The same by what a question calls them. */
export const widthOfKind = { hours: HOUR, days: DAY } as const;

/** A sketch of users, whose error is below 1 %; up to some thousand users are counted exactly. */
export const USERS_PRECISION = 15;
export const USERS_TYPE = `AggregateFunction(uniqCombined64(${USERS_PRECISION}), String)`;

/** A cell as it is told: texts and numbers by the name of the column, sketches as hexadecimal text. */
export type ToldCell = Readonly<Record<string, string | number>>;

/** What a site says of an hour, or of the users of a day. */
export interface BucketNote {
  /** Its beginning, epoch seconds. */
  readonly at: number;
  /** Differs where any figure does. */
  readonly fingerprint: string;
  readonly cells: number;
}

/** What a site says of itself and of its buckets. */
export interface Manifest {
  readonly format: number;
  /** Names the journal of the site: it stays the same as long as the data directory does. */
  readonly instance: string;
  /** The last row of that journal. */
  readonly seq: number;
  /** From here on the site has everything that it ever had, epoch seconds; what lies before may be gone. */
  readonly from: number;
  /** Buckets before this are not in the lists; 0 for all. Epoch seconds. */
  readonly since: number;
  /** Changes when anything before `since` does. */
  readonly history: string;
  readonly hours: readonly BucketNote[];
  readonly days: readonly BucketNote[];
}

/** A bucket with its cells. */
export interface Bucket extends BucketNote {
  readonly rows: readonly ToldCell[];
}

/** What a figure is told as: exact numbers as text. */
export function toldAs({ kind, name }: Figure): string {
  return kind === 'sketch' ? `hex(f_${name})` : `toString(f_${name})`;
}

/** A figure in a type that does not depend on what it was added up from. */
export function hashedAs({ kind, name }: Figure): string {
  const column = `f_${name}`;
  if (kind === 'count') return `toInt64(${column})`;
  if (kind === 'sum') return `toInt128(${column})`;
  return kind === 'money' ? `CAST(${column}, '${columnTypes.money}')` : `toFloat64(${column})`;
}
