/**
 * The sections of the configuration whose names, keys and environment variables
 * are a contract with files that exist already. A key here is never renamed.
 */

import {
  choice,
  duration,
  endpoint,
  flag,
  host,
  hostPort,
  integer,
  money,
  number,
  section,
  text,
} from './leaf.ts';

/** What the server is called and where it listens. */
export const service = section('What the server is called and where it listens.', {
  name: text('custom-metrics', {
    variable: 'BELLWETHER_NAME',
    maxLength: 63,
    description: 'The name under which the service shows itself in `/health`.',
  }),
  port: integer(9091, {
    minimum: 0,
    maximum: 65_535,
    variable: 'CUSTOM_METRICS_PORT',
    flag: '--port',
    description: 'The TCP port of the HTTP interface. 0 takes any free one.',
  }),
  host: host('127.0.0.1', {
    variable: 'BELLWETHER_HOST',
    flag: '--host',
    description:
      'The address to listen on: an IP address or a host name. `0.0.0.0` listens on every IPv4 address, `::` on every address.',
  }),
  workers: integer(2, {
    minimum: 0,
    maximum: 64,
    variable: 'BELLWETHER_WORKERS',
    unit: 'threads',
    description:
      'The most threads that check and price the events of large bodies; each is started when it is needed. Of less than 1 GiB of memory there is room for one only. 0: the main thread does it.',
  }),
});

/** Collection, and how long what was collected is kept. */
export const metrics = section('Collection, and how long what was collected is kept.', {
  collection_interval: duration(15, 'seconds', {
    minimum: 1,
    maximum: 3600,
    variable: 'CUSTOM_METRICS_COLLECTION_INTERVAL',
    description: 'How often collectors run.',
  }),
  retention_days: duration(90, 'days', {
    minimum: 1,
    maximum: 3650,
    variable: 'METRICS_RETENTION_DAYS',
    description: 'How long samples of metrics and rollups by the minute are kept.',
  }),
  compression_enabled: flag(true, {
    variable: 'METRICS_COMPRESSION_ENABLED',
    description:
      'Compress Parquet files, of exports and of the archive, with zstd. The ledger itself is always compressed.',
  }),
  backup_enabled: flag(true, { variable: 'METRICS_BACKUP_ENABLED', description: 'Permit backups.' }),
  archival_enabled: flag(true, {
    variable: 'METRICS_ARCHIVAL_ENABLED',
    description: 'Archive the events that pass out of retention before they are removed.',
  }),
});

const weightOf = (what: string): string =>
  `Relative weight of ${what} in the composite score; the three weights are divided by their sum.`;

/** What requests are worth, and the composite score. */
export const businessIntelligence = section('What requests are worth, and the composite score.', {
  enabled: flag(true, { variable: 'BUSINESS_METRICS_ENABLED', description: 'Derive the business metrics.' }),
  revenue_per_request: money('0.01', {
    variable: 'REVENUE_PER_REQUEST',
    description: 'Revenue of a request that names none itself.',
  }),
  cost_per_request: money('0.005', {
    variable: 'COST_PER_REQUEST',
    description:
      'Cost of a request for business metrics, where neither the request nor a price list has one.',
  }),
  user_satisfaction_weight: number(0.3, {
    minimum: 0,
    maximum: 1,
    variable: 'USER_SATISFACTION_WEIGHT',
    description: weightOf('user satisfaction'),
  }),
  performance_weight: number(0.4, {
    minimum: 0,
    maximum: 1,
    variable: 'PERFORMANCE_WEIGHT',
    description: weightOf('performance'),
  }),
  cost_efficiency_weight: number(0.3, {
    minimum: 0,
    maximum: 1,
    variable: 'COST_EFFICIENCY_WEIGHT',
    description: weightOf('cost efficiency'),
  }),
});

/** What is derived from cost. */
export const costAnalysis = section('What is derived from cost.', {
  enabled: flag(true, { variable: 'COST_ANALYSIS_ENABLED', description: 'Derive the cost metrics.' }),
  model_cost_tracking: flag(true, { description: 'Cost for each model.' }),
  resource_utilization_tracking: flag(true, { description: 'Use of resources beside cost.' }),
  optimization_recommendations: flag(true, { description: 'Recommendations that would lower cost.' }),
});

/** What is derived from who sends requests. */
export const userAnalytics = section('What is derived from who sends requests.', {
  enabled: flag(true, { description: 'Derive the user metrics.' }),
  adoption_tracking: flag(true, {
    variable: 'USER_ADOPTION_TRACKING',
    description: 'New and returning users.',
  }),
  usage_pattern_analysis: flag(true, { description: 'When and for what users send requests.' }),
  satisfaction_metrics: flag(true, { description: 'Satisfaction, from the scores that events carry.' }),
});

const logLevels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

/** What the server may use of the machine, and how much it says. */
export const performance = section('What the server may use of the machine, and how much it says.', {
  memory_limit_gb: number(1, {
    minimum: 0.125,
    maximum: 4096,
    variable: 'CUSTOM_METRICS_MEMORY_GB',
    unit: 'GiB',
    description: 'Memory of the server and its engine together.',
  }),
  cpu_cores: number(2, {
    minimum: 0.1,
    maximum: 1024,
    variable: 'CUSTOM_METRICS_CPU_CORES',
    unit: 'cores',
    description: 'Processor cores of the server and its engine together.',
  }),
  log_level: choice('INFO', logLevels, {
    live: true,
    aliases: { WARNING: 'WARN', CRITICAL: 'FATAL' },
    description: 'The least severe entries that are logged.',
  }),
});

/** The other services of the monitoring stack. Empty: there is none. */
export const monitoring = section('The other services of the monitoring stack. Empty: there is none.', {
  prometheus_endpoint: endpoint({
    variable: 'PROMETHEUS_ENDPOINT',
    secret: true,
    description: 'Prometheus, e.g. `http://prometheus:9090`.',
  }),
  grafana_endpoint: endpoint({
    variable: 'GRAFANA_ENDPOINT',
    secret: true,
    description: 'Grafana, e.g. `http://grafana:3000`.',
  }),
  sql_database_endpoint: hostPort({
    variable: 'SQL_DATABASE_ENDPOINT',
    description: 'PostgreSQL, e.g. `postgres:5432`.',
  }),
  metrics_server_endpoint: endpoint({
    variable: 'METRICS_SERVER_ENDPOINT',
    secret: true,
    description: 'Alertmanager, e.g. `alertmanager:9093`.',
  }),
});
