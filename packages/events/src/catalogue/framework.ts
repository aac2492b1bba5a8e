/** The server's own health: what it took in, refused and stored. */

import { pack } from './family.ts';

export const frameworkPack = pack('framework', {
  families: {
    name: 'custom_metrics_total',
    type: 'gauge',
    help: 'Metric families that are exposed.',
    labels: [],
  },
  collection: {
    name: 'custom_metrics_collection_duration_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long the last exposition took to render.',
    labels: [],
  },
  eventsAccepted: {
    name: 'custom_metrics_events_accepted_total',
    type: 'counter',
    help: 'Events that were acknowledged, each once.',
    labels: [],
  },
  eventsDuplicate: {
    name: 'custom_metrics_events_duplicate_total',
    type: 'counter',
    help: 'Events that were sent again and stored already.',
    labels: [],
  },
  eventsStaleConflict: {
    name: 'custom_metrics_events_stale_conflict_total',
    type: 'counter',
    help: 'Events that were dropped because their id was taken by another payload before the identity window.',
    labels: [],
  },
  eventsRejected: {
    name: 'custom_metrics_events_rejected_total',
    type: 'counter',
    help: 'Events that a partial request left out, by error code.',
    labels: ['code'],
  },
  requestsRefused: {
    name: 'custom_metrics_requests_refused_total',
    type: 'counter',
    help: 'Requests that were refused whole, by error code.',
    labels: ['code'],
  },
  eventsLoaded: {
    name: 'custom_metrics_events_loaded_total',
    type: 'counter',
    help: 'Events that have come to be in the ledger.',
    labels: [],
  },
  loaderFailures: {
    name: 'custom_metrics_loader_failures_total',
    type: 'counter',
    help: 'Tries to load events into the ledger that failed and are repeated.',
    labels: [],
  },
  journalPending: {
    name: 'custom_metrics_journal_pending_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Acknowledged events that the ledger does not have yet.',
    labels: [],
  },
  engineCrashes: {
    name: 'custom_metrics_engine_crashes_total',
    type: 'counter',
    help: 'Times the embedded engine ended by itself and was started again.',
    labels: [],
  },
  health: {
    name: 'custom_metrics_integration_health',
    type: 'gauge',
    help: 'Result of the health checks: 1 healthy, 0.5 degraded, 0 unhealthy.',
    labels: ['check'],
  },
  costPrecision: {
    name: 'custom_metrics_cost_precision_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the counted requests whose price is known; a known price is exact.',
    labels: [],
  },
});
