/** Advice as a part of the server: its routes, and the families that tell how much could be saved. */

import { ADVICE_HOURS } from './advice/advice.ts';
import { type AdviceReport, readAdvice } from './advice/read-advice.ts';
import { adviceMetrics, watchAdvice } from './advice/watch-advice.ts';
import { answerWhatIf, type BudgetLimit, type WhatIf } from './advice/what-if.ts';
import type { Config } from './config/index.ts';
import { adviceRoutes } from './http/advice-routes.ts';
import type { Part, PartContext } from './part.ts';
import { type Period, periodOf } from './report/periods.ts';

/** Opens the part. */
export function openAdvice({ config, clock, log, pricer, stores }: PartContext): Part {
  const { ledger, metrics } = stores;
  const of = (period: Period): Promise<AdviceReport> =>
    readAdvice({ connection: ledger.connection, pricer, period });
  const whatIf = (period: Period, suppose: string): Promise<WhatIf> =>
    // Budgets are of the whole server: a tenant is told nothing of them.
    answerWhatIf(
      {
        connection: ledger.connection,
        pricer,
        period,
        budgets: (period.tenant ?? null) === null ? budgetLimits(config) : [],
      },
      suppose,
    );
  const routes = [adviceRoutes(ledger, clock, { advice: of, whatIf })];
  const { enabled, optimization_recommendations: recommends } = config.cost_analysis;
  if (!enabled || !recommends) return { routes };
  const show = adviceMetrics(metrics.registry);
  const read = (): Promise<AdviceReport> =>
    of(periodOf({ from: null, to: null }, clock.nowMs(), ADVICE_HOURS));
  let end = (): Promise<void> => Promise.resolve();
  return {
    routes,
    ready: async () => {
      end = watchAdvice({
        clock,
        read,
        show,
        rows: () => ledger.loader?.status.loadedRows ?? 0,
        onFailure: (error) => log.warn({ problem: String(error) }, 'advice cannot be read'),
      });
    },
    close: () => end(),
  };
}

/** The budgets of a configuration, as suppositions are held against them. */
export function budgetLimits({ budgets }: Config): BudgetLimit[] {
  return budgets.items.map(({ id, amountUsd, period, scope, per }) => ({
    id,
    amountUsd,
    period,
    whole: per === null && Object.keys(scope).length === 0,
  }));
}
