/** The monitoring system's own health: what it took in, refused and stored. */

import { ioBuckets } from './buckets.ts';
import { byApplication, byBoth, byServer, pack } from './family.ts';

/** Failures of the monitoring itself, wherever it runs. */
export const frameworkErrors = pack('framework', byBoth, {
  errors: {
    name: 'custom_metrics_errors_total',
    type: 'counter',
    help: 'Failures inside the monitoring. The kind recording is what could not be recorded, such as a duration that is no number.',
    labels: ['kind'],
  },
});

/** What the metrics client tells of its bounds. The registry exposes it by itself once there is anything to tell. */
export const clientPack = pack('framework', byBoth, {
  overflow: {
    name: 'metrics_series_overflow_total',
    type: 'counter',
    help: 'Look-ups of label sets that went to the overflow series of a metric, by the bound that they met.',
    labels: ['metric', 'reason'],
  },
});

/** The same for registries that let idle series go, which the server's does not. */
export const clientIdlePack = pack('framework', byApplication, {
  idle: {
    name: 'metrics_idle_series_removed_total',
    type: 'counter',
    help: 'Series of a metric that were removed since nothing had changed them for long.',
    labels: ['metric'],
  },
});

/** What the shipper of an application tells of the events that it sends to the server. */
export const shipperPack = pack('framework', byApplication, {
  events: {
    name: 'custom_metrics_shipper_events_total',
    type: 'counter',
    help: 'Events by what became of them: accepted, duplicate, rejected or refused by the server; invalid, queue_full, spool_full or closed if they never left.',
    labels: ['outcome'],
  },
  requests: {
    name: 'custom_metrics_shipper_requests_total',
    type: 'counter',
    help: 'Requests to the server by how they ended: taken, retried or refused.',
    labels: ['result'],
  },
  waitingEvents: {
    name: 'custom_metrics_shipper_waiting_events',
    type: 'gauge',
    help: 'Events that wait in memory and on disk.',
    labels: [],
  },
  waitingBytes: {
    name: 'custom_metrics_shipper_waiting_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Compressed events that wait in memory.',
    labels: [],
  },
});

