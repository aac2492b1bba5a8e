/** What the exposition tells of deployments. */

import { deploymentsPack } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import type { Deployment } from './deployment-store.ts';

/** Services and environments that are shown; of more, those that come first in the alphabet. */
const SHOWN_MAX = 200;

/** Shows markers. */
export interface DeploymentMetrics {
  /** Shows the newest marker of each service and environment, in place of those before. */
  show(newest: readonly Deployment[]): void;
  /** Counts one that was taken. */
  count(deployment: Pick<Deployment, 'service' | 'environment'>): void;
}

/** Declares the families. */
export function deploymentMetrics(registry: Registry): DeploymentMetrics {
  const families = defineMetrics(deploymentsPack, { registry });
  return {
    show(newest) {
      families.newest.reset();
      for (const { service, environment, version, atMs } of newest.slice(0, SHOWN_MAX))
        families.newest.set({ service, environment, version }, atMs / 1000);
    },
    count({ service, environment }) {
      families.deployments.inc({ service, environment });
    },
  };
}
