/** `bellwether report`: figures from the ledger, for people and programs. */

import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/index.ts';
import { costReportText } from '../report/cost-text.ts';
import { findingsText } from '../documents/document-text.ts';
import type { WithDocument } from '../documents/read-document.ts';
import type { CostReport } from '../report/costs.ts';
import { dimensionNames, readDimensions } from '../report/dimensions.ts';
import { explainCosts, type Explanation } from '../report/explain/explain.ts';
import { explanationText } from '../report/explain/explain-text.ts';
import { readCompared } from '../report/explain/ranges.ts';
import { CommandFailure } from './command-failure.ts';
import { backendsReportCommand } from './report-backends.ts';
import { businessReportCommand } from './report-business.ts';
import { configOf } from './common-options.ts';
import {
  documentCommand,
  type DocumentOptions,
  printDocument,
  withDocumentOptions,
} from './report-document.ts';
import { performanceCommand } from './report-performance.ts';
import { askServerOrStores } from './store-access.ts';

interface CostOptions extends DocumentOptions {
  readonly by: string;
  readonly explain?: boolean;
  readonly againstFrom?: string;
  readonly againstTo?: string;
}

/** Makes the command with its reports. */
export function reportCommand(environment: Environment): Command {
  return new Command('report')
    .description('Print a report from the ledger')
    .addCommand(costCommand(environment), { isDefault: true })
    .addCommand(businessReportCommand(environment))
    .addCommand(backendsReportCommand(environment))
    .addCommand(performanceCommand(environment))
    .addCommand(
      documentCommand(
        environment,
        'sla',
        'Which objectives and agreements were kept, and what failed',
        '--from 2026-10-01 --to 2026-11-01',
      ),
    )
    .addCommand(
      documentCommand(
        environment,
        'roi',
        'What traffic was worth against what it cost, beside the period before',
        '--hours 720 --by application,team',
      ),
    )
    .addCommand(
      documentCommand(
        environment,
        'capacity',
        'Load at its peaks, where limits were met, what is to come, and room on the disk',
        '--hours 168 --by backend_id --format html --out capacity.html',
      ),
    );
}

function costCommand(environment: Environment): Command {
  const command = new Command('cost')
    .description('What requests cost, dearest first')
    .option('--explain', 'say why it differs from the period just before, or from another')
    .option('--against-from <time>', 'with --explain: beginning of the other period')
    .option('--against-to <time>', 'with --explain: its end, excluded')
    .addHelpText(
      'after',
      `\nDimensions: ${dimensionNames.join(', ')}\n\nExamples:\n  bellwether report cost --hours 24 --by team,model --format json\n  bellwether report cost --explain --hours 168 --by team\n  bellwether report cost --hours 720 --by team --format html --out cost.html\n`,
    );
  return withDocumentOptions(command, 'cost').action(async (options: CostOptions) => {
    if (options.explain === true) return explain(options, environment);
    if (options.againstFrom !== undefined || options.againstTo !== undefined)
      throw new CommandFailure('--against-from and --against-to go with --explain');
    return printDocument(
      options,
      environment,
      'cost',
      (report) => `${costReportText(report as CostReport & WithDocument)}${findingsText(report.document)}`,
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
  if (options.format === 'html' || options.out !== undefined)
    throw new CommandFailure('--explain prints text or JSON');
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
