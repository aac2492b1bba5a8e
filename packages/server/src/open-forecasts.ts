/** The forecasts that alert rules can be about, made from what the parts of the server know. */

import { diskFullDays, DISK_HISTORY_MS } from './analysis/disk-forecast.ts';
import { findForecasts, monthEnds } from './analysis/outlook.ts';
import { SizeHistory } from './analysis/size-history.ts';
import { Forecasts, type ForecastValue, type MakeForecast, noForecast } from './alerts/forecasts.ts';
import type { ForecastFigure } from './config/index.ts';
import type { OpenBudgets } from './budgets/open-budgets.ts';
import type { Projection } from './budgets/projection.ts';
import { viewAll } from './budgets/view.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { SeriesSource } from './series/series.ts';
import type { StateDatabase } from './state/state-database.ts';

const DAY_MS = 86_400_000;
/** History that a limit is forecast from, and series of one rule. */
const HISTORY_MS = 28 * DAY_MS;
const SERIES_MAX = 50;

/** How long a forecast waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 2000;

/** What they are made from. */
export interface ForecastParts {
  readonly source: SeriesSource;
  readonly ledger: Pick<Ledger, 'settle'>;
  readonly budgets: OpenBudgets;
  /** Opened with `sizesStatePart`. */
  readonly state: StateDatabase;
}

/** Makes them. */
export function openForecasts({ source, ledger, budgets, state }: ForecastParts): Forecasts {
  const sizes = new SizeHistory(state);
  const make: Record<ForecastFigure, MakeForecast> = {
    month_end_usd: async ({ by, where }, nowMs) => {
      const ends = await monthEnds(source, { by, where, seriesMax: SERIES_MAX }, nowMs);
      return ends.map(({ labels, end }) => ({ labels, values: { ...end, expected: end.point } }));
    },
    budget_end_percent: (_subject, nowMs) =>
      ofBudgets(budgets, nowMs, (projection, limitUsd) => {
        const percent = (usd: string | null): number =>
          usd === null ? Number.NaN : (100 * Number(usd)) / limitUsd;
        return {
          expected: percent(projection.end_usd),
          lower80: percent(projection.end_lower80_usd),
          upper80: percent(projection.end_upper80_usd),
          lower95: percent(projection.end_lower95_usd),
          upper95: percent(projection.end_upper95_usd),
        };
      }),
    budget_days_left: (_subject, nowMs) =>
      ofBudgets(budgets, nowMs, (projection) => {
        const days = (at: string | null): number =>
          at === null ? Number.NaN : Math.max(0, (Date.parse(at) - nowMs) / DAY_MS);
        return {
          ...noForecast({}).values,
          expected: days(projection.runs_out_at),
          upper80: days(projection.runs_out_earliest80_at),
          upper95: days(projection.runs_out_earliest95_at),
        };
      }),
    days_until_limit: async ({ measure, by, where, limit, stepMs, aheadMs }, nowMs) => {
      const toMs = Math.floor(nowMs / stepMs) * stepMs;
      const fromMs = toMs - Math.ceil(HISTORY_MS / stepMs) * stepMs;
      const question = { measure, by, where, fromMs, toMs, stepMs, seriesMax: SERIES_MAX };
      const found = await findForecasts(source, question, Math.ceil(aheadMs / stepMs));
      return found.map(({ labels, forecast }): ForecastValue => {
        if (forecast === null) return noForecast(labels);
        const days = (path: readonly number[]): number => {
          const step = path.findIndex((value) => value >= limit);
          return step < 0 ? aheadMs / DAY_MS : (step * stepMs) / DAY_MS;
        };
        const { point, lower80, upper80, lower95, upper95 } = forecast;
        const values = {
          expected: days(point),
          lower80: days(lower80),
          upper80: days(upper80),
          lower95: days(lower95),
          upper95: days(upper95),
        };
        return { labels, values };
      });
    },
    disk_full_days: (_subject, nowMs) => {
      const values = diskFullDays(sizes.since(nowMs - DISK_HISTORY_MS));
      return Promise.resolve(values === null ? [] : [{ labels: {}, values }]);
    },
  };
  return new Forecasts(make, () => ledger.settle(SETTLE_MS));
}

/** A figure of every entry of every budget. */
async function ofBudgets(
  budgets: OpenBudgets,
  nowMs: number,
  valuesOf: (projection: Projection, limitUsd: number) => ForecastValue['values'],
): Promise<ForecastValue[]> {
  const found: ForecastValue[] = [];
  for (const { id, entries } of viewAll(budgets.get(), nowMs)) {
    const limitUsd = Number(entries[0]?.limit_usd ?? Number.NaN);
    for (const projection of (await budgets.project(id)) ?? [])
      found.push({ labels: { budget: id, ...projection.key }, values: valuesOf(projection, limitUsd) });
  }
  return found;
}
