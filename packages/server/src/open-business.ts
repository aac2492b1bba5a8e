/** Business figures as a part of the server: their report, and the families that take the history. */

import { businessMetrics } from './business/business-metrics.ts';
import { businessSettings } from './business/settings.ts';
import { watchBusiness } from './business/watch-business.ts';
import { businessRoutes } from './http/business-routes.ts';
import type { Part, PartContext } from './part.ts';

/** Opens the part. */
export function openBusiness({ config, clock, log, stores }: PartContext): Part {
  const { ledger, metrics } = stores;
  const settings = businessSettings(config);
  const { enabled: business } = config.business_intelligence;
  const adoption = config.user_analytics.enabled && config.user_analytics.adoption_tracking;
  const roi = business && config.packs.roi_tracking;
  const show = businessMetrics(metrics.registry, { roi, business, adoption });
  let end = (): Promise<void> => Promise.resolve();
  let failed = false;
  return {
    routes: [businessRoutes(ledger, clock, settings)],
    ready: async () => {
      if (!business && !adoption) return;
      end = watchBusiness({
        connection: ledger.connection,
        clock,
        settings,
        show,
        rows: () => ledger.loader?.status.loadedRows ?? 0,
        onFailure: (error) => {
          if (!failed) log.warn({ problem: String(error) }, 'business figures of the history cannot be read');
          failed = true;
        },
      });
    },
    close: () => end(),
  };
}
