/**
 * The token that a command sends to a server: the one of `--token`, else that of the
 * variable `BELLWETHER_TOKEN`, else the one that a server on the data directory has
 * left there for commands.
 */

import type { Command } from 'commander';
import type { Environment } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import { configOf, type ServerOptions } from './common-options.ts';

/** Completes the options of a command that talks to a server. */
export function completeToken(command: Command, environment: Environment): void {
  if (!command.options.some(({ long }) => long === '--token')) return;
  const options = command.optsWithGlobals<ServerOptions>();
  if (options.token !== undefined) return;
  const given = environment['BELLWETHER_TOKEN'];
  if (given !== undefined && given !== '') command.setOptionValueWithSource('token', given, 'env');
  // The token of one server is never sent to another.
  else if (options.url === undefined) {
    const { config } = configOf(options, environment);
    const token = findServer(config.storage.data_dir)?.token;
    if (token !== undefined) command.setOptionValueWithSource('token', token, 'implied');
  }
}
