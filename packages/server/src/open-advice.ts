/** Advice as a part of the server: its routes, and the families that tell how much could be saved. */

import { ADVICE_HOURS } from './advice/advice.ts';
import { type AdviceReport, readAdvice } from './advice/read-advice.ts';
import { adviceMetrics, watchAdvice } from './advice/watch-advice.ts';
import { adviceRoutes } from './http/advice-routes.ts';
import type { Part, PartContext } from './part.ts';
import { type Period, periodOf } from './report/periods.ts';

/** Opens the part. */
export function openAdvice({ config, clock, log, pricer, stores }: PartContext): Part {
  const { ledger, metrics } = stores;
  const of = (period: Period): Promise<AdviceReport> =>
    readAdvice({ connection: ledger.connection, pricer, period });
  const routes = [adviceRoutes(ledger, clock, of)];
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
        onFailure: (error) => log.warn({ problem: String(error) }, 'advice cannot be read'),
      });
    },
    close: () => end(),
  };
}
