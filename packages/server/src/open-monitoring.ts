/** The part that Prometheus and the people whom it wakes ask: what to scrape, what to do, and the documentation. */

import { discoveryRoutes } from './http/discovery-routes.ts';
import { manualRoutes } from './http/manual-routes.ts';
import { runbookRoutes } from './http/runbook-routes.ts';
import type { Part, PartContext } from './part.ts';

/** Opens it. */
export function openMonitoring({ config }: PartContext): Part {
  return { routes: [discoveryRoutes(config.discovery.applications), runbookRoutes, manualRoutes] };
}
