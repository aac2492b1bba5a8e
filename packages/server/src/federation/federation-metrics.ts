/** What the exposition tells of the sites of a hub. */

import { federationPack } from '@bellwether/events';
import { defineMetrics, Gauge, type Registry } from '@bellwether/metrics';
import type { FederationEvents, SiteStatus } from './federation.ts';

/** Declares the families. `sites` is asked when they are looked at. */
export function federationMetrics(registry: Registry, sites: () => readonly SiteStatus[]): FederationEvents {
  const families = defineMetrics(federationPack, { registry });
  const shown = registry.getSingleMetric(federationPack.up.name);
  if (shown instanceof Gauge)
    shown.collect = () => {
      for (const { site, state, succeededMs } of sites()) {
        families.up.set({ site }, state === 'up' ? 1 : 0);
        if (succeededMs !== null) families.success.set({ site }, succeededMs / 1000);
      }
    };
  return {
    pulled: (site, outcome) => families.pulls.inc({ site, outcome }),
    replaced: (site, buckets) => families.replaced.inc({ site }, buckets),
    reset: (site) => families.resets.inc({ site }),
  };
}
