/**
 * What a rule makes of the steps of its window. A total is added up. A share, a mean or
 * a quantile is averaged by the requests of each step: of a share of requests that is
 * exactly the share over the window, and a quiet minute weighs little.
 */

import type { SeriesSubject } from '../config/index.ts';
import { measures } from '../series/measures.ts';
import type { Series } from '../series/series.ts';

type Points = Pick<Series, 'timestampsMs' | 'values'>;

/** Whether the requests of each step are needed. */
export function needsRequests(subject: SeriesSubject): boolean {
  return subject.minRequests > 0 || (isWeighted(subject) && subject.stepMs < subject.windowMs);
}

/**
 * The value of a series from an instant on; NaN where there is none, or where fewer
 * requests came than the rule asks for.
 *
 * @param requests of the same series, by the same steps; `null` where none came or none are needed.
 */
export function windowValue(
  subject: SeriesSubject,
  series: Points,
  requests: Points | null,
  fromMs: number,
): number {
  const counts = requests === null ? null : from(requests, fromMs);
  if (subject.minRequests > 0 && sum(counts ?? []) < subject.minRequests) return Number.NaN;
  const values = from(series, fromMs);
  if (counts !== null && isWeighted(subject) && subject.stepMs < subject.windowMs)
    return weighted(values, counts);
  const present = values.filter((value) => !Number.isNaN(value));
  const last = present.at(-1);
  if (last === undefined) return Number.NaN;
  switch (reductionOf(subject)) {
    case 'last':
      return last;
    case 'max':
      return Math.max(...present);
    case 'min':
      return Math.min(...present);
    case 'sum':
      return sum(present);
    case 'mean':
      break;
  }
  return sum(present) / present.length;
}

/** What suits the measure, unless the rule says. */
function reductionOf({ reduce, measure }: SeriesSubject): NonNullable<SeriesSubject['reduce']> {
  if (reduce !== null) return reduce;
  const kind = measures.get(measure)?.kind;
  if (kind === 'count') return 'sum';
  return kind === 'distinct' || kind === 'maximum' ? 'max' : 'mean';
}

function isWeighted(subject: SeriesSubject): boolean {
  const kind = measures.get(subject.measure)?.kind;
  const isOfRequests = kind === 'ratio' || kind === 'mean' || kind === 'quantile';
  return isOfRequests && reductionOf(subject) === 'mean';
}

function weighted(values: readonly number[], counts: readonly number[]): number {
  let total = 0;
  let weight = 0;
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const count = counts[index] ?? 0;
    total += value * count;
    weight += count;
  }
  return weight === 0 ? Number.NaN : total / weight;
}

function from({ timestampsMs, values }: Points, fromMs: number): readonly number[] {
  const first = timestampsMs.findIndex((atMs) => atMs >= fromMs);
  return first < 0 ? [] : values.slice(first);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
