/**
 * `bellwether check config`: is a configuration right, and what would be in effect
 * with it? `bellwether check prices` and `check rules` do the same for rate cards and alert rules.
 */

import { Command } from 'commander';
import type { ConfigProblem, Environment } from '../config/index.ts';
import { ConfigError, configJsonSchema, describeConfig, loadConfig } from '../config/index.ts';
import { checkPricesCommand } from './check-prices.ts';
import { checkRulesCommand } from './check-rules.ts';
import { CommandFailure } from './command-failure.ts';
import type { CommonOptions } from './common-options.ts';
import { withCommonOptions } from './common-options.ts';
import type { Output } from './output.ts';
import { formatTable } from './table.ts';

interface CheckConfigOptions extends CommonOptions {
  readonly schema?: boolean;
  readonly json?: boolean;
}

/** Makes the command. Each thing that can be checked is a subcommand of its own. */
export function checkCommand(environment: Environment, output: Output = process.stdout): Command {
  return new Command('check')
    .description('Check files before a server uses them')
    .addCommand(checkConfigCommand(environment, output))
    .addCommand(checkPricesCommand(output))
    .addCommand(checkRulesCommand(environment, output));
}

function checkConfigCommand(environment: Environment, output: Output): Command {
  const command = new Command('config')
    .description('Check a configuration, and print every value in effect and where it came from')
    .option('--schema', 'print the JSON Schema of configuration files instead')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether check config --config bellwether.yaml\n');
  return withCommonOptions(command).action((options: CheckConfigOptions) => {
    if (options.schema) output.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    else checkConfig(options, environment, output);
  });
}

function checkConfig(options: CheckConfigOptions, environment: Environment, output: Output): void {
  try {
    const overrides = { 'storage.data_dir': options.data };
    const loaded = loadConfig({ file: options.config, environment, overrides });
    const keys = describeConfig(loaded);
    if (options.json) {
      output.write(`${JSON.stringify({ ok: true, file: loaded.file, keys }, null, 2)}\n`);
      return;
    }
    const rows = keys.map(({ key, value, source }) => [key, value, source]);
    output.write(`OK: ${loaded.file ?? 'no configuration file'}\n\n`);
    output.write(formatTable([['KEY', 'VALUE', 'SOURCE'], ...rows]));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (!options.json) throw new CommandFailure(`the configuration is wrong:\n${error.message}`);
    output.write(`${JSON.stringify({ ok: false, problems: error.problems.map(asJson) }, null, 2)}\n`);
    process.exitCode = 1;
  }
}

function asJson({ code, key, reason, source }: ConfigProblem): ConfigProblem {
  return { code, key, reason, source };
}
