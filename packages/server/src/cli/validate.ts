/** `bellwether validate accuracy`: the counters of a running server against its ledger, family by family. */

import { Command } from 'commander';
import type { Environment } from '../config/index.ts';
import { alignTable, groupDigits } from '../report/text-table.ts';
import type { Accuracy } from '../verify/accuracy.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askRunningServer } from './running-server.ts';

/** Makes the command. Its exit status is 1 if anything differs. */
export function validateCommand(environment: Environment): Command {
  const accuracy = new Command('accuracy')
    .description('Hold the counters of a running server against its ledger, family by family')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe exit status is 1 if a figure differs.\n\nExample:\n  bellwether validate accuracy --url http://127.0.0.1:9091\n',
    );
  withServerOptions(accuracy).action(async (options: ServerOptions & { json?: boolean }) => {
    const { config } = configOf(options, environment);
    const found = await askRunningServer<Accuracy>(options, config, '/api/v1/accuracy');
    process.stdout.write(options.json === true ? `${JSON.stringify(found, null, 2)}\n` : accuracyText(found));
    if (!found.exact) process.exitCode = 1;
  });
  return new Command('validate')
    .description('Hold figures against what they are made of')
    .addCommand(accuracy);
}

/** A validation for a terminal. */
export function accuracyText({ exact, accuracy, asked, rows, families }: Accuracy): string {
  const lines = alignTable(
    [
      ['family', 'series', 'ledger', 'counters', 'accuracy', ''],
      ...families.map((each) => [
        each.family,
        each.compared === 'sum' ? 'their sum' : String(each.series),
        each.expected,
        each.actual,
        percent(each.accuracy),
        each.equal ? 'equal' : 'DIFFERS',
      ]),
    ],
    1,
  );
  const differing = families.flatMap(({ family, differing: all }) =>
    all.map(
      ({ labels, expected, actual }) =>
        `  ${family}${JSON.stringify(labels)}: ${expected} in the ledger, ${actual} counted`,
    ),
  );
  const verdict = exact
    ? `Exact: ${families.length} families agree with ${groupDigits(rows)} rows of the ledger.`
    : `${percent(accuracy)} accurate, ${percent(asked)} are asked; exactly equal is expected.`;
  return `${[...lines, '', ...differing, verdict].join('\n')}\n`;
}

function percent(ratio: number): string {
  // What is not whole is not shown as whole.
  return `${(Math.floor(ratio * 1e6) / 1e4).toFixed(4)} %`;
}
