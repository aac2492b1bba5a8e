/** `bellwether trends`: where a measure of the ledger is heading. */

import { Command } from 'commander';
import { answerTrends } from '../analysis/outlook-questions.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askSeries } from './series-access.ts';
import { askServerOrStores } from './store-access.ts';
import { formatTable, moreText } from './table.ts';

type Trends = Awaited<ReturnType<typeof answerTrends>>;

interface TrendOptions extends ServerOptions {
  readonly measure: string;
  readonly by?: string;
  readonly where: readonly string[];
  readonly hours?: string;
  readonly step?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

/** Makes the command. */
export function trendsCommand(environment: Environment): Command {
  const command = new Command('trends')
    .description('Where a measure of the ledger is heading: improving, degrading or stable')
    .option('--measure <name>', 'what to look at', 'latency_avg_ms')
    .option('--by <dimensions>', 'told apart by these, separated by commas')
    .option(
      '--where <filter>',
      'e.g. provider=openai; may be repeated',
      (value, before: string[]) => [...before, value],
      [],
    )
    .option('--hours <number>', 'the last so many hours (default: 28 days)')
    .option('--step <length>', 'e.g. 1h or 1d', '1h')
    .option('--limit <number>', 'how many of them at most, those with the most requests first', '10')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether trends --measure latency_p95_ms --by model\n');
  return withServerOptions(command).action(async (options: TrendOptions) => {
    const { config } = configOf(options, environment);
    const { measure, by, where, step } = options;
    const parameters = {
      measure,
      ...(by === undefined ? {} : { by }),
      ...(step === undefined ? {} : { step }),
      ...(options.hours === undefined ? {} : { hours: Number(options.hours) }),
      ...(by === undefined ? {} : { series_max: Number(options.limit) }),
    };
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) search.set(name, String(value));
    for (const filter of where) search.append('where', filter);
    const answer = await askServerOrStores<Trends>(
      options,
      config,
      `/api/v1/trends?${search.toString()}`,
      ({ ledger }) =>
        askSeries(config, ledger, (source) =>
          answerTrends(source, { ...parameters, where }, systemClock.nowMs()),
        ),
    );
    process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : textOf(answer));
  });
}

/** Three digits, however small: a share moves by thousandths a day. */
export function trendFigure(value: number | null): string {
  if (value === null) return '?';
  return value === 0 ? '0' : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

function textOf({ measure, unit, from, to, trends, groups_left_out: leftOut }: Trends): string {
  const table = formatTable([
    [measure, 'verdict', 'a day', '95 % interval', 'change'],
    ...trends.map((one) => [
      Object.values(one.labels).join(' ') || 'all requests',
      one.verdict,
      trendFigure(one.slope_per_day),
      `${trendFigure(one.slope_low)} to ${trendFigure(one.slope_high)}`,
      one.change_percent === null ? '' : `${trendFigure(one.change_percent)} %`,
    ]),
  ]);
  const more = leftOut > 0 ? `${moreText(trends.length, leftOut)}\n` : '';
  return `Trends of ${measure}, ${unit}, from ${from} to ${to}\n\n${table}${more}`;
}
