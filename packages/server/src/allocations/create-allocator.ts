/** Makes the allocator as it is configured. */

import type { Clock } from '../clock.ts';
import type { Config } from '../config/index.ts';
import type { Log } from '../log.ts';
import type { Outgoing } from '../outgoing/index.ts';
import { Allocator } from './allocator.ts';
import { PrometheusQueries } from '../series/prometheus.ts';

/** The allocator of the configured models, which asks the configured Prometheus unless use is not to be tracked. */
export function createAllocator(config: Config, clock: Clock, log: Log, outgoing: Outgoing): Allocator {
  const endpoint = config.monitoring.prometheus_endpoint;
  const tracked = config.cost_analysis.resource_utilization_tracking && endpoint !== '';
  return new Allocator({
    pools: config.self_hosted.items,
    prometheus: tracked ? new PrometheusQueries(endpoint, outgoing) : null,
    clock,
    log,
  });
}
