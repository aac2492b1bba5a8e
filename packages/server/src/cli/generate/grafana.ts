/** `bellwether generate grafana`: dashboards, and what provisions them. */

import { defaultSettings } from '@bellwether/monitoring';
import { defaultGrafanaSetting, type DashboardForm, grafanaFiles } from '@bellwether/monitoring/dashboards';
import { Command, Option } from 'commander';
import type { Environment } from '../../config/index.ts';
import { type CommonOptions, configOf, withCommonOptions } from '../common-options.ts';
import type { Output } from '../output.ts';
import { withoutCredentials } from './addresses.ts';
import { readGrafanaSettings } from './choices.ts';
import { writeFiles } from './write-files.ts';

interface Options extends CommonOptions {
  readonly out: string;
  readonly packs?: string;
  readonly form: DashboardForm;
  readonly applicationJob: string;
  readonly keepLabels: string;
  readonly runbookUrl: string;
  readonly prometheusUrl?: string;
  readonly dashboardFolder: string;
  readonly scrapeInterval: string;
}

const EXAMPLE = `
A single dashboard can be imported into a Grafana that is there already: Dashboards, New, Import, and the file.

Examples:
  bellwether generate grafana --out /etc/grafana/bellwether
  bellwether generate grafana --out grafana --packs llm,cost --form v2
`;

/** Makes the command. */
export function grafanaCommand(environment: Environment, output: Output): Command {
  const { dashboardFolder, scrapeInterval } = defaultGrafanaSetting;
  const command = new Command('grafana')
    .description('dashboards with provisioning files')
    .requiredOption('--out <dir>', 'folder that takes dashboards/ and provisioning/')
    .option('--packs <list>', 'packs that are in use (default: all)')
    .addOption(
      new Option('--form <form>', 'Grafana’s JSON: classic for every version, v2 for 13 and newer')
        .choices(['classic', 'v2'])
        .default('classic'),
    )
    .option('--application-job <job>', 'job under which applications are', defaultSettings.applicationJob)
    .option('--keep-labels <list>', 'labels of targets to choose by', defaultSettings.keepLabels.join(','))
    .option('--runbook-url <url>', 'where runbooks are found', defaultSettings.runbookUrl)
    .option('--prometheus-url <url>', 'where Grafana reaches Prometheus')
    .option('--dashboard-folder <dir>', 'where Grafana finds dashboards/ on its disk', dashboardFolder)
    .option('--scrape-interval <duration>', 'how often Prometheus scrapes', scrapeInterval)
    .addHelpText('after', EXAMPLE);
  return withCommonOptions(command).action((options: Options) => {
    const { config } = configOf(options, environment);
    const configured = withoutCredentials(config.monitoring.prometheus_endpoint);
    const { prometheusUrl } = defaultGrafanaSetting;
    const setting = {
      prometheusUrl: options.prometheusUrl ?? (configured === '' ? prometheusUrl : configured),
      dashboardFolder: options.dashboardFolder,
      scrapeInterval: options.scrapeInterval,
    };
    writeFiles(options.out, grafanaFiles(readGrafanaSettings(options), setting, options.form), output);
  });
}
