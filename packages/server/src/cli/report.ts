/** `bellwether report`: figures from the ledger, for people and programs. */

import { Command, Option } from 'commander';
import { withSelfHosted } from '../allocations/cost-line.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { costReportText } from '../report/cost-text.ts';
import { type CostReport, readCosts } from '../report/costs.ts';
import { dimensionNames, readDimensions } from '../report/dimensions.ts';
import { explainCosts, type Explanation } from '../report/explain/explain.ts';
import { explanationText } from '../report/explain/explain-text.ts';
import { readCompared } from '../report/explain/ranges.ts';
import { readTimeRange } from '../report/time-range.ts';
import { CommandFailure } from './command-failure.ts';
import { businessReportCommand } from './report-business.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { performanceCommand } from './report-performance.ts';
import { askServerOrStores } from './store-access.ts';

interface CostOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly by: string;
  readonly format: 'text' | 'json';
  readonly explain?: boolean;
  readonly againstFrom?: string;
  readonly againstTo?: string;
}

/** Makes the command with its reports. */
export function reportCommand(environment: Environment): Command {
  return new Command('report')
    .description('Print a report from the ledger')
    .addCommand(costCommand(environment))
    .addCommand(businessReportCommand(environment))
    .addCommand(performanceCommand(environment));
}

function costCommand(environment: Environment): Command {
  const command = new Command('cost')
    .description('What requests cost, dearest first')
    .option('--from <time>', 'date or RFC 3339, included (default: the beginning)')
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .option('--by <dimensions>', 'group by these, separated by commas', 'provider')
    .option('--explain', 'say why it differs from the period just before, or from another')
    .option('--against-from <time>', 'with --explain: beginning of the other period')
    .option('--against-to <time>', 'with --explain: its end, excluded')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      `\nDimensions: ${dimensionNames.join(', ')}\n\nExamples:\n  bellwether report cost --hours 24 --by team,model --format json\n  bellwether report cost --explain --hours 168 --by team\n`,
    );
  return withServerOptions(command).action(async (options: CostOptions) => {
    if (options.explain === true) return explain(options, environment);
    if (options.againstFrom !== undefined || options.againstTo !== undefined)
      throw new CommandFailure('--against-from and --against-to go with --explain');
    const { config } = configOf(options, environment);
    const { from, to, hours } = options;
    const range = readTimeRange({ from, to, hours: numberOf(hours) }, systemClock.nowMs());
    const dimensions = readDimensions(options.by);
    const query = queryOf({ by: options.by, from, to, hours });
    const report = await askServerOrStores<CostReport>(
      options,
      config,
      `/api/v1/costs?${query}`,
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

/** Says why two periods cost different amounts. */
async function explain(options: CostOptions, environment: Environment): Promise<void> {
  const { config } = configOf(options, environment);
  const { from, to, hours, by, againstFrom, againstTo } = options;
  const against = { against_from: againstFrom, against_to: againstTo };
  const ranges = readCompared({ from, to, hours: numberOf(hours), ...against }, systemClock.nowMs());
  const dimensions = readDimensions(by);
  const explanation = await askServerOrStores<Explanation>(
    options,
    config,
    `/api/v1/costs/explain?${queryOf({ by, from, to, hours, ...against })}`,
    async ({ ledger }) => {
      await ledger.settle(30_000);
      return explainCosts(ledger.connection, ranges, dimensions);
    },
  );
  process.stdout.write(
    options.format === 'json' ? `${JSON.stringify(explanation, null, 2)}\n` : explanationText(explanation),
  );
}

function numberOf(hours: string | undefined): number | undefined {
  return hours === undefined ? undefined : Number(hours);
}

function queryOf(values: Readonly<Record<string, string | undefined>>): string {
  const given: [string, string][] = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return new URLSearchParams(given).toString();
}
