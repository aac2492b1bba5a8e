/** Scenarios of the alerts on services: critical, warning, performance, security, capacity, agreements. */

import type { Growth, Scenario, ScenarioSeries } from './scenario.ts';

const application = { job: 'llm-applications' };
const one = { ...application, instance: 'a:1' };
const DAY = 288; // intervals of five minutes

/** Buckets whose 95th percentile is the bound when all is quiet, and half-way to the next one when not. */
const slow = (family: string, bound: number, next: number, labels = ''): ScenarioSeries[] => [
  [`${family}_bucket{${labels}${labels && ','}le="${bound}"}`, 95, 90],
  [`${family}_bucket{${labels}${labels && ','}le="${next}"}`, 100, 100],
  [`${family}_bucket{${labels}${labels && ','}le="+Inf"}`, 100, 100],
];

/** A gauge that grows by so much a day, in intervals of five minutes. */
const growing = (from: number, perDay: number): Growth => ({ from, grows: perDay / 288 });

/** By the name of the alert. */
export const serviceScenarios: Readonly<Record<string, Scenario>> = {
  ServiceDown: {
    series: [['up{job="custom-metrics",instance="b:9091"}', 1, 0]],
    labels: { job: 'custom-metrics', instance: 'b:9091' },
  },
  ServiceAbsent: {
    series: [['up{job="custom-metrics",instance="b:9091"}', 1, null]],
    labels: {},
  },
  CriticalErrorRate: {
    series: [
      ['http_requests_total{status="500"}', 10, 20],
      ['http_requests_total{status="200"}', 90, 80],
    ],
    labels: application,
    shown: '20%',
  },
  StorageFailure: {
    series: [['storage_errors_total{operation="write"}', 0, 1]],
    labels: { ...application, operation: 'write' },
  },
  NoHealthyBackends: {
    series: [
      ['load_balancer_backend_health{backend="one"}', 0, 0],
      ['load_balancer_backend_health{backend="two"}', 0.5, 0],
    ],
    labels: application,
  },
  HighErrorRate: {
    series: [
      ['http_requests_total{status="503"}', 5, 8],
      ['http_requests_total{status="404"}', 95, 92],
    ],
    labels: application,
    shown: '8%',
  },
  HighLatency: {
    series: slow('http_request_duration_seconds', 0.1, 0.25, 'path="/x"'),
    labels: application,
    shown: '175ms',
  },
  LowCacheHitRate: {
    series: [
      ['cache_hits_total{tier="l1"}', 70, 60],
      ['cache_misses_total{tier="l1"}', 30, 40],
    ],
    labels: { ...application, tier: 'l1' },
    shown: '60%',
  },
  StorageNearCapacity: {
    series: [['storage_size_bytes{instance="a:1"}', 80e9, 81e9]],
    labels: one,
    shown: '81G',
  },
  HighPermissionDenialRate: {
    series: [
      ['rbac_permission_denials_total{resource="config"}', 20, 25],
      ['rbac_permission_checks_total{resource="config"}', 100, 100],
    ],
    labels: application,
    shown: '25%',
  },
  AuditQueueBackup: {
    series: [['audit_queue_size{instance="a:1"}', 10_000, 12_500]],
    labels: one,
    shown: '12.5k',
  },
  HighMemoryUsage: {
    series: [['system_memory_usage_bytes{instance="a:1"}', 8e9, 9e9]],
    labels: one,
    shown: '9G',
  },
  SlowConfigOperations: {
    series: [
      ...slow('config_operation_duration_seconds', 0.5, 1, 'operation="set"'),
      ...slow('config_operation_duration_seconds', 1, 2.5, 'operation="list"'),
    ],
    labels: application,
    shown: '750ms',
  },
  HighCacheEvictionRate: {
    series: [['cache_evictions_total{tier="l2"}', 6000, 9000]],
    labels: { ...application, tier: 'l2' },
    shown: '150',
  },
  SlowCryptoOperations: {
    series: slow('crypto_operation_duration_seconds', 0.01, 0.025, 'operation="decrypt"'),
    labels: { ...application, operation: 'decrypt' },
    shown: '17.5ms',
  },
  SlowStorageOperations: {
    series: slow('storage_operation_duration_seconds', 0.25, 0.5, 'operation="read"'),
    labels: { ...application, operation: 'read' },
    shown: '375ms',
  },
  SlowPermissionChecks: {
    series: slow('rbac_check_duration_seconds', 0.005, 0.01),
    labels: application,
    shown: '7.5ms',
  },
  EncryptionFailures: {
    series: [['crypto_encryption_errors_total{operation="decrypt"}', 0, 1]],
    labels: { ...application, operation: 'decrypt' },
  },
  UnusualAccessPattern: {
    intervalMinutes: 5,
    phases: [DAY + 12, 12, 24],
    // 150 in five minutes are half a check a second: three times as many, but few.
    series: [
      ['rbac_permission_checks_total{resource="config"}', 300, 1500],
      ['rbac_permission_checks_total{job="other-job",resource="config"}', 50, 200],
    ],
    labels: application,
    shown: '5',
  },
  ExcessiveSecretAccess: {
    series: [
      ['rbac_permission_checks_total{resource="secrets"}', 10, 20],
      ['rbac_permission_checks_total{resource="config"}', 100, 200],
    ],
    labels: { ...application, resource: 'secrets' },
    shown: '200',
  },
  AuditTrailSilent: {
    series: [
      ['config_operations_total{operation="set"}', 1, 1],
      ['audit_events_total{event_type="config.set"}', 1, 0],
    ],
    labels: application,
  },
  HighStorageGrowthRate: {
    intervalMinutes: 5,
    phases: [144, 96, 144],
    series: [['storage_size_bytes{instance="a:1"}', growing(50e9, 9e9), growing(50e9, 14.4e9)]],
    labels: one,
    shown: '14.4G',
  },
  HighConfigurationGrowth: {
    intervalMinutes: 5,
    phases: [144, 96, 144],
    series: [['config_active_total{environment="production"}', growing(0, 9e3), growing(0, 14.4e3)]],
    labels: { ...application, environment: 'production' },
    shown: '14.4k',
  },
  StorageFillsWithinDays: {
    intervalMinutes: 5,
    phases: [144, 96, 144],
    series: [['storage_size_bytes{instance="a:1"}', growing(50e9, 7.2e9), growing(50e9, 14.4e9)]],
    labels: one,
    shown: '116G',
  },
  BackendMemoryHigh: {
    series: [['load_balancer_memory_usage_percent{backend="one"}', 90, 95]],
    labels: { ...application, backend: 'one' },
    shown: '95',
  },
  SLAViolation_Availability: {
    series: [
      ['http_requests_total{status="500"}', 1, 5],
      ['http_requests_total{status="200"}', 999, 995],
    ],
    phases: [70, 70, 90],
    labels: application,
    shown: '99.5%',
  },
  SLAViolation_Latency: {
    series: slow('http_request_duration_seconds', 0.1, 0.25, 'path="/x"'),
    phases: [70, 70, 90],
    labels: application,
    shown: '175ms',
  },
  SLAComplianceLow: {
    series: [['load_balancer_sla_compliance_percent{sla="gold"}', 99, 98.5]],
    labels: { job: 'custom-metrics', sla: 'gold' },
    shown: '98.5',
  },
  SLAViolationsSevere: {
    series: [
      ['load_balancer_sla_violations_total{kind="quality",severity="high"}', 0, 1],
      ['load_balancer_sla_violations_total{kind="cost",severity="low"}', 1, 1],
    ],
    labels: { job: 'custom-metrics', kind: 'quality' },
  },
};
