/** What all checks say together, from which every answer and metric is made. */

import type { HealthCheck, HealthStatus } from './check.ts';
import type { CheckResult } from './watch.ts';

/** How far the server is with starting or stopping. */
export type HealthPhase = 'starting' | 'ready' | 'stopping';

/** What the checks say together. */
export interface HealthReport {
  readonly status: HealthStatus;
  readonly phase: HealthPhase;
  readonly service: string;
  readonly version: string;
  readonly metricsCollected: boolean;
  readonly nowMs: number;
  readonly uptimeSeconds: number;
  /** In the order in which the checks were added. */
  readonly checks: readonly { readonly check: HealthCheck; readonly result: CheckResult }[];
}
