/** `bellwether report`: figures from the ledger, for people and programs. */

import { BellwetherError } from '@bellwether/events';
import { Command, Option } from 'commander';
import { withSelfHosted } from '../allocations/cost-line.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { costReportText } from '../report/cost-text.ts';
import { type CostReport, readCosts } from '../report/costs.ts';
import { dimensionNames, readDimensions } from '../report/dimensions.ts';
import { readTimeRange } from '../report/time-range.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';

interface CostOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly by: string;
  readonly format: 'text' | 'json';
}

/** Makes the command with its reports. */
export function reportCommand(environment: Environment): Command {
  return new Command('report')
    .description('Print a report from the ledger')
    .addCommand(costCommand(environment));
}

function costCommand(environment: Environment): Command {
  const command = new Command('cost')
    .description('What requests cost, dearest first')
    .option('--from <time>', 'date or RFC 3339, included (default: the beginning)')
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .option('--by <dimensions>', 'group by these, separated by commas', 'provider')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `\nDimensions: ${dimensionNames.join(', ')}\n\nExample:\n  bellwether report cost --hours 24 --by team,model --format json\n`,
    );
  return withServerOptions(command).action(async (options: CostOptions) => {
    const { config } = configOf(options, environment);
    const { range, dimensions } = readQuestion(options);
    const query = new URLSearchParams({ by: options.by });
    for (const name of ['from', 'to', 'hours'] as const) {
      const value = options[name];
      if (value !== undefined) query.set(name, value);
    }
    const report = await askServerOrStores<CostReport>(
      options,
      config,
      `/api/v1/costs?${query.toString()}`,
      async ({ ledger }) => {
        await ledger.settle(30_000);
        const costs = await readCosts(ledger.connection, range, dimensions);
        return withSelfHosted(ledger.connection, range, costs);
      },
    );
    process.stdout.write(
      options.format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : costReportText(report),
    );
  });
}

function readQuestion(options: CostOptions) {
  try {
    const hours = options.hours === undefined ? undefined : Number(options.hours);
    const { from, to } = options;
    return {
      range: readTimeRange({ from, to, hours }, systemClock.nowMs()),
      dimensions: readDimensions(options.by),
    };
  } catch (error) {
    if (error instanceof BellwetherError) throw new CommandFailure(error.message);
    throw error;
  }
}
