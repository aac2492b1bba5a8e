/** The monitoring itself. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on Bellwether's own health. */
export const bellwetherAlerts: AlertGroup = {
  name: 'bellwether-self',
  title: 'Bellwether itself',
  alerts: [
    {
      name: 'BellwetherUnhealthy',
      severity: 'critical',
      expr: 'min by (instance, check) (custom_metrics_integration_health) == 0',
      for: '5m',
      summary: 'The health check {{ $labels.check }} of {{ $labels.instance }} fails',
      description: 'The check {{ $labels.check }} has been unhealthy for five minutes.',
      runbook: {
        meaning: 'A part that the server needs does not work.',
        impact:
          'Depends on the check: without the journal events are refused, without the ledger reports are.',
        diagnosis: [
          ['Which checks are not healthy?', 'custom_metrics_integration_health < 1'],
          ['`curl SERVER/health` gives the reason of each check in words.'],
        ],
        mitigation: ['Act on the reason that the check gives; the troubleshooting page lists them.'],
      },
    },
    {
      name: 'BellwetherLedgerBehind',
      severity: 'warning',
      expr: 'max by (instance) (custom_metrics_journal_pending_bytes) > $threshold',
      threshold: 268_435_456,
      unit: 'bytes',
      for: '10m',
      summary: '{{ $value | humanize1024 }}B of events wait for the ledger',
      description: 'More than $threshold of acknowledged events have waited for the ledger for ten minutes.',
      runbook: {
        meaning:
          'Events arrive faster than the ledger takes them, or it does not take them at all. They are safe in the journal.',
        impact: 'Reports and metrics lag. At 4 GiB senders are told to slow down (429).',
        diagnosis: [
          ['Does the ledger take anything?', 'rate(custom_metrics_events_loaded_total[5m])'],
          ['How much arrives?', 'rate(custom_metrics_events_accepted_total[5m])'],
          ['Do loads fail?', 'increase(custom_metrics_loader_failures_total[15m])'],
        ],
        mitigation: [
          'If loads fail, see BellwetherLoaderFailing.',
          'If it is a bulk load of history, wait.',
          'Give it a faster disk or more cores.',
        ],
      },
    },
    {
      name: 'BellwetherLoaderFailing',
      severity: 'warning',
      expr: 'sum by (instance) (increase(custom_metrics_loader_failures_total[10m])) > $threshold',
      threshold: 3,
      unit: 'number',
      for: '5m',
      summary: 'Events cannot be loaded into the ledger of {{ $labels.instance }}',
      description:
        '{{ $value | humanize }} tries to load events failed within ten minutes. They are repeated.',
      runbook: {
        meaning: 'The engine refuses or does not answer.',
        impact: 'As for BellwetherLedgerBehind, later.',
        diagnosis: [
          ['Does the engine end?', 'increase(custom_metrics_engine_crashes_total[1h])'],
          ['Is the disk full? The check `disk` says so:', 'custom_metrics_integration_health'],
          ['The log has the engine’s own words.'],
        ],
        mitigation: ['Make room on the disk.', 'Restart the server; nothing is lost.'],
      },
    },
    {
      name: 'BellwetherEngineCrashing',
      severity: 'warning',
      expr: 'sum by (instance) (increase(custom_metrics_engine_crashes_total[1h])) > $threshold',
      threshold: 2,
      unit: 'number',
      for: '1m',
      summary: 'The embedded engine of {{ $labels.instance }} ends again and again',
      description:
        'It ended by itself {{ $value | humanize }} times within an hour, and was started again each time.',
      runbook: {
        meaning: 'The engine is killed for its memory, or fails.',
        impact: 'Queries that were under way fail. No event is lost.',
        diagnosis: [
          ['When?', 'changes(custom_metrics_engine_crashes_total[1h])'],
          ['`dmesg | grep -i oom` tells whether the kernel ended it; the log has its last words.'],
        ],
        mitigation: [
          'Give it more memory, or lower `ledger.query_memory_mb` and `ledger.max_threads`.',
          'If it ends on one query, do without that query and report it.',
        ],
      },
    },
    {
      name: 'BellwetherRefusingRequests',
      severity: 'warning',
      expr: 'sum by (instance, code) (rate(custom_metrics_requests_refused_total{code=~"overloaded|journal_failed|storage_full|not_ready|internal"}[5m])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '5m',
      summary: '{{ $labels.instance }} refuses requests: {{ $labels.code }}',
      description:
        'For five minutes requests have been refused with {{ $labels.code }}, {{ $value | printf "%.2f" }} a second.',
      runbook: {
        meaning: 'The server cannot take on what is sent, for a reason of its own.',
        impact: 'Senders have to keep events and try again. The SDK does; others may lose them.',
        diagnosis: [
          ['All refusals, by code:', 'sum by (code) (rate(custom_metrics_requests_refused_total[5m]))'],
          ['Does the ledger lag?', 'custom_metrics_journal_pending_bytes'],
          ['The errors page of the reference says what each code means.'],
        ],
        mitigation: [
          '`storage_full`: make room; it goes on by itself.',
          '`journal_failed`: mend the disk, then restart.',
          '`overloaded`: fewer senders at a time, or a faster disk.',
        ],
      },
    },
    {
      name: 'BellwetherRejectingEvents',
      severity: 'info',
      expr: 'sum by (instance, code) (rate(custom_metrics_events_rejected_total[15m])) > $threshold',
      threshold: 0.1,
      unit: 'number',
      for: '15m',
      summary: 'Events are left out as {{ $labels.code }}',
      description:
        '{{ $value | printf "%.2f" }} events a second have been left out of partial requests for a quarter of an hour.',
      runbook: {
        meaning: 'Senders send events that are wrong, and asked for the right ones to be taken nevertheless.',
        impact: 'What is left out is in no report.',
        diagnosis: [
          ['By code:', 'sum by (code) (rate(custom_metrics_events_rejected_total[15m]))'],
          ['The answer to the request names the index and the field of each event that was left out.'],
        ],
        mitigation: ['Correct the sender.', '`identity_conflict`: ids have to be unique for each tenant.'],
      },
    },
    {
      name: 'BellwetherRecordingErrors',
      severity: 'warning',
      expr: 'sum by (job, instance, kind) (increase(custom_metrics_errors_total[15m])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '5m',
      summary: 'Failures inside the monitoring of {{ $labels.instance }}: {{ $labels.kind }}',
      description: '{{ $value | humanize }} measurements could not be recorded within a quarter of an hour.',
      runbook: {
        meaning:
          'The recorders were given something that is no measurement, such as a duration that is no number.',
        impact: 'The metrics lack these measurements. The application is not affected.',
        diagnosis: [
          ['Where?', 'sum by (job, instance, kind) (increase(custom_metrics_errors_total[1h]))'],
          ['The first failure of each kind is in the log of the process.'],
        ],
        mitigation: ['Correct the call that the log names.'],
      },
    },
    {
      name: 'BellwetherSeriesOverflow',
      severity: 'warning',
      expr: 'sum by (job, metric) (increase(metrics_series_overflow_total[1h])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '5m',
      summary: '{{ $labels.metric }} has too many label sets',
      description:
        'Label sets of {{ $labels.metric }} went to the series `__overflow__` within the last hour.',
      runbook: {
        meaning: 'A label has more values than a metric should have: ids, free text, or an attack.',
        impact: 'Totals stay exact, but the new values cannot be told apart.',
        diagnosis: [
          ['Which metrics?', 'sum by (metric, reason) (increase(metrics_series_overflow_total[1h]))'],
          [
            'How many models does a provider have?',
            'count by (provider) (count by (provider, model) (llm_requests_total))',
          ],
        ],
        mitigation: [
          'Let senders use a bounded set of values.',
          'Restart the process that counts, once the cause is gone.',
        ],
      },
    },
    {
      name: 'BellwetherScrapeSlow',
      severity: 'info',
      expr: 'max by (instance) (custom_metrics_collection_duration_seconds) > $threshold',
      threshold: 0.5,
      unit: 'seconds',
      for: '10m',
      summary: 'Rendering the metrics takes {{ $value | humanizeDuration }}',
      description:
        'The exposition of {{ $labels.instance }} has taken longer than $threshold for ten minutes.',
      runbook: {
        meaning: 'There are very many series, or the machine is very busy.',
        impact: 'Scrapes may time out, which shows as ServiceDown.',
        diagnosis: [
          ['How many series does a scrape give?', 'scrape_samples_scraped'],
          ['How long does Prometheus wait for it?', 'scrape_duration_seconds'],
        ],
        mitigation: [
          'See BellwetherSeriesOverflow for labels with too many values.',
          'Give the process more processor time.',
        ],
      },
    },
    {
      name: 'BellwetherIntegrationDown',
      severity: 'warning',
      expr: 'min by (instance, integration) (custom_metrics_integration_connectivity) == 0',
      for: '5m',
      summary: '{{ $labels.integration }} does not answer {{ $labels.instance }}',
      description: 'The configured integration {{ $labels.integration }} has not answered for five minutes.',
      runbook: {
        meaning: 'Bellwether cannot reach a service that it was told of.',
        impact: 'What comes from there, or goes there, stands still.',
        diagnosis: [
          ['Which?', 'custom_metrics_integration_connectivity'],
          ['`curl SERVER/health` gives the reason.'],
        ],
        mitigation: ['Correct the address under `monitoring`, or bring the service back.'],
      },
    },
    {
      name: 'BellwetherSiteStale',
      severity: 'warning',
      expr: 'time() - max by (instance, site) (custom_metrics_federation_last_success_timestamp_seconds) > $threshold or max by (instance, site) (custom_metrics_federation_up) == 0 unless max by (instance, site) (custom_metrics_federation_last_success_timestamp_seconds)',
      threshold: 900,
      unit: 'seconds',
      for: '5m',
      summary: 'The figures that {{ $labels.instance }} has of the site {{ $labels.site }} are old',
      description:
        'The hub {{ $labels.instance }} has not had all figures of the site {{ $labels.site }} for more than $threshold.',
      runbook: {
        meaning: 'A hub cannot pull one of its sites: it is away, or refuses the token, or its ledger is.',
        impact:
          'Sums over all sites lack what the site has taken in since. What was pulled stays, and the site loses nothing; the next pull brings all of it.',
        diagnosis: [
          [
            'Which sites, and since when?',
            'time() - custom_metrics_federation_last_success_timestamp_seconds',
          ],
          ['Do pulls fail?', 'sum by (site, outcome) (increase(custom_metrics_federation_pulls_total[15m]))'],
          ['`bellwether federation status` on the hub gives the reason of each site in words.'],
        ],
        mitigation: [
          'Bring the site or the way to it back.',
          'If its token was revoked, write another into the file that `token_file` names; the hub reads it at each pull.',
          'If it is gone for good, take it out of `federation.spokes`; its figures count no more then.',
        ],
      },
    },
    {
      name: 'BellwetherAccuracyLow',
      severity: 'warning',
      expr: 'min by (instance) (custom_metrics_business_accuracy_ratio) < $threshold',
      threshold: 0.99,
      unit: 'ratio',
      for: '10m',
      summary: '{{ $value | humanizePercentage }} of the business figures agree with the history',
      description:
        'The share of business figures that agree with the stored history has been below $threshold.',
      runbook: {
        meaning: 'Live figures and the ledger say different things.',
        impact: 'One of them is wrong.',
        diagnosis: [
          ['`bellwether verify` names each difference.'],
          ['Did the server restart? Counters begin anew.', 'resets(custom_metrics_events_loaded_total[1d])'],
        ],
        mitigation: ['Do not delete anything. A difference that does not go away is a fault worth a report.'],
      },
    },
    {
      name: 'BellwetherRetentionBehind',
      severity: 'info',
      expr: 'min by (instance, store) (custom_metrics_retention_efficiency_ratio) < $threshold',
      threshold: 0.9,
      unit: 'ratio',
      for: '1d',
      summary:
        'Only {{ $value | humanizePercentage }} of what is past its retention in {{ $labels.store }} is removed',
      description: 'Removal in {{ $labels.store }} has been behind for a day.',
      runbook: {
        meaning: 'Removal fails or is held up: the archive cannot be written, or the clock is not trusted.',
        impact: 'Data is kept longer than was promised; the disk fills.',
        diagnosis: [
          ['Which store?', 'custom_metrics_retention_efficiency_ratio'],
          ['`bellwether retention --dry-run` says what would go and what holds it up.'],
        ],
        mitigation: [
          'Make room for the archive.',
          'If the clock was wrong and is right now, `bellwether retention --trust-clock`.',
        ],
      },
    },
    {
      name: 'ShipperDroppingEvents',
      severity: 'warning',
      expr: 'sum by (job, instance, outcome) (increase(custom_metrics_shipper_events_total{outcome=~"invalid|queue_full|spool_full|refused|rejected"}[10m])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '5m',
      summary: '{{ $labels.instance }} drops events: {{ $labels.outcome }}',
      description:
        '{{ $value | humanize }} events of {{ $labels.instance }} did not reach the server within ten minutes: {{ $labels.outcome }}.',
      runbook: {
        meaning: 'The application makes more events than it can deliver, or the server refuses them.',
        impact: 'Their cost is in no report.',
        diagnosis: [
          [
            'How do requests to the server end?',
            'sum by (instance, result) (rate(custom_metrics_shipper_requests_total[10m]))',
          ],
          ['How many wait?', 'custom_metrics_shipper_waiting_events'],
        ],
        mitigation: [
          '`queue_full`, `spool_full`: bring the server back, or enlarge the queue or the spool.',
          '`refused`, `rejected`, `invalid`: the log of the application has the reason.',
        ],
      },
    },
  ],
};
