/** All groups of alerts, in the order in which they are generated and listed. */

import type { AlertGroup } from '../alert.ts';
import { bellwetherAlerts } from './bellwether.ts';
import { bellwetherWorkAlerts } from './bellwether-work.ts';
import { businessAlerts } from './business.ts';
import { capacityAlerts } from './capacity.ts';
import { criticalAlerts } from './critical.ts';
import { llmBudgetAlerts } from './llm-budgets.ts';
import { llmCostAlerts } from './llm-cost.ts';
import { llmErrorAlerts } from './llm-errors.ts';
import { llmLatencyAlerts } from './llm-latency.ts';
import { loadBalancerAlerts } from './load-balancer.ts';
import { performanceAlerts } from './performance.ts';
import { securityAlerts } from './security.ts';
import { slaAlerts } from './sla.ts';
import { warningAlerts } from './warning.ts';

/** The groups whose rules do not depend on objectives. */
export const alertGroups: readonly AlertGroup[] = [
  criticalAlerts,
  warningAlerts,
  performanceAlerts,
  securityAlerts,
  capacityAlerts,
  slaAlerts,
  llmCostAlerts,
  llmLatencyAlerts,
  llmErrorAlerts,
  llmBudgetAlerts,
  loadBalancerAlerts,
  businessAlerts,
  bellwetherAlerts,
  bellwetherWorkAlerts,
];
