/** `bellwether report business`: return on investment, adoption, usage and satisfaction. */

import { Command, Option } from 'commander';
import { businessText } from '../business/business-text.ts';
import { type BusinessReport, readBusiness } from '../business/report.ts';
import { businessSettings } from '../business/settings.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { dimensionNames, readDimensions } from '../report/dimensions.ts';
import { readTimeRange } from '../report/time-range.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';

interface BusinessOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly by: string;
  readonly format: 'text' | 'json';
}

/** Makes the command. */
export function businessReportCommand(environment: Environment): Command {
  const command = new Command('business')
    .description('Return on investment, adoption, usage and satisfaction')
    .option('--from <time>', 'date or RFC 3339, included (default: the beginning)')
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .option('--by <dimensions>', 'group by these, separated by commas', 'application')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `\nDimensions: ${dimensionNames.join(', ')}\n\nExample:\n  bellwether report business --hours 720 --by application\n`,
    );
  return withServerOptions(command).action(async (options: BusinessOptions) => {
    const { config } = configOf(options, environment);
    const { from, to, by } = options;
    const hours = options.hours === undefined ? undefined : Number(options.hours);
    const range = readTimeRange({ from, to, hours }, systemClock.nowMs());
    const dimensions = readDimensions(by);
    const given = Object.entries({ from, to, hours: options.hours, by });
    const query = new URLSearchParams(
      given.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
    );
    const report = await askServerOrStores<BusinessReport>(
      options,
      config,
      `/api/v1/business?${query.toString()}`,
      async ({ ledger }) => {
        await ledger.settle(30_000);
        return readBusiness(ledger.connection, range, dimensions, businessSettings(config));
      },
    );
    process.stdout.write(
      options.format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : businessText(report),
    );
  });
}
