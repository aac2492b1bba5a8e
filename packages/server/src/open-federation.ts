/** Federation as a part of the server: every server can be a site, and one that is told of sites is a hub. */

import { Federation, type SiteStatus } from './federation/federation.ts';
import { federationMetrics } from './federation/federation-metrics.ts';
import type { SiteIdentity } from './federation/offer.ts';
import { ownSource, spokeSource } from './federation/site-source.ts';
import { federationStatePart, SiteMemory } from './federation/site-state.ts';
import type { HealthCheck } from './health/index.ts';
import { federationRoutes } from './http/federation-routes.ts';
import { siteRoutes } from './http/site-routes.ts';
import type { Part, PartContext } from './part.ts';
import { openStateDatabase } from './state/state-database.ts';

/** How often health looks at the ages. */
const CHECK_MS = 15_000;

/** Opens the part. */
export function openFederation(context: PartContext): Part {
  const { config, clock, log, stores, outgoing, health } = context;
  const { ledger, journal } = stores;
  const identify = async (): Promise<SiteIdentity> => {
    const { lastSeq } = await journal.status();
    return { instance: journal.identity.id, seq: lastSeq };
  };
  let sites = (): readonly SiteStatus[] => [];
  const routes = [siteRoutes(ledger, identify), federationRoutes({ ledger, clock, sites: () => sites() })];
  const { site, spokes, interval, stale_after: staleAfter } = config.federation;
  if (spokes.length === 0) return { routes };
  const state = openStateDatabase({ dataDir: config.storage.data_dir, clock, parts: [federationStatePart] });
  const federation = new Federation({
    connection: ledger.connection,
    sources: [ownSource(site, ledger, identify), ...spokes.map((spoke) => spokeSource(spoke, outgoing))],
    memory: new SiteMemory(state),
    intervalMs: interval * 1000,
    clock,
    log,
    events: federationMetrics(stores.metrics.registry, () => sites()),
  });
  sites = () => federation.sites;
  health.add(
    checkOf(
      () => federation.sites,
      staleAfter * 1000,
      () => clock.nowMs(),
    ),
  );
  return {
    routes,
    ready: async () => federation.start(),
    stop: () => federation.stop(),
    async close() {
      await federation.close();
      state.close();
    },
  };
}

/** A site that is away makes figures of all sites old and loses none, so it is never more than degraded. */
function checkOf(sites: () => readonly SiteStatus[], staleMs: number, nowMs: () => number): HealthCheck {
  const startedMs = nowMs();
  return {
    name: 'federation',
    component: 'integrations',
    componentType: 'system',
    measurement: 'staleSites',
    critical: false,
    intervalMs: Math.min(CHECK_MS, staleMs),
    run: async () => {
      // A site that was never reached is as old as the server's start.
      const stale = sites().filter(({ succeededMs }) => nowMs() - (succeededMs ?? startedMs) > staleMs);
      const observed = { value: stale.length, unit: 'sites' };
      if (stale.length === 0)
        return { status: 'healthy', message: 'The figures of all sites are up to date.', observed };
      const names = stale.map(({ site }) => site).join(', ');
      return {
        status: 'degraded',
        message: `Figures are old of: ${names}. bellwether federation status says why.`,
        observed,
      };
    },
  };
}
