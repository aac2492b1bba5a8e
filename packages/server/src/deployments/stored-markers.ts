/** Deployments as moments to compare before and after, read from the data directory when they are asked for. */

import type { Clock } from '../clock.ts';
import { openStateDatabase } from '../state/state-database.ts';
import { type Deployment, DeploymentStore, deploymentsStatePart } from './deployment-store.ts';

/** Markers that one question sees, the newest. */
const MARKERS_MAX = 10_000;

/** The markers of a data directory, whether a server has it open or not. */
export function storedMarkers(
  dataDir: string,
  clock: Clock,
): (fromMs: number, toMs: number) => readonly Deployment[] {
  return (fromMs, toMs) => {
    const state = openStateDatabase({ dataDir, clock, parts: [deploymentsStatePart] });
    try {
      const query = { fromMs, toMs, service: null, environment: null, limit: MARKERS_MAX };
      return new DeploymentStore(state).list(query);
    } finally {
      state.close();
    }
  };
}
