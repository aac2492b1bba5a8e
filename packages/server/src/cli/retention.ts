/** `bellwether retention`: removes what is past its retention, or shows what would go. */

import { Command } from 'commander';
import type { Environment } from '../config/index.ts';
import type { RetentionPlan, RetentionReport } from '../retention/retention.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { asFailure, runOnServer } from './long-work.ts';
import { askServerOrStores, serverOrStores } from './store-access.ts';

interface RetentionCommandOptions extends ServerOptions {
  readonly dryRun?: boolean;
  readonly trustClock?: boolean;
  readonly json?: boolean;
}

/** Makes the command. */
export function retentionCommand(environment: Environment): Command {
  const command = new Command('retention')
    .description('Remove what is past its retention; a running server does so by itself every hour')
    .option('--dry-run', 'show what would go, and remove nothing')
    .option('--trust-clock', 'take the clock of the machine to be right, however far ahead it seems to be')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether retention --dry-run\n');
  return withServerOptions(command).action(async (options: RetentionCommandOptions) => {
    if (options.dryRun) await show(options, environment);
    else await remove(options, environment);
  });
}

async function show(options: RetentionCommandOptions, environment: Environment): Promise<void> {
  const { config } = configOf(options, environment);
  const plan = await askServerOrStores<RetentionPlan>(
    options,
    config,
    '/api/v1/retention',
    async (stores) => {
      const { keepingOfCommand } = await import('./keeping-access.ts');
      const keeping = await keepingOfCommand(config, stores);
      try {
        return await asFailure(keeping.plan());
      } finally {
        await keeping.close();
      }
    },
  );
  process.stdout.write(options.json ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan));
}

async function remove(options: RetentionCommandOptions, environment: Environment): Promise<void> {
  const { config } = configOf(options, environment);
  const trustClock = options.trustClock === true;
  const onRemoved = ({ days, rows }: { readonly days: readonly string[]; readonly rows: number }): void => {
    process.stderr.write(`${days[0]} to ${days.at(-1)}: ${rows} events removed\n`);
  };
  const report = await serverOrStores<RetentionReport>(
    options,
    config,
    (url) => runOnServer(url, '/api/v1/retention', options.token, { trust_clock: trustClock }, onRemoved),
    async (stores) => {
      const { keepingOfCommand } = await import('./keeping-access.ts');
      const keeping = await keepingOfCommand(config, stores);
      try {
        return await asFailure(keeping.retain({ trustClock, onRemoved }));
      } finally {
        await keeping.close();
      }
    },
  );
  const {
    events_removed: events,
    days_removed: days,
    archived_rows: archived,
    charge_days_removed: charges,
  } = report;
  const text = `${events} events of ${days} days were removed (${archived} archived before), and the charges of ${charges} days.\n`;
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : text);
}

function planText(plan: RetentionPlan): string {
  const rows = plan.events.reduce((sum, day) => sum + day.rows, 0);
  const behind = Math.round(plan.clock_behind_seconds / 3600);
  return [
    `Events before ${plan.events_before}: ${rows} of ${plan.events.length} days would go.`,
    ...plan.events.map(({ day, rows: count }) => `  ${day}  ${count}`),
    `Charges before ${plan.charges_before}: those of ${plan.charges.length} days would go.`,
    ...(behind > 0
      ? [`Retention goes by a time ${behind} hours behind this machine's clock; --trust-clock ends that.`]
      : []),
    '',
  ].join('\n');
}
