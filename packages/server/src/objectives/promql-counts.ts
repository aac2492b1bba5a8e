/** Reads the windows of an objective from an existing Prometheus. */

import type { ObjectiveQueries } from '../config/index.ts';
import type { PrometheusQueries } from '../series/prometheus.ts';
import type { Tally } from './tally-ring.ts';

/** Answers for a window. */
export interface WindowReader {
  /** What is good and all there is, in the unit of the queries, from one instant to another. */
  read(fromMs: number, toMs: number): Promise<Tally>;
}

/**
 * Reads by the queries of an objective.
 *
 * A ratio is given as the share of 1. Where nothing was counted both figures are 0.
 */
export function promqlCounts(prometheus: PrometheusQueries, queries: ObjectiveQueries): WindowReader {
  return {
    async read(fromMs, toMs) {
      const at = Math.floor(toMs / 1000);
      const seconds = Math.max(1, Math.round((toMs - fromMs) / 1000));
      const value = async (query: string): Promise<number | null> => {
        const expression = query.replaceAll('$window', `${seconds}s`);
        const readings = await prometheus.range(expression, at, at, 60);
        return readings.get(at) ?? null;
      };
      if (queries.type === 'bad_ratio' || queries.type === 'good_ratio') {
        const ratio = await value(queries.ratio);
        if (ratio === null) return { good: 0, total: 0 };
        return { good: clamp(queries.type === 'good_ratio' ? ratio : 1 - ratio, 1), total: 1 };
      }
      const total = (await value(queries.total)) ?? 0;
      if (total <= 0) return { good: 0, total: 0 };
      // A query for what is bad gives nothing while nothing is; one for what is good gives nothing while all is bad.
      const part = (await value(queries.type === 'good' ? queries.good : queries.bad)) ?? 0;
      return { good: clamp(queries.type === 'good' ? part : total - part, total), total };
    },
  };
}

/** `increase` extrapolates, so that a part may come out a little larger than the whole. */
function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
