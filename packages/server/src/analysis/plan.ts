/** What is watched: which measures, told apart by which dimensions, and how many series at most. */

import { BellwetherError } from '@bellwether/events';
import { seriesDimensions } from '../series/dimensions.ts';
import { measureOf } from '../series/measures.ts';

/** The plan. */
export interface WatchPlan {
  readonly measures: readonly string[];
  readonly dimensions: readonly string[];
  /** Groups of series: one for all requests, the others for the values with the most requests. */
  readonly groupsMax: number;
}

/** Watched at all events, since everything else rests on it. */
const VOLUME = 'requests';
const MEASURES_MAX = 32;
const DIMENSIONS_MAX = 12;

/**
 * Makes the plan.
 *
 * @param measures and dimensions, each separated by commas.
 * @throws BellwetherError `invalid_value` for an unknown name.
 */
export function watchPlan(measures: string, dimensions: string, seriesMax: number): WatchPlan {
  const wanted = [...new Set([VOLUME, ...namesIn(measures)])];
  const by = [...new Set(namesIn(dimensions))];
  if (wanted.length > MEASURES_MAX || by.length > DIMENSIONS_MAX)
    throw new BellwetherError(
      'invalid_value',
      `analysis.measures has at most ${MEASURES_MAX} names, analysis.dimensions ${DIMENSIONS_MAX}.`,
    );
  for (const name of wanted) known(() => measureOf(name), 'analysis.measures');
  for (const name of by) {
    if (!seriesDimensions.includes(name))
      throw new BellwetherError('invalid_value', `analysis.dimensions: there is no dimension ${name}.`);
  }
  return { measures: wanted, dimensions: by, groupsMax: Math.max(1, Math.floor(seriesMax / wanted.length)) };
}

function namesIn(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

function known(look: () => unknown, key: string): void {
  try {
    look();
  } catch (error) {
    throw new BellwetherError(
      'invalid_value',
      `${key}: ${error instanceof Error ? error.message : String(error)}`,
      {},
      { cause: error },
    );
  }
}
