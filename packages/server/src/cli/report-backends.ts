/** `bellwether report backends`: backends compared and ranked, algorithms, and how evenly load fell. */

import { Command, Option } from 'commander';
import { backendsText } from '../backends/backends-text.ts';
import { type BackendsReport, compareBackends } from '../backends/compare-backends.ts';
import { readCapacities } from '../backends/distribution.ts';
import { type Measure, measureNames } from '../backends/rank.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { periodOf, periodText } from '../report/periods.ts';
import { readTimeRange } from '../report/time-range.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';

interface BackendsOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly rank: Measure;
  readonly model?: string;
  readonly capacity: string;
  readonly format: 'text' | 'json';
}

/** The period of a question that names none. */
const HOURS_DEFAULT = 24;

/** Makes the command. */
export function backendsReportCommand(environment: Environment): Command {
  const command = new Command('backends')
    .description('Backends compared and ranked, balancing algorithms, and how evenly load fell')
    .option('--from <time>', 'date or RFC 3339, included (default: a day back)')
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .addOption(
      new Option('--rank <measure>', 'what they are ordered by').choices(measureNames).default('success'),
    )
    .option('--model <model>', 'only requests of this model')
    .option('--capacity <list>', 'what backends can take relative to each other, e.g. b1=4,b2=1', '')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nExample:\n  bellwether report backends --hours 168 --model gpt-4o --rank latency\n',
    );
  return withServerOptions(command).action(async (options: BackendsOptions) => {
    const { config } = configOf(options, environment);
    const { from, to, hours, rank, model, capacity } = options;
    const nowMs = systemClock.nowMs();
    const range = readTimeRange({ from, to, hours: hours === undefined ? undefined : Number(hours) }, nowMs);
    const period = periodOf(range, nowMs, HOURS_DEFAULT);
    const capacities = readCapacities(capacity);
    const query = new URLSearchParams({
      ...periodText(period),
      rank,
      capacity,
      ...(model === undefined ? {} : { model }),
    });
    const report = await askServerOrStores<BackendsReport>(
      options,
      config,
      `/api/v1/backends?${query.toString()}`,
      async ({ ledger }) => {
        await ledger.settle(30_000);
        const question = { period, rankBy: rank, model: model ?? null, capacities };
        return compareBackends(ledger.connection, question);
      },
    );
    process.stdout.write(
      options.format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : backendsText(report),
    );
  });
}
