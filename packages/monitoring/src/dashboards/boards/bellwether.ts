/** Bellwether itself: whether what it shows can be trusted. */

import type { BoardDeclaration } from '../board.ts';
import { alertingSection, collectingSection } from './bellwether-work.ts';

/** The dashboard. */
export const bellwether: BoardDeclaration = {
  uid: 'bellwether-itself',
  title: 'Bellwether itself',
  description: 'What the server took in, refused and stored, what it failed at, and how its senders are.',
  source: 'server',
  variables: [],
  sections: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'stat',
          title: 'Up',
          description: 'The share of servers that Prometheus reaches.',
          unit: 'percentunit',
          width: 6,
          thresholds: [
            [null, 'red'],
            [1, 'green'],
          ],
          queries: [{ expr: 'avg(up{job=~"$job", instance=~"$instance"})', legend: 'up' }],
          alerts: ['ServiceDown', 'ServiceAbsent'],
        },
        {
          kind: 'stat',
          title: 'Checks that are healthy',
          description: 'Mean of all health checks: 1 healthy, 0.5 degraded, 0 unhealthy.',
          unit: 'percentunit',
          width: 6,
          thresholds: [
            [null, 'red'],
            [0.99, 'green'],
          ],
          queries: [{ expr: 'avg(custom_metrics_integration_health)', legend: 'healthy' }],
          alerts: ['BellwetherUnhealthy'],
        },
        {
          kind: 'stat',
          title: 'Waiting for the ledger',
          description: 'Acknowledged events that the ledger does not have yet. They are on disk.',
          unit: 'bytes',
          width: 6,
          queries: [{ expr: 'sum(custom_metrics_journal_pending_bytes)', legend: 'waiting' }],
          alerts: ['BellwetherLedgerBehind'],
        },
        {
          kind: 'stat',
          title: 'Families',
          description: 'Metric families that are exposed.',
          unit: 'short',
          width: 6,
          queries: [{ expr: 'max(custom_metrics_total)', legend: 'families' }],
        },
      ],
    },
    {
      title: 'Events',
      panels: [
        {
          kind: 'timeseries',
          title: 'Events a second',
          description: 'Acknowledged, sent again, and in the ledger.',
          unit: 'ops',
          width: 12,
          queries: [
            { expr: 'sum(rate(custom_metrics_events_accepted_total[$__rate_interval]))', legend: 'accepted' },
            {
              expr: 'sum(rate(custom_metrics_events_duplicate_total[$__rate_interval]))',
              legend: 'duplicates',
            },
            { expr: 'sum(rate(custom_metrics_events_loaded_total[$__rate_interval]))', legend: 'loaded' },
          ],
          alerts: ['LLMTrafficAbsent'],
        },
        {
          kind: 'timeseries',
          title: 'Refused',
          description: 'Requests that were refused whole and events that were left out, a second, by error.',
          unit: 'ops',
          width: 12,
          min: 0,
          queries: [
            {
              expr: 'sum by (code) (rate(custom_metrics_requests_refused_total[$__rate_interval]))',
              legend: 'request: {{code}}',
            },
            {
              expr: 'sum by (code) (rate(custom_metrics_events_rejected_total[$__rate_interval]))',
              legend: 'event: {{code}}',
            },
          ],
          alerts: ['BellwetherRefusingRequests', 'BellwetherRejectingEvents'],
          emptyBecause: 'Nothing was refused.',
        },
        {
          kind: 'timeseries',
          title: 'Spans and ratings',
          description: 'What comes in besides events, a second, by what became of it.',
          unit: 'ops',
          width: 12,
          min: 0,
          queries: [
            {
              expr: 'sum by (outcome) (rate(custom_metrics_otlp_spans_total[$__rate_interval]))',
              legend: 'spans: {{outcome}}',
            },
            {
              expr: 'sum by (outcome) (rate(custom_metrics_feedback_total[$__rate_interval]))',
              legend: 'ratings: {{outcome}}',
            },
          ],
          emptyBecause: 'Nobody sends any.',
        },
        {
          kind: 'timeseries',
          title: 'Backlog',
          description: 'Acknowledged events that the ledger does not have yet.',
          unit: 'bytes',
          width: 12,
          min: 0,
          queries: [
            { expr: 'sum by (instance) (custom_metrics_journal_pending_bytes)', legend: '{{instance}}' },
          ],
          alerts: ['BellwetherLedgerBehind'],
        },
        {
          kind: 'timeseries',
          title: 'Failures inside',
          description:
            'Loads that are repeated, crashes of the engine and failures of any kind, in the last hour.',
          unit: 'short',
          width: 24,
          min: 0,
          queries: [
            { expr: 'sum(increase(custom_metrics_loader_failures_total[1h]))', legend: 'loads' },
            { expr: 'sum(increase(custom_metrics_engine_crashes_total[1h]))', legend: 'engine' },
          ],
          alerts: ['BellwetherLoaderFailing', 'BellwetherEngineCrashing', 'BellwetherRecordingErrors'],
        },
      ],
    },
    {
      title: 'Metrics',
      panels: [
        {
          kind: 'timeseries',
          title: 'Duration of an exposition',
          description: 'How long the last one took to render.',
          unit: 's',
          width: 8,
          min: 0,
          queries: [
            {
              expr: 'max by (instance) (custom_metrics_collection_duration_seconds)',
              legend: '{{instance}}',
            },
          ],
          alerts: ['BellwetherScrapeSlow'],
        },
        {
          kind: 'timeseries',
          title: 'Samples of a scrape',
          description: 'What Prometheus stores each time.',
          unit: 'short',
          width: 8,
          min: 0,
          queries: [
            {
              expr: 'sum by (instance) (scrape_samples_scraped{job=~"$job", instance=~"$instance"})',
              legend: '{{instance}}',
            },
          ],
          alerts: ['BellwetherSeriesOverflow'],
        },
        {
          kind: 'timeseries',
          title: 'Series that overflow',
          description: 'Look-ups a second that went to the overflow series of a metric.',
          unit: 'ops',
          width: 8,
          min: 0,
          queries: [
            {
              expr: 'sum by (metric) (rate(metrics_series_overflow_total[$__rate_interval]))',
              legend: '{{metric}}',
            },
          ],
          alerts: ['BellwetherSeriesOverflow'],
          emptyBecause: 'No metric has met its bound.',
        },
      ],
    },
    {
      title: 'Keeping',
      panels: [
        {
          kind: 'timeseries',
          title: 'Retention',
          description: 'The share of what is past its time that has been removed, by store.',
          unit: 'percentunit',
          width: 8,
          max: 1,
          queries: [
            { expr: 'min by (store) (custom_metrics_retention_efficiency_ratio)', legend: '{{store}}' },
          ],
          alerts: ['BellwetherRetentionBehind'],
          emptyBecause: 'It is known once the retention has run.',
        },
        {
          kind: 'stat',
          title: 'Newest backup',
          description: 'When it was taken.',
          unit: 'dateTimeFromNow',
          width: 8,
          height: 8,
          queries: [{ expr: 'max(custom_metrics_backup_newest_timestamp_seconds) * 1000', legend: 'taken' }],
          alerts: ['BellwetherBackupFailing'],
          emptyBecause: 'There is no backup until `backup.directory` is set.',
        },
        {
          kind: 'timeseries',
          title: 'Integrations',
          description: '1 if a configured integration answers, 0 if not.',
          unit: 'none',
          width: 8,
          min: 0,
          max: 1,
          queries: [
            {
              expr: 'min by (integration) (custom_metrics_integration_connectivity)',
              legend: '{{integration}}',
            },
          ],
          alerts: ['BellwetherIntegrationDown'],
          emptyBecause: 'There is no integration until one is configured.',
        },
      ],
    },
    alertingSection,
    collectingSection,
    {
      title: 'Senders',
      panels: [
        {
          kind: 'timeseries',
          title: 'Events that shippers sent',
          description: 'A second, by what became of them.',
          unit: 'ops',
          width: 12,
          queries: [
            {
              expr: 'sum by (outcome) (rate(custom_metrics_shipper_events_total[$__rate_interval]))',
              legend: '{{outcome}}',
            },
          ],
          alerts: ['ShipperDroppingEvents'],
        },
        {
          kind: 'timeseries',
          title: 'Events that wait in applications',
          description: 'In memory and on disk.',
          unit: 'short',
          width: 12,
          min: 0,
          queries: [
            { expr: 'sum by (instance) (custom_metrics_shipper_waiting_events)', legend: '{{instance}}' },
          ],
        },
      ],
    },
  ],
};
