/** `bellwether what-if`: what would be if work were moved, or traffic were other. */

import { Command } from 'commander';
import { ADVICE_HOURS } from '../advice/advice.ts';
import { readSupposition } from '../advice/supposition.ts';
import { answerWhatIf, type WhatIf } from '../advice/what-if.ts';
import { whatIfText } from '../advice/what-if-text.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { configuredPricer } from '../configured-pricer.ts';
import { budgetLimits } from '../open-advice.ts';
import { periodOf, periodText } from '../report/periods.ts';
import { readTimeRange } from '../report/time-range.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';

interface WhatIfOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly json?: boolean;
}

/** Makes the command. */
export function whatIfCommand(environment: Environment): Command {
  const command = new Command('what-if')
    .description('What cost, latency, errors, quality and budgets would be if')
    .argument('<supposition>', 'move task TASK [of APPLICATION] [from MODEL] to MODEL, or raise traffic 2x')
    .option('--from <time>', 'date or RFC 3339, included (default: 30 days back)')
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  bellwether what-if "move task summarization to gpt-5-mini"\n  bellwether what-if "raise traffic 2x" --hours 168\n',
    );
  return withServerOptions(command).action(async (suppose: string, options: WhatIfOptions) => {
    const { config } = configOf(options, environment);
    readSupposition(suppose);
    const { from, to, hours } = options;
    const nowMs = systemClock.nowMs();
    const range = readTimeRange({ from, to, hours: hours === undefined ? undefined : Number(hours) }, nowMs);
    const period = periodOf(range, nowMs, ADVICE_HOURS);
    const query = new URLSearchParams({ ...periodText(period), suppose });
    const answer = await askServerOrStores<WhatIf>(
      options,
      config,
      `/api/v1/what-if?${query.toString()}`,
      async ({ ledger }) => {
        await ledger.settle(30_000);
        const pricer = await configuredPricer(config);
        const budgets = budgetLimits(config);
        return answerWhatIf({ connection: ledger.connection, pricer, period, budgets }, suppose);
      },
    );
    process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : whatIfText(answer));
  });
}
