/** Asks a source for several measures at once, in whatever way it has. */

import type { Series, SeriesQuery, SeriesSource } from '../series/series.ts';

/** The series of each measure, by its name. */
export async function queryAll(
  source: SeriesSource,
  measures: readonly string[],
  query: Omit<SeriesQuery, 'measure'>,
): Promise<ReadonlyMap<string, readonly Series[]>> {
  if (source.queryMeasures !== undefined) {
    const found = await source.queryMeasures(query, measures);
    return new Map(measures.map((measure, index) => [measure, found[index] ?? []]));
  }
  const found = new Map<string, readonly Series[]>();
  for (const measure of measures) found.set(measure, await source.query({ ...query, measure }));
  return found;
}
