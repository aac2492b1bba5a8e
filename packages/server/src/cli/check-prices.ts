/** `bellwether check prices`: are rate cards right, and do they say what was meant? */

import { Command } from 'commander';
import type { Finding, RateCard } from '../pricing/index.ts';
import { checkCards, rateCardSchema, SNAPSHOT } from '../pricing/index.ts';
import { countText } from '../report/text-table.ts';
import { CommandFailure } from './command-failure.ts';
import type { Output } from './output.ts';
import { readRateCard } from './read-rate-card.ts';
import { formatTable, printable } from './table.ts';

interface CheckPricesOptions {
  readonly schema?: true;
  readonly json?: true;
}

const EXAMPLE = `
Errors (exit status 1): prices of one card for the same requests at the same time, cards of the same name and version.
Warnings: times without a price, a price ten times its neighbour or more, no exchange rate yet.

Example:
  bellwether check prices prices.yaml
`;

/** Makes the command, a subcommand of `check`. */
export function checkPricesCommand(output: Output = process.stdout): Command {
  return new Command('prices')
    .description('Check rate cards, in the order in which a server is given them')
    .argument('[files...]', 'rate cards (YAML)')
    .option('--schema', 'print the JSON Schema of rate cards instead')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLE)
    .action((files: readonly string[], options: CheckPricesOptions) => {
      if (options.schema) output.write(`${JSON.stringify(rateCardSchema, null, 2)}\n`);
      else checkPrices(files, options, output);
    });
}

function checkPrices(files: readonly string[], options: CheckPricesOptions, output: Output): void {
  if (files.length === 0) throw new CommandFailure('name the rate cards to check');
  const cards = files.map(readRateCard);
  const findings = checkCards(cards);
  const ok = findings.every(({ severity }) => severity !== 'error');
  if (!ok) process.exitCode = 1;
  if (options.json) {
    output.write(`${JSON.stringify({ ok, snapshot: SNAPSHOT, findings }, null, 2)}\n`);
    return;
  }
  for (const card of cards) output.write(`${describeCard(card)}\n`);
  output.write(`Bundled prices: genai-prices ${SNAPSHOT.packageVersion}, data of ${SNAPSHOT.dataDate}\n\n`);
  output.write(findings.length === 0 ? 'OK\n' : formatTable(findings.map(rowOf)));
}

function describeCard({ name, version, prices = [], discounts = [], commitments = [] }: RateCard): string {
  const parts = [
    countText(prices.length, 'price'),
    countText(discounts.length, 'discount'),
    countText(commitments.length, 'commitment'),
  ];
  return printable(`${name} ${version}: ${parts.join(', ')}`);
}

function rowOf({ severity, code, card, place, message }: Finding): string[] {
  return [severity, code, `${card}: ${place}`, message];
}
