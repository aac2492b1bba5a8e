/** Series of an existing Prometheus, on the grid of those of the ledger. */

import { BellwetherError } from '@bellwether/events';
import { seriesOn, stepsOf } from './grid.ts';
import { PrometheusError, type PrometheusQueries } from './prometheus.ts';
import type { Series } from './series.ts';

/** A question to a Prometheus. */
export interface PromqlQuery {
  /** PromQL. It is evaluated at the end of each step, so that `rate(x[5m])` on steps of 5 min is of the step. */
  readonly expression: string;
  /** Epoch milliseconds, included; on a step. */
  readonly fromMs: number;
  /** Epoch milliseconds, excluded; on a step. */
  readonly toMs: number;
  /** Length of a step, a whole number of minutes. */
  readonly stepMs: number;
  /** More series than this are refused; 100 if absent. */
  readonly seriesMax?: number;
}

/** Answers questions in PromQL. */
export interface PromqlSeriesSource {
  /**
   * The series of an expression, in order of their labels; NaN where there is no finite value.
   *
   * @throws BellwetherError `invalid_parameter` for an expression that Prometheus refuses or that gives too many series,
   *   `prometheus_unavailable`.
   */
  query(query: PromqlQuery): Promise<Series[]>;
}

const SERIES_MAX_DEFAULT = 100;

/** Answers from a Prometheus. */
export function promqlSeries(prometheus: PrometheusQueries): PromqlSeriesSource {
  return {
    async query({ expression, seriesMax = SERIES_MAX_DEFAULT, ...grid }) {
      const timestampsMs = stepsOf(grid);
      const { fromMs, toMs, stepMs } = grid;
      const matrix = await prometheus
        .matrix(expression, (fromMs + stepMs) / 1000, toMs / 1000, stepMs / 1000)
        .catch((error: unknown) => {
          throw asCatalogued(error);
        });
      if (matrix.length > seriesMax)
        throw new BellwetherError(
          'invalid_parameter',
          `The expression gives ${matrix.length} series, more than ${seriesMax}: aggregate them.`,
          { field: 'expression' },
        );
      return matrix
        .map(({ labels, readings }) => ({ key: keyOf(labels), labels, readings }))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ labels, readings }) => {
          const points = [...readings].map(
            ([at, value]) => [Math.round((at * 1000 - fromMs) / stepMs) - 1, value] as const,
          );
          return seriesOn(timestampsMs, labels, points, Number.NaN);
        });
    },
  };
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function asCatalogued(error: unknown): unknown {
  if (!(error instanceof PrometheusError)) return error;
  const [code, place] = error.isRefused
    ? (['invalid_parameter', { field: 'expression' }] as const)
    : (['prometheus_unavailable', {}] as const);
  return new BellwetherError(code, `${error.message}.`, place, { cause: error });
}
