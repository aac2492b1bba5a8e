/** Requests as they pass through a load balancer. */

import { balancedRequestBuckets } from '../buckets.ts';
import { byApplication, byBoth, pack } from '../family.ts';

/** What follows from each finished request. */
export const balancedTraffic = pack('load_balancer', byBoth, {
  requests: {
    name: 'load_balancer_requests_total',
    type: 'counter',
    help: 'Finished requests. The status is success, error, timeout or cancelled.',
    labels: ['backend', 'algorithm', 'status'],
  },
  byMethod: {
    name: 'load_balancer_requests_by_method_total',
    type: 'counter',
    help: 'Finished requests by their method, e.g. POST.',
    labels: ['method', 'status'],
  },
  errors: {
    name: 'load_balancer_errors_total',
    type: 'counter',
    help: 'Requests that failed, by kind of error.',
    labels: ['backend', 'error_type'],
  },
  duration: {
    name: 'load_balancer_request_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time from the start of a request to its end.',
    labels: ['backend'],
    buckets: balancedRequestBuckets,
  },
  responseTime: {
    name: 'load_balancer_response_time_ms',
    type: 'summary',
    help: 'Time from the start of a request to its end, in milliseconds: quantiles of the last five minutes, off by at most 0.5 %.',
    labels: ['backend'],
    percentiles: [0.5, 0.95, 0.99],
    maxAgeSeconds: 300,
    ageBuckets: 5,
  },
  requestBytes: {
    name: 'load_balancer_request_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Size of the requests.',
    labels: ['backend'],
  },
  responseBytes: {
    name: 'load_balancer_response_bytes_total',
    type: 'counter',
    unit: 'bytes',
    help: 'Size of the answers.',
    labels: ['backend'],
  },
  info: {
    name: 'load_balancer_backend_info',
    type: 'info',
    help: 'The kind of each backend that took a request.',
    labels: ['backend', 'type'],
  },
});

/** How fast requests come and how they end, of late. */
export const balancedRates = pack('load_balancer', byBoth, {
  perSecond: {
    name: 'load_balancer_requests_per_second',
    type: 'gauge',
    help: 'Finished requests for each second of the last minute.',
    labels: ['backend'],
  },
  errorRate: {
    name: 'load_balancer_error_rate_percent',
    type: 'gauge',
    help: 'Share of the requests of the last minute that did not succeed, 0 to 100; absent without requests.',
    labels: ['backend'],
  },
  successRate: {
    name: 'load_balancer_success_rate_percent',
    type: 'gauge',
    help: 'Share of the requests of the last minute that succeeded, 0 to 100; absent without requests.',
    labels: ['backend'],
  },
});

/** Requests that are under way or had to be sent again, which only the balancer sees. */
export const balancedFlow = pack('load_balancer', byApplication, {
  active: {
    name: 'load_balancer_active_requests',
    type: 'gauge',
    help: 'Requests that the backend is working on.',
    labels: ['backend'],
    aggregator: 'sum',
  },
  retries: {
    name: 'load_balancer_retries_total',
    type: 'counter',
    help: 'Requests that were sent again after the backend had failed them.',
    labels: ['backend'],
  },
  failovers: {
    name: 'load_balancer_failovers_total',
    type: 'counter',
    help: 'Requests that another backend took over from this one.',
    labels: ['backend'],
  },
});
