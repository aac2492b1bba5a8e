/** What the metrics of the server say of the cost and the revenue to come. */

import { costForecasts, revenueForecasts } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import type { SeriesSource } from '../series/series.ts';
import { findForecasts } from './outlook.ts';

const DAY_MS = 86_400_000;
/** Days of history that they rest on, and days ahead that are shown. */
const HISTORY_DAYS = 120;
const HORIZONS_DAYS = [7, 30] as const;
/** A forecast of days needs so many of them. */
const DAYS_MIN = 7;

/** Shows what is expected. */
export interface ForecastMetrics {
  show(measure: 'cost_usd' | 'revenue_usd', days: number, usd: number): void;
}

/** Declares the families. */
export function forecastMetrics(registry: Registry): ForecastMetrics {
  const cost = defineMetrics(costForecasts, { registry });
  const revenue = defineMetrics(revenueForecasts, { registry });
  return {
    show: (measure, days, usd) => {
      const family = measure === 'cost_usd' ? cost.forecast : revenue.revenueForecast;
      family.set({ horizon: `${days}d` }, usd);
    },
  };
}

/**
 * Works the forecasts out and shows them: sums of the next days, from the whole days of the past.
 *
 * @returns whether there was history enough for any.
 */
export async function showForecasts(
  source: SeriesSource,
  metrics: ForecastMetrics,
  nowMs: number,
): Promise<boolean> {
  let shown = false;
  const toMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  for (const measure of ['cost_usd', 'revenue_usd'] as const) {
    const question = {
      measure,
      by: [],
      where: [],
      fromMs: toMs - HISTORY_DAYS * DAY_MS,
      toMs,
      stepMs: DAY_MS,
      seriesMax: 1,
    };
    const [series] = await source.query(question);
    const days = (series?.values ?? []).filter((value) => value > 0).length;
    if (days < DAYS_MIN) continue;
    for (const horizon of HORIZONS_DAYS) {
      const [found] = await findForecasts(source, question, horizon);
      if (!found?.total) continue;
      metrics.show(measure, horizon, found.total.point);
      shown = true;
    }
  }
  return shown;
}
