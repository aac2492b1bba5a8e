/** What the figures of sites can be grouped by: the site, times, and the dimensions that one rollup has. */

import { BellwetherError } from '@bellwether/events';
import { toldDimensions, toldSets } from './cells.ts';

/** A dimension of a question. */
export interface SiteDimension {
  readonly name: string;
  /** The SQL over cells. */
  readonly sql: string;
  readonly isTime: boolean;
}

const times: ReadonlyMap<string, string> = new Map([
  ['hour', "formatDateTime(at, '%Y-%m-%dT%H:00:00Z', 'UTC')"],
  ['day', "formatDateTime(at, '%Y-%m-%d', 'UTC')"],
  ['month', "formatDateTime(at, '%Y-%m', 'UTC')"],
]);

const DIMENSIONS_MAX = 4;

/** The names that can be asked for. */
export const siteDimensionNames: readonly string[] = ['site', ...toldDimensions, ...times.keys()];

/** What goes together, in words. */
export const togetherText: string = toldSets
  .map(({ dimensions }) => dimensions.filter((name) => name !== 'tenant').join(', '))
  .join('; ');

/** What a question is asked of. */
export interface SiteGrouping {
  readonly by: readonly SiteDimension[];
  /** The name of the rollup that has them. */
  readonly rollup: string;
}

/**
 * Reads a comma-separated list.
 *
 * @throws BellwetherError `invalid_parameter` for an unknown name, too many, and such as no rollup has together.
 */
export function readSiteDimensions(list: string): SiteGrouping {
  const names = [...new Set(list.split(',').map((name) => name.trim()))].filter(Boolean);
  const unknown = names.find((name) => !siteDimensionNames.includes(name));
  if (unknown !== undefined)
    throw refused(`Sites are not told apart by that; there are ${siteDimensionNames.join(', ')}.`);
  if (names.length > DIMENSIONS_MAX) throw refused(`At most ${DIMENSIONS_MAX} dimensions can be combined.`);
  const wanted = names.filter((name) => toldDimensions.includes(name));
  const set = toldSets.find(({ dimensions }) => wanted.every((name) => dimensions.includes(name)));
  if (set === undefined)
    throw refused(`Sites tell figures by these together: ${togetherText}; each with site, tenant and times.`);
  return {
    by: names.map((name) => ({ name, sql: times.get(name) ?? name, isTime: times.has(name) })),
    rollup: set.name,
  };
}

function refused(message: string): BellwetherError {
  return new BellwetherError('invalid_parameter', message, { field: 'by' });
}
