/** `bellwether federation`: the sites of a hub. */

import { Command } from 'commander';
import type { Environment } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import type { SiteView } from '../http/federation-routes.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { fetchFromServer } from './store-access.ts';
import { formatTable } from './table.ts';

interface StatusOptions extends ServerOptions {
  readonly json?: boolean;
}

/** Makes the command with its subcommand. */
export function federationCommand(environment: Environment): Command {
  return new Command('federation')
    .description('Sites whose figures a hub has')
    .addCommand(statusCommand(environment), { isDefault: true });
}

function statusCommand(environment: Environment): Command {
  const command = new Command('status')
    .description('The sites of a running hub, and how old their figures are')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether federation status --data ./data\n');
  return withServerOptions(command).action(async (options: StatusOptions) => {
    const url = options.url ?? findServer(configOf(options, environment).config.storage.data_dir)?.url;
    if (url === undefined)
      throw new CommandFailure('no server runs on the data directory; name one with --url');
    const response = await fetchFromServer(url, '/api/v1/federation/sites', options.token);
    const answer = (await response.json()) as { sites: SiteView[] };
    process.stdout.write(
      options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : textOf(answer.sites),
    );
  });
}

function textOf(sites: readonly SiteView[]): string {
  if (sites.length === 0) return 'This server is no hub: the configuration has no federation.spokes.\n';
  const rows = sites.map(({ site, state, last_success: success, age_seconds: age, problem }) => [
    site,
    state,
    success ?? 'never',
    age === null ? '' : `${age} s`,
    problem ?? '',
  ]);
  return formatTable([['SITE', 'STATE', 'LAST SUCCESS', 'AGE', 'PROBLEM'], ...rows]);
}