/** What the server tells of itself. */
export const frameworkPack = pack('framework', byServer, {
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
  requestDuration: {
    name: 'custom_metrics_http_request_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time that the server took for an HTTP request, by method and route. Exemplars have the id of the request or of its trace.',
    labels: ['method', 'path'],
    buckets: ioBuckets,
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
  reloadSuccessful: {
    name: 'custom_metrics_config_last_reload_successful',
    type: 'gauge',
    help: 'Whether the last load of the configuration was taken: 1 if so, 0 if the one before it is still in effect.',
    labels: [],
  },
  reloadTime: {
    name: 'custom_metrics_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When a configuration was last taken.',
    labels: [],
  },
  retention: {
    name: 'custom_metrics_retention_efficiency_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of what is past its retention that has been removed.',
    labels: ['store'],
  },
  costPrecision: {
    name: 'custom_metrics_cost_precision_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the counted requests whose price is known; a known price is exact.',
    labels: [],
  },
});

/** What the server tells of its backups. */
export const backupPack = pack('framework', byServer, {
  backups: {
    name: 'custom_metrics_backups_total',
    type: 'counter',
    help: 'Backups by how they ended: made or failed.',
    labels: ['result'],
  },
  newest: {
    name: 'custom_metrics_backup_newest_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the newest backup was taken that this server has made or found in its backup directory.',
    labels: [],
  },
  bytes: {
    name: 'custom_metrics_backup_size_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Size of that backup, with what it has in common with earlier ones.',
    labels: [],
  },
});

/** Business figures on their way to the SQL server. */
export const sqlExportPack = pack('framework', byServer, {
  days: {
    name: 'custom_metrics_sql_days_written_total',
    type: 'counter',
    help: 'Days of business figures that were written to the SQL server.',
    labels: [],
  },
  pending: {
    name: 'custom_metrics_sql_days_pending',
    type: 'gauge',
    help: 'Days of business figures that wait to be written to the SQL server.',
    labels: [],
  },
  failures: {
    name: 'custom_metrics_sql_failures_total',
    type: 'counter',
    help: 'Runs that could not write business figures to the SQL server.',
    labels: [],
  },
  complete: {
    name: 'custom_metrics_sql_complete_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the SQL server last had all business figures.',
    labels: [],
  },
});

/** Sites whose figures a hub has. */
export const federationPack = pack('framework', byServer, {
  up: {
    name: 'custom_metrics_federation_up',
    type: 'gauge',
    help: 'Whether the last look at a site gave all its figures: 1 if it did, 0 if not.',
    labels: ['site'],
  },
  success: {
    name: 'custom_metrics_federation_last_success_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the figures of a site were last known to be all that it had.',
    labels: ['site'],
  },
  pulls: {
    name: 'custom_metrics_federation_pulls_total',
    type: 'counter',
    help: 'Looks at a site by how they ended: success or failure.',
    labels: ['site', 'outcome'],
  },
  replaced: {
    name: 'custom_metrics_federation_replaced_total',
    type: 'counter',
    help: 'Hours of a site, and days of its users, whose figures were replaced.',
    labels: ['site'],
  },
  resets: {
    name: 'custom_metrics_federation_resets_total',
    type: 'counter',
    help: 'Times a site was found to be restored from a backup, or another one.',
    labels: ['site'],
  },
});

/** What the server tells of damage to its data. */
export const integrityPack = pack('framework', byServer, {
  damaged: {
    name: 'custom_metrics_damaged',
    type: 'gauge',
    help: 'Pieces of the stored data that are known to be damaged: blocks, identity files, parts, databases set aside.',
    labels: ['store'],
  },
});

/** Deployments, which dashboards show as annotations. */
export const deploymentsPack = pack('framework', byServer, {
  deployments: {
    name: 'custom_metrics_deployments_total',
    type: 'counter',
    help: 'Deployments that were marked.',
    labels: ['service', 'environment'],
  },
  newest: {
    name: 'custom_metrics_deployment_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the newest version of a service was deployed.',
    labels: ['service', 'environment', 'version'],
  },
});

/** The room that the ledger has. */
export const capacityPack = pack('framework', byServer, {
  ledgerSize: {
    name: 'custom_metrics_ledger_size_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'What the embedded ledger takes on its disk.',
    labels: [],
  },
  diskFull: {
    name: 'custom_metrics_disk_full_days',
    type: 'gauge',
    help: 'Days until the ledger has taken the room that its disk has left: as expected, and by the edges of what its size will be.',
    labels: ['bound'],
  },
});

/** What is told when the live figures are validated. */
export const accuracyPack = pack('framework', byServer, {
  accuracy: {
    name: 'custom_metrics_business_accuracy_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the business figures that agree with the stored history when they are validated.',
    labels: [],
  },
});

/** What the server tells of what it scrapes and asks. */
export const collectorsPack = pack('framework', byServer, {
  connectivity: {
    name: 'custom_metrics_integration_connectivity',
    type: 'gauge',
    help: 'Whether a configured integration answers: 1 if it does, 0 if not.',
    labels: ['integration'],
  },
  targets: {
    name: 'custom_metrics_collection_targets',
    type: 'gauge',
    help: 'Targets that the server scrapes, by the job that they are of and whether the last scrape succeeded: up, down or unknown.',
    labels: ['collector', 'state'],
  },
  scrapes: {
    name: 'custom_metrics_collection_scrapes_total',
    type: 'counter',
    help: 'Scrapes of targets by how they ended: success or failure.',
    labels: ['collector', 'outcome'],
  },
  restarts: {
    name: 'custom_metrics_collection_restarts_total',
    type: 'counter',
    help: 'Times a target was seen to have begun anew: a running total was less than before, or its process younger.',
    labels: ['collector'],
  },
});
