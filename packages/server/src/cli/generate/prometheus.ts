/** `bellwether generate prometheus`: scrape configuration and rules. */

import {
  defaultPrometheusSetting,
  defaultSettings,
  durationSeconds,
  prometheusFiles,
} from '@bellwether/monitoring';
import { Command } from 'commander';
import type { Environment } from '../../config/index.ts';
import { CommandFailure } from '../command-failure.ts';
import { type CommonOptions, configOf, withCommonOptions } from '../common-options.ts';
import type { Output } from '../output.ts';
import { readSettings, type RuleOptions } from './choices.ts';
import { addressOf } from './addresses.ts';
import { writeFiles } from './write-files.ts';

interface Options extends CommonOptions, RuleOptions {
  readonly out: string;
  readonly environment: string;
  readonly cluster: string;
  readonly target?: string;
  readonly alertmanager: readonly string[];
  readonly nodeExporter: readonly string[];
  readonly self: string;
  readonly scrapeInterval: string;
  readonly remoteWrite: readonly string[];
  readonly remoteRead: readonly string[];
  readonly tokenFile?: string;
}

const EXAMPLE = `
A threshold is named by its alert, see docs/runbooks. Addresses that are not given come from the configuration.

Examples:
  bellwether generate prometheus --out /etc/prometheus
  bellwether generate prometheus --out monitoring --packs llm,cost,business --label team=platform \\
    --threshold LLMHourlySpendHigh=250 --objectives objectives.yaml
`;

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Makes the command. */
export function prometheusCommand(environment: Environment, output: Output): Command {
  const { environment: place, cluster, self, scrapeInterval } = defaultPrometheusSetting;
  const command = new Command('prometheus')
    .description('prometheus.yml with recording rules, alerts and burn rates of objectives')
    .requiredOption('--out <dir>', 'folder that takes prometheus.yml and rules/')
    .option('--packs <list>', 'packs that are in use (default: all)')
    .option('--label <name=value>', 'label added to each alert; may be repeated', collect, [])
    .option('--threshold <alert=number>', 'threshold of an alert; may be repeated', collect, [])
    .option('--objectives <file>', 'objectives of your own (YAML)')
    .option('--server-job <job>', 'job under which the server is scraped', defaultSettings.serverJob)
    .option('--application-job <job>', 'job under which applications are', defaultSettings.applicationJob)
    .option(
      '--keep-labels <list>',
      'labels by which figures are kept apart',
      defaultSettings.keepLabels.join(','),
    )
    .option('--runbook-url <url>', 'where runbooks are found', defaultSettings.runbookUrl)
    .option('--durations <factor>', 'shorten windows and waiting times, for rehearsals', '1')
    .option('--environment <name>', 'label of the targets', place)
    .option('--cluster <name>', 'label of the targets', cluster)
    .option('--target <host:port>', 'the server’s own address')
    .option('--alertmanager <host:port>', 'address of an Alertmanager; may be repeated', collect, [])
    .option('--node-exporter <host:port>', 'address of a node exporter; may be repeated', collect, [])
    .option('--self <host:port>', 'Prometheus’ own address', self)
    .option('--scrape-interval <duration>', 'how often to scrape and to evaluate', scrapeInterval)
    .option('--remote-write <url>', 'long-term storage to write to; may be repeated', collect, [])
    .option('--remote-read <url>', 'long-term storage to read from; may be repeated', collect, [])
    .option('--token-file <file>', 'file with a token for the server, as Prometheus finds it')
    .addHelpText('after', EXAMPLE);
  return withCommonOptions(command).action((options: Options) => generate(options, environment, output));
}

function generate(options: Options, environment: Environment, output: Output): void {
  const { config } = configOf(options, environment);
  checkInterval(options.scrapeInterval);
  const configured = config.monitoring.metrics_server_endpoint;
  const alertmanagers =
    options.alertmanager.length > 0 ? options.alertmanager : [addressOf(configured)].filter(Boolean);
  const setting = {
    target: options.target ?? `${hostFor(config.service.host)}:${config.service.port}`,
    environment: options.environment,
    cluster: options.cluster,
    scrapeInterval: options.scrapeInterval,
    alertmanagers: alertmanagers.length > 0 ? alertmanagers : defaultPrometheusSetting.alertmanagers,
    self: options.self,
    nodeExporters:
      options.nodeExporter.length > 0 ? options.nodeExporter : defaultPrometheusSetting.nodeExporters,
    remoteWrite: options.remoteWrite,
    remoteRead: options.remoteRead,
    tokenFile: options.tokenFile ?? null,
  };
  try {
    writeFiles(options.out, prometheusFiles(readSettings(options), setting), output);
  } catch (error) {
    if (error instanceof RangeError) throw new CommandFailure(error.message);
    throw error;
  }
}

function checkInterval(text: string): void {
  try {
    if (durationSeconds(text) < 1) throw new RangeError('an interval of 0 is none.');
  } catch (error) {
    throw new CommandFailure(`--scrape-interval: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** An address to reach the server at; one that listens everywhere is reached on this machine. */
function hostFor(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
