/** What wakes somebody: the service is gone, fails many requests, or cannot store. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on a service that does not do its work. */
export const criticalAlerts: AlertGroup = {
  name: 'bellwether-critical',
  title: 'Critical',
  alerts: [
    {
      name: 'ServiceDown',
      severity: 'critical',
      expr: 'up{job=~"$serverJob|$applicationJob"} == 0',
      for: '1m',
      summary: '{{ $labels.instance }} of {{ $labels.job }} is down',
      description:
        'Prometheus could not scrape {{ $labels.instance }} of the job {{ $labels.job }} for a minute.',
      runbook: {
        meaning:
          'Scrapes of the target fail: the process is gone, hangs, answers too slowly, or cannot be reached from Prometheus.',
        impact:
          'If it is Bellwether, events are refused and senders have to keep them (the SDK spools); budgets and alerts stand still. If it is an application, its users are likely to see errors.',
        diagnosis: [
          ['Which targets are down, and since when?', 'up == 0'],
          [
            'Did it restart lately? A drop to a small value says so.',
            'min by (job, instance) (system_uptime_seconds)',
          ],
          [
            'The page “Targets” of Prometheus names the error of the last scrape: refused connection, time-out, or a status.',
          ],
          [
            'On the machine of the server, `bellwether healthcheck` tells what the process says of itself; its log tells why it ended.',
          ],
        ],
        mitigation: [
          'Start the process again. Bellwether loses nothing that it acknowledged, and the loader goes on where it was.',
          'If the disk is full, make room first: see `storage_full` in the troubleshooting page.',
          'If only Prometheus cannot reach it, mend the network or the address in the scrape configuration.',
        ],
      },
    },
    {
      name: 'ServiceAbsent',
      severity: 'critical',
      expr: 'absent(up{job=~"$serverJob"})',
      for: '5m',
      summary: 'Prometheus has no target of the job {{ $labels.job }}',
      description:
        'For five minutes Prometheus has had no target of Bellwether’s job, so that no rule about it can fire.',
      runbook: {
        meaning:
          'The scrape configuration names no target for the job: it was removed or renamed, or service discovery gives none.',
        impact: 'Nothing is scraped, so every other alert on this service stays silent, whatever happens.',
        diagnosis: [
          ['Which jobs does Prometheus know?', 'count by (job) (up)'],
          ['Has Prometheus taken its last configuration?', 'prometheus_config_last_reload_successful'],
        ],
        mitigation: [
          'Put the job back into the scrape configuration and reload Prometheus.',
          'If the job has another name, generate the rules with `--server-job NAME`.',
        ],
      },
    },
    {
      name: 'CriticalErrorRate',
      severity: 'critical',
      expr: `sum by (job) (rate(http_requests_total{status=~"5.."}[5m]))
  / sum by (job) (rate(http_requests_total[5m])) > $threshold`,
      threshold: 0.1,
      unit: 'ratio',
      for: '2m',
      summary: '{{ $labels.job }} fails {{ $value | humanizePercentage }} of its HTTP requests',
      description:
        'More than $threshold of the HTTP requests of five minutes were answered with a status of 500 or above.',
      runbook: {
        meaning: 'A large share of HTTP requests ends in an error of the service itself, not of its callers.',
        impact: 'Users see failures now. The error budget of a month is gone within hours.',
        diagnosis: [
          [
            'Which routes fail?',
            'topk(5, sum by (job, method, path) (rate(http_requests_total{status=~"5.."}[5m])))',
          ],
          ['Did a dependency fail first? Storage:', 'sum by (operation) (rate(storage_errors_total[5m]))'],
          ['Ciphers:', 'sum by (operation) (rate(crypto_encryption_errors_total[5m]))'],
          ['Configuration:', 'sum by (operation, error_type) (rate(config_errors_total[5m]))'],
          ['Was something deployed just before it began? The dashboards show deployments as annotations.'],
        ],
        mitigation: [
          'Take a deployment back that came right before the errors.',
          'Take a failing dependency out of the way, or fail over.',
          'If one route is to blame and can be done without, switch it off.',
        ],
      },
    },
    {
      name: 'StorageFailure',
      severity: 'critical',
      expr: 'sum by (job, operation) (rate(storage_errors_total[5m])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '2m',
      summary: 'Storage operations ({{ $labels.operation }}) of {{ $labels.job }} fail',
      description:
        'Storage operations of the kind {{ $labels.operation }} have kept failing for two minutes.',
      runbook: {
        meaning:
          'The storage refuses operations: the disk is full or broken, a lock is held, or the file system is read-only.',
        impact: 'Changes are lost or refused; what is read may be missing.',
        diagnosis: [
          [
            'What share of operations fails?',
            'sum by (operation) (rate(storage_errors_total[5m])) / sum by (operation) (rate(storage_operations_total[5m]))',
          ],
          ['How full is it?', 'storage_size_bytes'],
          ['`df -h`, `dmesg` and the log of the service on its machine name the cause.'],
        ],
        mitigation: [
          'Make room, or mount the file system writable again.',
          'End the process that holds the lock.',
          'If the device is failing, stop writing, and restore from the last backup on another one.',
        ],
      },
    },
    {
      name: 'NoHealthyBackends',
      severity: 'critical',
      expr: 'max by (job) (load_balancer_backend_health) == 0',
      for: '1m',
      summary: 'No backend of {{ $labels.job }} is healthy',
      description: 'Every backend of the load balancer has been unhealthy for a minute.',
      runbook: {
        meaning: 'All backends fail their health checks at once, which points at what they have in common.',
        impact: 'Every request fails.',
        diagnosis: [
          ['The state of each backend:', 'load_balancer_backend_health'],
          [
            'Do the checks themselves time out?',
            'histogram_quantile(0.95, sum by (le, backend) (rate(load_balancer_health_check_response_time_seconds_bucket[5m])))',
          ],
          [
            'Common causes: the network or DNS of the balancer, an expired key or certificate, an outage of the provider.',
          ],
        ],
        mitigation: [
          'Mend what is common to all backends: network, credentials, quota.',
          'Send traffic to another provider or region.',
          'If the checks are wrong and the backends are not, switch health checks off until they are corrected.',
        ],
      },
    },
  ],
};
