/** Scenarios of the alerts on the load balancer, the business and Bellwether itself. */

import type { Scenario } from './scenario.ts';

const backend = { backend: 'one' };
const balanced = { job: 'llm-applications', backend: 'one' };
const server = { instance: 'b:9091' };

/** By the name of the alert. */
export const otherScenarios: Readonly<Record<string, Scenario>> = {
  BackendUnhealthy: {
    series: [
      ['load_balancer_backend_health{backend="one"}', 0.5, 0],
      ['load_balancer_backend_health{backend="two"}', 1, 1],
    ],
    labels: balanced,
  },
  CircuitBreakerOpen: {
    series: [['load_balancer_circuit_breaker_state{backend="one"}', 1, 2]],
    labels: balanced,
  },
  CircuitBreakerFlapping: {
    series: [['load_balancer_circuit_breaker_trips_total{backend="one"}', 1 / 6, 1 / 2]],
    labels: balanced,
    shown: '15',
  },
  BackendHighErrorRate: {
    // The other backend fails entirely, on less than one request a minute.
    series: [
      ['load_balancer_requests_total{backend="one",algorithm="a",status="error"}', 10, 30],
      ['load_balancer_requests_total{backend="one",algorithm="a",status="success"}', 90, 70],
      ['load_balancer_requests_total{backend="two",algorithm="a",status="error"}', 0.5, 0.5],
    ],
    labels: backend,
    shown: '30%',
  },
  BackendHighLatency: {
    series: [
      ['load_balancer_request_duration_seconds_bucket{backend="one",le="30"}', 95, 90],
      ['load_balancer_request_duration_seconds_bucket{backend="one",le="60"}', 100, 100],
      ['load_balancer_request_duration_seconds_bucket{backend="one",le="+Inf"}', 100, 100],
      ['load_balancer_request_duration_seconds_count{backend="one"}', 100, 100],
    ],
    labels: backend,
    shown: '45s',
  },
  ConnectionPoolNearlyExhausted: {
    series: [['load_balancer_connection_pool_utilization_percent{backend="one"}', 90, 100]],
    labels: balanced,
    shown: '100',
  },
  ConnectionPoolExhausted: {
    series: [['load_balancer_pool_exhaustions_total{backend="one"}', 2, 4]],
    labels: balanced,
    shown: '20',
  },
  LoadImbalance: {
    series: [
      ['load_balancer_load_distribution_score', 0.3, 0.25],
      ['load_balancer_backend_info{backend="one",type="hosted"}', 1, 1],
      ['load_balancer_backend_info{backend="two",type="hosted"}', 1, 1],
    ],
    labels: { job: 'custom-metrics' },
    shown: '0.25',
  },
  BackendQualityLow: {
    series: [['load_balancer_quality_score{backend="one"}', 0.6, 0.5]],
    labels: { job: 'custom-metrics', backend: 'one' },
    shown: '0.50',
  },
  NegativeROI: {
    series: [['business_roi_ratio', 0, -0.25]],
    phases: [60, 70, 60],
    labels: { job: 'custom-metrics' },
    shown: '-25%',
  },
  LowUserSatisfaction: {
    intervalMinutes: 5,
    phases: [300, 30, 30],
    series: [
      ['users_satisfaction_score{application="helpdesk"}', 0.6, 0.5],
      ['users_ratings_total{application="helpdesk"}', 1, 1],
      ['users_satisfaction_score{application="rarely-rated"}', 0.1, 0.1],
      ['users_ratings_total{application="rarely-rated"}', 0.05, 0.05],
    ],
    labels: { application: 'helpdesk' },
    shown: '0.50',
  },
  CompositeScoreLow: {
    series: [['business_composite_score', 0.5, 0.4]],
    phases: [60, 70, 60],
    labels: { job: 'custom-metrics' },
    shown: '0.40',
  },
  UserActivityDrop: {
    intervalMinutes: 5,
    phases: [320, 30, 30],
    series: [['users_active{window="1h"}', 100, 29]],
    labels: { job: 'custom-metrics' },
    shown: '29',
  },
  CostSavingsOpen: {
    intervalMinutes: 5,
    phases: [24, 300, 24],
    series: [['cost_optimization_savings_usd{kind="cheaper_model"}', 100, 250]],
    labels: { kind: 'cheaper_model' },
    shown: '250',
  },
  BellwetherUnhealthy: {
    series: [['custom_metrics_integration_health{instance="b:9091",check="ledger"}', 0.5, 0]],
    labels: { ...server, check: 'ledger' },
  },
  BellwetherLedgerBehind: {
    series: [['custom_metrics_journal_pending_bytes{instance="b:9091"}', 268_435_456, 536_870_912]],
    labels: server,
    shown: '512Mi',
  },
  BellwetherLoaderFailing: {
    series: [['custom_metrics_loader_failures_total{instance="b:9091"}', 0.25, 1]],
    labels: server,
    shown: '10',
  },
  BellwetherEngineCrashing: {
    series: [['custom_metrics_engine_crashes_total{instance="b:9091"}', 1 / 40, 0.1]],
    phases: [70, 70, 90],
    labels: server,
    shown: '6',
  },
  BellwetherRefusingRequests: {
    series: [
      ['custom_metrics_requests_refused_total{instance="b:9091",code="overloaded"}', 0, 60],
      ['custom_metrics_requests_refused_total{instance="b:9091",code="invalid_json"}', 60, 60],
    ],
    labels: { ...server, code: 'overloaded' },
    shown: '1.00',
  },
  BellwetherRejectingEvents: {
    series: [['custom_metrics_events_rejected_total{instance="b:9091",code="too_long"}', 6, 12]],
    labels: { ...server, code: 'too_long' },
    shown: '0.20',
  },
  BellwetherRecordingErrors: {
    series: [['custom_metrics_errors_total{instance="b:9091",kind="recording"}', 0, 1]],
    labels: { job: 'custom-metrics', ...server, kind: 'recording' },
    shown: '15',
  },
  BellwetherSeriesOverflow: {
    series: [['metrics_series_overflow_total{metric="llm_requests_total",reason="series"}', 0, 1]],
    phases: [70, 70, 90],
    labels: { job: 'custom-metrics', metric: 'llm_requests_total' },
  },
  BellwetherScrapeSlow: {
    series: [['custom_metrics_collection_duration_seconds{instance="b:9091"}', 0.5, 0.75]],
    labels: server,
    shown: '750ms',
  },
  BellwetherIntegrationDown: {
    series: [['custom_metrics_integration_connectivity{instance="b:9091",integration="grafana"}', 1, 0]],
    labels: { ...server, integration: 'grafana' },
  },
  BellwetherAccuracyLow: {
    series: [['custom_metrics_business_accuracy_ratio{instance="b:9091"}', 0.99, 0.98]],
    labels: server,
    shown: '98%',
  },
  BellwetherRetentionBehind: {
    intervalMinutes: 5,
    phases: [24, 300, 24],
    series: [['custom_metrics_retention_efficiency_ratio{instance="b:9091",store="events"}', 0.9, 0.5]],
    labels: { ...server, store: 'events' },
    shown: '50%',
  },
  BellwetherNotificationsDead: {
    series: [['custom_metrics_notifications_dead{instance="b:9091",channel="on-call"}', 0, 2]],
    labels: { ...server, channel: 'on-call' },
    shown: '2',
  },
  BellwetherNotificationsWaiting: {
    series: [['custom_metrics_notifications_waiting{instance="b:9091",channel="on-call"}', 0, 3]],
    labels: { ...server, channel: 'on-call' },
  },
  BellwetherRulesNotEvaluated: {
    series: [['custom_metrics_alert_evaluation_failures_total{instance="b:9091"}', 0.1, 1]],
    labels: server,
    shown: '15',
  },
  BellwetherConfigurationRefused: {
    series: [['custom_metrics_config_last_reload_successful{instance="b:9091"}', 1, 0]],
    labels: server,
  },
  BellwetherBackupFailing: {
    intervalMinutes: 5,
    phases: [24, 300, 330],
    series: [
      ['custom_metrics_backups_total{instance="b:9091",result="failed"}', 0, 0.1],
      ['custom_metrics_backups_total{instance="b:9091",result="made"}', 0.1, 0.1],
    ],
    labels: server,
    shown: '28.8',
  },
  BellwetherDataDamaged: {
    series: [['custom_metrics_damaged{instance="b:9091",store="journal"}', 0, 1]],
    labels: { ...server, store: 'journal' },
    shown: '1',
  },
  BellwetherTargetsDown: {
    series: [
      ['custom_metrics_collection_targets{instance="b:9091",collector="vllm",state="down"}', 2, 3],
      ['custom_metrics_collection_targets{instance="b:9091",collector="vllm",state="up"}', 2, 1],
    ],
    labels: { ...server, collector: 'vllm' },
    shown: '75%',
  },
  BellwetherSqlFailing: {
    series: [['custom_metrics_sql_failures_total{instance="b:9091"}', 0.05, 0.5]],
    phases: [70, 90, 90],
    labels: server,
    shown: '30',
  },
  ShipperDroppingEvents: {
    series: [
      ['custom_metrics_shipper_events_total{instance="a:1",outcome="queue_full"}', 0, 1],
      ['custom_metrics_shipper_events_total{instance="a:1",outcome="accepted"}', 100, 100],
    ],
    labels: { job: 'llm-applications', instance: 'a:1', outcome: 'queue_full' },
    shown: '10',
  },
};
