/** `bellwether report business`: return on investment, adoption, usage and satisfaction. */

import { Command, Option } from 'commander';
import { type BusinessReport, readBusiness } from '../business/report.ts';
import { businessSettings } from '../business/settings.ts';
import type { WorthFigures } from '../business/worth.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { dimensionNames, readDimensions } from '../report/dimensions.ts';
import { readTimeRange } from '../report/time-range.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';
import { formatTable } from './table.ts';

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

const header = ['REQUESTS', 'USERS', 'REVENUE', 'COST', 'PROFIT', 'ROI', 'SATISFIED', 'SUCCESS', 'COMPOSITE'];

function worthCells(figures: WorthFigures): string[] {
  return [
    String(figures.requests),
    String(figures.users),
    figures.revenue_usd,
    figures.cost_usd,
    figures.profit_usd,
    percent(figures.roi),
    percent(figures.satisfaction_score),
    percent(figures.performance_score),
    percent(figures.composite_score),
  ];
}

function businessText({ by, rows, total, adoption, usage, satisfaction }: BusinessReport): string {
  const { explicit, implicit } = satisfaction;
  const worth = formatTable([
    [...by.map((name) => name.toUpperCase()), ...header],
    ...rows.map((row) => [...by.map((name) => row.key[name] ?? ''), ...worthCells(row)]),
    [...by.map((_, i) => (i === 0 ? 'total' : '')), ...worthCells(total)],
  ]);
  const busiest = usage.by_hour.toSorted((a, b) => b.requests - a.requests).slice(0, 3);
  const facts = formatTable([
    [
      'Revenue and cost per request',
      `${total.revenue_per_request_usd ?? '-'}, ${total.cost_per_request_usd ?? '-'}`,
    ],
    ['Cost of a success', total.cost_per_success_usd ?? '-'],
    [
      'Active users',
      `${adoption.active_users} (${adoption.new_users} new, ${adoption.returning_users} returning)`,
    ],
    ['Users on a day', `${adoption.daily_active_users ?? '-'} (${percent(adoption.stickiness)} of all)`],
    ['Busiest hours, UTC', busiest.map(({ hour, share }) => `${hour}:00 (${percent(share)})`).join(', ')],
    [
      'Tasks',
      usage.by_task
        .slice(0, 5)
        .map((task) => `${task.task_type || '-'} (${percent(task.share)})`)
        .join(', '),
    ],
    ['Sessions', `${usage.sessions.sessions}, ${usage.sessions.requests_per_session ?? '-'} requests each`],
    ['Ratings', `${explicit.rated_requests}, mean ${percent(explicit.satisfaction_score)}`],
    ['Failures tried again within a minute', `${implicit.retried} of ${implicit.failures}`],
    ['Sessions that end with a failure', percent(implicit.abandonment_ratio)],
  ]);
  const weeks = adoption.cohorts.reduce((most, { retained }) => Math.max(most, retained.length), 0);
  const cohorts = formatTable([
    ['FIRST SEEN IN', 'USERS', ...Array.from({ length: weeks }, (_none, week) => `WEEK ${week}`)],
    ...adoption.cohorts.map(({ week, users, retained }) => [week, String(users), ...retained.map(percent)]),
  ]);
  return `${worth}\n${facts}\n${cohorts}`;
}

function percent(ratio: number | null): string {
  return ratio === null ? '-' : `${(ratio * 100).toFixed(1)} %`;
}
