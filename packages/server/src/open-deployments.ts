/** Deployment markers as a part of the server. */

import { deploymentMetrics } from './deployments/deployment-metrics.ts';
import { type Deployment, DeploymentStore, deploymentsStatePart } from './deployments/deployment-store.ts';
import { deploymentRoutes } from './http/deployment-routes.ts';
import { openModelChanges } from './open-model-changes.ts';
import type { Part, PartContext } from './part.ts';
import { openStateDatabase } from './state/state-database.ts';

/** Opens the part. */
export function openDeployments(context: PartContext): Part {
  const { config, clock, audit, stores } = context;
  const state = openStateDatabase({ dataDir: config.storage.data_dir, clock, parts: [deploymentsStatePart] });
  const store = new DeploymentStore(state);
  const metrics = deploymentMetrics(stores.metrics.registry);
  metrics.show(store.newest());
  const add = async (deployment: Deployment, actor: string): Promise<boolean> => {
    const isNew = store.add(deployment);
    if (!isNew) return false;
    metrics.count(deployment);
    metrics.show(store.newest());
    const { id, service, version, environment } = deployment;
    const details = { service, version, environment, at: new Date(deployment.atMs).toISOString() };
    await audit.append({ actor, action: 'deployment.added', target: id, details });
    return true;
  };
  const changes = openModelChanges(context, { store, add });
  return {
    ...changes,
    routes: [deploymentRoutes({ store, add, clock })],
    close: async () => {
      await changes.close?.();
      state.close();
    },
  };
}
