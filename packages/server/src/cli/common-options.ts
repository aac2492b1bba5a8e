/**
 * The options that every command knows, and the configuration they lead to.
 */

import type { Command } from 'commander';
import {
  ConfigError,
  type ConfigInput,
  type ConfigOverrides,
  type Environment,
  formatProblem,
  type LoadedConfig,
  loadConfig,
} from '../config/index.ts';
import { CommandFailure } from './command-failure.ts';

/** Options of every command. */
export interface CommonOptions {
  readonly config?: string;
  readonly data?: string;
}

/** Options of commands that talk to a running server. */
export interface ServerOptions extends CommonOptions {
  readonly url?: string;
  readonly token?: string;
}

/** Adds `--config` and `--data`. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file, YAML or JSON')
    .option('--data <dir>', 'data directory (default: ./data)');
}

/** Adds `--url` and `--token` to those. */
export function withServerOptions(command: Command): Command {
  return withCommonOptions(command)
    .option('--url <url>', 'address of a running server (default: the one that runs on the data directory)')
    .option(
      '--token <token>',
      'token for that server (default: BELLWETHER_TOKEN, or the one that a server on the data directory has left there)',
    );
}

/** Where the options and the environment say that the configuration comes from. */
export function configInputOf(
  options: CommonOptions,
  environment: Environment,
  overrides: ConfigOverrides = {},
): ConfigInput {
  return {
    file: options.config,
    environment,
    overrides: {
      ...(options.data === undefined ? {} : { 'storage.data_dir': options.data }),
      ...overrides,
    },
  };
}

/** Loads the configuration that the options and the environment give. */
export function configOf(
  options: CommonOptions,
  environment: Environment,
  overrides: ConfigOverrides = {},
): LoadedConfig {
  return configFrom(configInputOf(options, environment, overrides));
}

/** Loads a configuration. @throws CommandFailure with every fault. */
export function configFrom(input: ConfigInput): LoadedConfig {
  try {
    return loadConfig(input);
  } catch (error) {
    if (error instanceof ConfigError)
      throw new CommandFailure(
        `the configuration is wrong:\n${error.problems.map((problem) => `  ${formatProblem(problem)}`).join('\n')}`,
      );
    throw error;
  }
}
