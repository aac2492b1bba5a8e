/** `bellwether advice`: what could be done better, and what that gains. */

import { Command } from 'commander';
import { ADVICE_HOURS } from '../advice/advice.ts';
import { adviceText } from '../advice/advice-text.ts';
import { type AdviceReport, readAdvice } from '../advice/read-advice.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { configuredPricer } from '../configured-pricer.ts';
import { periodOf, periodText } from '../report/periods.ts';
import { readTimeRange } from '../report/time-range.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';

interface AdviceOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Makes the command. */
export function adviceCommand(environment: Environment): Command {
  const command = new Command('advice')
    .description('What could be done better, what that gains, and the rows that it rests on')
    .option('--from <time>', 'date or RFC 3339, included (default: 30 days back)')
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .option('--all', 'say how it was computed, and what is not advised and why')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether advice --hours 336 --all\n');
  return withServerOptions(command).action(async (options: AdviceOptions) => {
    const { config } = configOf(options, environment);
    const { from, to, hours } = options;
    const nowMs = systemClock.nowMs();
    const range = readTimeRange({ from, to, hours: hours === undefined ? undefined : Number(hours) }, nowMs);
    const period = periodOf(range, nowMs, ADVICE_HOURS);
    const report = await askServerOrStores<AdviceReport>(
      options,
      config,
      `/api/v1/advice?${new URLSearchParams({ ...periodText(period) }).toString()}`,
      async ({ ledger }) => {
        await ledger.settle(30_000);
        return readAdvice({ connection: ledger.connection, pricer: await configuredPricer(config), period });
      },
    );
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(report, null, 2)}\n`
        : adviceText(report, options.all === true),
    );
  });
}
