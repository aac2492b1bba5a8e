/** `bellwether deployments`: marks what was brought into service, and lists the marks. */

import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import {
  DeploymentStore,
  type DeploymentView,
  deploymentsStatePart,
  viewDeployment,
} from '../deployments/deployment-store.ts';
import { readTimeRange } from '../report/time-range.ts';
import { openStateDatabase } from '../state/state-database.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores, fetchFromServer } from './store-access.ts';
import { formatTable } from './table.ts';

interface AddOptions extends ServerOptions {
  readonly service: string;
  readonly version: string;
  readonly environment?: string;
  readonly id?: string;
  readonly at?: string;
  readonly annotation: readonly string[];
  readonly json?: boolean;
}

interface ListOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly service?: string;
  readonly environment?: string;
  readonly json?: boolean;
}

/** Makes the command with its subcommands. */
export function deploymentsCommand(environment: Environment): Command {
  return new Command('deployments')
    .description('Markers of what was brought into service')
    .addCommand(listCommand(environment), { isDefault: true })
    .addCommand(addCommand(environment));
}

function addCommand(environment: Environment): Command {
  const command = new Command('add')
    .description('Mark a deployment; the same id again is the same marker')
    .requiredOption('--service <name>', 'what was deployed')
    .requiredOption('--version <text>', 'its version')
    .option('--environment <name>', 'where, e.g. production')
    .option('--id <text>', 'the id of the marker, so that it can be sent again')
    .option('--at <time>', 'RFC 3339 (default: now)')
    .option(
      '--annotation <name=value>',
      'may be repeated',
      (text: string, all: string[]) => [...all, text],
      [],
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  bellwether deployments add --service chat --version v42 --environment production --id "$CI_PIPELINE_ID"\n',
    );
  return withServerOptions(command).action(async (options: AddOptions) => {
    const { config } = configOf(options, environment);
    const url = options.url ?? findServer(config.storage.data_dir)?.url;
    if (url === undefined)
      throw new CommandFailure('no server runs on the data directory; name one with --url');
    const { service, version, id, at } = options;
    const annotations = Object.fromEntries(
      options.annotation.map((text) => {
        const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
        if (name === undefined) throw new CommandFailure('--annotation takes name=value');
        return [name, value];
      }),
    );
    const body = { id, service, version, environment: options.environment, at, annotations };
    const response = await fetchFromServer(url, '/api/v1/deployments', options.token, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const marked = (await response.json()) as DeploymentView & { duplicate: boolean };
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(marked, null, 2)}\n`
        : `${marked.duplicate ? 'Known already' : 'Marked'}: ${marked.service} ${marked.version} at ${marked.at}, id ${marked.id}\n`,
    );
  });
}

function listCommand(environment: Environment): Command {
  const command = new Command('list')
    .description('Deployments, newest first')
    .option('--from <time>', 'date or RFC 3339, included')
    .option('--to <time>', 'date or RFC 3339, excluded')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .option('--service <name>', 'of this service only')
    .option('--environment <name>', 'in this environment only')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether deployments list --hours 168 --service chat\n');
  return withServerOptions(command).action(async (options: ListOptions) => {
    const { config } = configOf(options, environment);
    const { from, to, hours, service } = options;
    const given = Object.entries({ from, to, hours, service, environment: options.environment });
    const query = new URLSearchParams(
      given.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
    );
    const answer = await askServerOrStores<{ deployments: DeploymentView[] }>(
      options,
      config,
      `/api/v1/deployments?${query.toString()}`,
      async () => ({ deployments: listStored(config.storage.data_dir, options) }),
    );
    const rows = answer.deployments.map((each) => [
      each.at,
      each.service,
      each.version,
      each.environment,
      each.id,
      Object.entries(each.annotations)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
    ]);
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(answer, null, 2)}\n`
        : formatTable([['AT', 'SERVICE', 'VERSION', 'ENVIRONMENT', 'ID', 'ANNOTATIONS'], ...rows]),
    );
  });
}

/** The markers of a data directory that no server has open. */
function listStored(
  dataDir: string,
  { from, to, hours, service, environment }: ListOptions,
): DeploymentView[] {
  const range = readTimeRange(
    { from, to, hours: hours === undefined ? undefined : Number(hours) },
    systemClock.nowMs(),
  );
  const state = openStateDatabase({ dataDir, clock: systemClock, parts: [deploymentsStatePart] });
  try {
    const found = new DeploymentStore(state).list({
      fromMs: range.from === null ? 0 : range.from.epochSeconds * 1000,
      toMs: range.to === null ? Number.MAX_SAFE_INTEGER : range.to.epochSeconds * 1000,
      service: service ?? null,
      environment: environment ?? null,
      limit: 100,
    });
    return found.map(viewDeployment);
  } finally {
    state.close();
  }
}
