/** `bellwether reload`: has a running server load its configuration again. */

import { Command } from 'commander';
import type { Environment } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import type { ReloadAnswer } from '../reload.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { fetchFromServer } from './store-access.ts';
import { formatTable } from './table.ts';

interface ReloadOptions extends ServerOptions {
  readonly json?: boolean;
}

/** Makes the command. */
export function reloadCommand(environment: Environment): Command {
  const command = new Command('reload')
    .description('Have a running server load its configuration again, and print what changed')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether reload --data ./data\n');
  return withServerOptions(command).action(async (options: ReloadOptions) => {
    const url = options.url ?? findServer(configOf(options, environment).config.storage.data_dir)?.url;
    if (url === undefined)
      throw new CommandFailure('no server runs on the data directory; name one with --url');
    const response = await fetchFromServer(url, '/-/reload', options.token, { method: 'POST' });
    const answer = (await response.json()) as ReloadAnswer;
    process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : textOf(answer));
  });
}

function textOf({ changed, awaiting_restart: waiting }: ReloadAnswer): string {
  const table =
    changed.length === 0
      ? 'Reloaded; no key has another value.\n'
      : formatTable([
          ['KEY', 'FROM', 'TO', 'EFFECT'],
          ...changed.map(({ key, from, to, effect }) => [key, from, to, effect]),
        ]);
  return waiting.length === 0 ? table : `${table}Waits for a restart: ${waiting.join(', ')}\n`;
}
