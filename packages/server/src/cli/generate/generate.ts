/** `bellwether generate`: files for Prometheus, Alertmanager and Grafana, from the metric catalogue. */

import { Command } from 'commander';
import type { Environment } from '../../config/index.ts';
import type { Output } from '../output.ts';
import { alertmanagerCommand } from './alertmanager.ts';
import { grafanaCommand } from './grafana.ts';
import { prometheusCommand } from './prometheus.ts';

/** Makes the command. Each program is a subcommand of its own. */
export function generateCommand(environment: Environment, output: Output = process.stdout): Command {
  return new Command('generate')
    .description('Generate dashboards, rules and configuration for the monitoring stack')
    .addCommand(grafanaCommand(environment, output))
    .addCommand(prometheusCommand(environment, output))
    .addCommand(alertmanagerCommand(output));
}
