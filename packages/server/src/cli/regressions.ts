/** `bellwether regressions`: what a deployment, or another moment, made better or worse. */

import { Command } from 'commander';
import { answerRegressions } from '../analysis/outlook-questions.ts';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { storedMarkers } from '../deployments/stored-markers.ts';
import { LedgerSeries } from '../series/ledger-series.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';
import { formatTable } from './table.ts';

type Regressions = Awaited<ReturnType<typeof answerRegressions>>;

interface RegressionOptions extends ServerOptions {
  readonly marker?: string;
  readonly at?: string;
  readonly hours: string;
  readonly measures?: string;
  readonly where: readonly string[];
  readonly mix?: string;
  readonly json?: boolean;
}

/** How long a question without a server waits for the ledger. */
const SETTLE_MS = 30_000;

/** Makes the command. */
export function regressionsCommand(environment: Environment): Command {
  const command = new Command('regressions')
    .description('What a deployment made better or worse, with the mix of requests held equal')
    .option('--marker <id>', 'the deployment; `deployments list` shows the ids')
    .option('--at <time>', 'a date or RFC 3339, instead of a deployment')
    .option('--hours <number>', 'of each side', '24')
    .option('--measures <names>', 'separated by commas')
    .option(
      '--where <filter>',
      'e.g. application=chat; may be repeated',
      (value, before: string[]) => [...before, value],
      [],
    )
    .option('--mix <dimensions>', 'whose mix is held equal (default: task_type,model)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  bellwether regressions --marker pipeline-4711 --where application=chat --hours 72\n',
    );
  return withServerOptions(command).action(async (options: RegressionOptions) => {
    const { config } = configOf(options, environment);
    const { marker, at, measures, where, mix } = options;
    const named = Object.entries({ marker, at, measures, mix }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const search = new URLSearchParams([['hours', options.hours], ...named.map(([...pair]) => pair)]);
    for (const filter of where) search.append('where', filter);
    const answer = await askServerOrStores<Regressions>(
      options,
      config,
      `/api/v1/regressions?${search.toString()}`,
      async ({ ledger }) => {
        await ledger.settle(SETTLE_MS);
        const parameters = { ...Object.fromEntries(named), hours: Number(options.hours), where };
        const markers = storedMarkers(config.storage.data_dir, systemClock);
        return answerRegressions(
          new LedgerSeries(ledger.connection),
          markers,
          parameters,
          systemClock.nowMs(),
        );
      },
    );
    process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : textOf(answer));
  });
}

function textOf({ at, hours, marker, mix, measures }: Regressions): string {
  const what = marker === null ? '' : `${marker.service} ${marker.version}, `;
  const rows = measures.map(({ measure, verdict, comparison }) => {
    if (comparison === null) return [measure, verdict, '', '', '', '', ''];
    const { before, after, change_percent: change, confidence } = comparison;
    return [
      measure,
      verdict,
      figure(before),
      figure(after),
      change === null ? '' : `${change > 0 ? '+' : ''}${change.toFixed(1)} %`,
      `${figure(comparison.difference_low)} to ${figure(comparison.difference_high)}`,
      // As a probability it is never certain.
      `${(Math.floor(Math.min(confidence, 0.9999) * 1e4) / 100).toFixed(2)} %`,
    ];
  });
  return `${what}${at}: ${hours} hours before and after, the mix of ${mix.join(' and ') || 'nothing'} held equal\n\n${formatTable(
    [['measure', 'verdict', 'before', 'after', 'change', 'difference, 99 %', 'confidence'], ...rows],
  )}`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
