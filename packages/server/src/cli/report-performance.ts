/** `bellwether report performance`: how much traffic there was, and how it was served. */

import { Command, Option } from 'commander';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { dimensionNames, readDimensions } from '../report/dimensions.ts';
import { type PerformanceReport, readPerformance } from '../report/performance.ts';
import { performanceText } from '../report/performance-text.ts';
import { periodOf, periodText } from '../report/periods.ts';
import { readTimeRange } from '../report/time-range.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';

interface PerformanceOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly by: string;
  readonly format: 'text' | 'json';
}

const HOURS_DEFAULT = 24;

/** Makes the command. */
export function performanceCommand(environment: Environment): Command {
  const command = new Command('performance')
    .description('How much traffic there was and how it was served, beside the period before')
    .option('--from <time>', 'date or RFC 3339, included (default: a day back)')
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .option('--by <dimensions>', 'group by these, separated by commas', 'provider,model')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `\nPercentiles are within 1 %.\nDimensions: ${dimensionNames.join(', ')}\n\nExample:\n  bellwether report performance --hours 168 --by backend_id\n`,
    );
  return withServerOptions(command).action(async (options: PerformanceOptions) => {
    const { config } = configOf(options, environment);
    const { from, to, hours, by } = options;
    const nowMs = systemClock.nowMs();
    const range = readTimeRange({ from, to, hours: hours === undefined ? undefined : Number(hours) }, nowMs);
    const period = periodOf(range, nowMs, HOURS_DEFAULT);
    const dimensions = readDimensions(by);
    const report = await askServerOrStores<PerformanceReport>(
      options,
      config,
      `/api/v1/performance?${new URLSearchParams({ by, ...periodText(period) }).toString()}`,
      async ({ ledger }) => {
        await ledger.settle(30_000);
        return readPerformance(ledger.connection, period, dimensions);
      },
    );
    process.stdout.write(
      options.format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : performanceText(report),
    );
  });
}
