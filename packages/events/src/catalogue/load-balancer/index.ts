/** The load balancer pack, in the order in which it is shown. */

import {
  backendHealth,
  backendResources,
  circuitBreakers,
  connectionPools,
  connectionWaits,
} from './backends.ts';
import { balancedSla, balancedSlo } from './sla.ts';
import { balancedFlow, balancedRates, balancedTraffic } from './traffic.ts';
import {
  balancedAlgorithms,
  balancedBudgets,
  balancedCache,
  balancedCost,
  balancedQuality,
} from './worth.ts';

/** All groups of the load balancer pack. */
export const loadBalancerPack = [
  balancedTraffic,
  balancedRates,
  balancedFlow,
  balancedCost,
  balancedBudgets,
  balancedQuality,
  balancedAlgorithms,
  balancedCache,
  backendHealth,
  circuitBreakers,
  connectionPools,
  connectionWaits,
  backendResources,
  balancedSla,
  balancedSlo,
] as const;
