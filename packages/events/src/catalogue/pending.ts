/**
 * Families that are declared and that nothing records yet. Each entry names the
 * capability that will. A test holds the list against what is really recorded: a
 * family that comes to life must leave it, and the list must end empty.
 */

import type { Source } from './family.ts';

/** A family that waits for a capability. */
export interface PendingFamily {
  readonly family: string;
  /** Who does not record it yet. */
  readonly source: Source;
  /** What will record it. */
  readonly capability: string;
}

const waits = (capability: string, families: readonly string[]): PendingFamily[] =>
  families.map((family) => ({ family, source: 'server', capability }));

/** All of them. */
export const pending: readonly PendingFamily[] = [
  ...waits('integrations: Prometheus, Grafana, Alertmanager and PostgreSQL, asked whether they answer', [
    'custom_metrics_integration_connectivity',
  ...waits(recommendations, ['cost_optimization_recommendations', 'cost_optimization_savings_usd']),
  ...waits('validate accuracy: live figures against the stored history', [
    'custom_metrics_business_accuracy_ratio',
  ]),
];
