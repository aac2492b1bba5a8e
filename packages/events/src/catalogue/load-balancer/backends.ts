/** The state of the backends, which only the balancer knows. */

import { ioBuckets } from '../buckets.ts';
import { byApplication, byBoth, pack } from '../family.ts';

/** Whether backends are there. */
export const backendHealth = pack('load_balancer', byApplication, {
  health: {
    name: 'load_balancer_backend_health',
    type: 'gauge',
    help: 'Health of the backend: 1 healthy, 0.5 degraded, 0 unhealthy.',
    labels: ['backend'],
    aggregator: 'last',
  },
  availability: {
    name: 'load_balancer_backend_availability_percent',
    type: 'gauge',
    help: 'Share of the health checks of the last five minutes that succeeded, 0 to 100.',
    labels: ['backend'],
  },
  uptime: {
    name: 'load_balancer_backend_uptime_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since health checks of the backend began to succeed; 0 while they fail.',
    labels: ['backend'],
  },
  weight: {
    name: 'load_balancer_backend_weight',
    type: 'gauge',
    help: 'Share of the requests that the balancer means to give to the backend, relative to the others.',
    labels: ['backend'],
    aggregator: 'last',
  },
  checkSuccesses: {
    name: 'load_balancer_health_check_successes_total',
    type: 'counter',
    help: 'Health checks that succeeded.',
    labels: ['backend'],
  },
  checkFailures: {
    name: 'load_balancer_health_check_failures_total',
    type: 'counter',
    help: 'Health checks that failed.',
    labels: ['backend'],
  },
  checkTime: {
    name: 'load_balancer_health_check_response_time_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'How long health checks took, failed ones included.',
    labels: ['backend'],
    buckets: ioBuckets,
  },
});

/** Circuit breakers. */
export const circuitBreakers = pack('load_balancer', byApplication, {
  state: {
    name: 'load_balancer_circuit_breaker_state',
    type: 'gauge',
    help: 'State of the circuit breaker: 0 closed, 1 half open, 2 open.',
    labels: ['backend'],
    aggregator: 'last',
  },
  trips: {
    name: 'load_balancer_circuit_breaker_trips_total',
    type: 'counter',
    help: 'Times that the circuit breaker opened.',
    labels: ['backend'],
  },
  rejections: {
    name: 'load_balancer_circuit_breaker_rejections_total',
    type: 'counter',
    help: 'Requests that were kept from the backend since its circuit breaker was open.',
    labels: ['backend'],
  },
});

/** Connection pools. */
export const connectionPools = pack('load_balancer', byApplication, {
  utilization: {
    name: 'load_balancer_connection_pool_utilization_percent',
    type: 'gauge',
    help: 'Share of the connections to the backend that are in use, 0 to 100.',
    labels: ['backend'],
  },
  queueLength: {
    name: 'load_balancer_connection_pool_queue_length',
    type: 'gauge',
    help: 'Requests that wait for a connection to the backend.',
    labels: ['backend'],
    aggregator: 'sum',
  },
  sizeCurrent: {
    name: 'load_balancer_pool_size_current',
    type: 'gauge',
    help: 'Connections to the backend that are open.',
    labels: ['backend'],
    aggregator: 'sum',
  },
  sizeActive: {
    name: 'load_balancer_pool_size_active',
    type: 'gauge',
    help: 'Connections to the backend that are in use.',
    labels: ['backend'],
    aggregator: 'sum',
  },
  sizeMax: {
    name: 'load_balancer_pool_size_max',
    type: 'gauge',
    help: 'Connections to the backend that may be open at a time.',
    labels: ['backend'],
    aggregator: 'sum',
  },
  exhaustions: {
    name: 'load_balancer_pool_exhaustions_total',
    type: 'counter',
    help: 'Requests that found every connection to the backend in use.',
    labels: ['backend'],
  },
});

/** How long requests waited for their backend, which their events tell too. */
export const connectionWaits = pack('load_balancer', byBoth, {
  wait: {
    name: 'load_balancer_connection_pool_wait_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'How long requests waited before the backend took them.',
    labels: ['backend'],
    buckets: ioBuckets,
  },
});

/** What the backends use of their machines. */
export const backendResources = pack('load_balancer', byApplication, {
  cpu: {
    name: 'load_balancer_cpu_usage_percent',
    type: 'gauge',
    help: 'Processor time that the backend uses, in percent of one core.',
    labels: ['backend'],
    aggregator: 'last',
  },
  memory: {
    name: 'load_balancer_memory_usage_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory that the backend uses.',
    labels: ['backend'],
    aggregator: 'last',
  },
  memoryShare: {
    name: 'load_balancer_memory_usage_percent',
    type: 'gauge',
    help: 'Memory that the backend uses, in percent of what it may use.',
    labels: ['backend'],
    aggregator: 'last',
  },
  received: {
    name: 'load_balancer_network_receive_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes that the balancer received from the backend.',
    labels: ['backend'],
  },
  transmitted: {
    name: 'load_balancer_network_transmit_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Bytes that the balancer sent to the backend.',
    labels: ['backend'],
  },
});
