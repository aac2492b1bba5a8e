/** `bellwether verify`: holds the ledger against the journal and the live counters. */

import { Command } from 'commander';
import type { Environment } from '../config/index.ts';
import { ROWS_WAITING } from '../verify/comparison.ts';
import type { Verification } from '../verify/verify.ts';
import { countText } from '../report/text-table.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';

/** Makes the command. Its exit status is 1 if anything differs. */
export function verifyCommand(environment: Environment): Command {
  const command = new Command('verify')
    .description('Hold the ledger against the journal and, if the server runs, the live counters')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether verify --data ./data\n');
  return withServerOptions(command).action(async (options: ServerOptions & { json?: boolean }) => {
    const { config } = configOf(options, environment);
    const result = await askServerOrStores<Verification>(options, config, '/api/v1/verify', (stores) =>
      stores.verify({ live: false }),
    );
    process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : verificationText(result));
    if (!result.consistent) process.exitCode = 1;
  });
}

/** The result in words. */
export function verificationText({ consistent, events, comparisons }: Verification): string {
  const differences = comparisons.filter(({ equal }) => !equal);
  if (consistent)
    return `Consistent: ${countText(events, 'event')}, ${countText(comparisons.length, 'comparison')}, no difference.\n`;
  const lines = differences.map(
    ({ name, expected, actual }) => `  ${name}: ${expected} expected, ${actual} found`,
  );
  // What is on its way is missing from every sum: only what is left when it has come is a fault.
  const waits = differences.some(({ name }) => name === ROWS_WAITING)
    ? 'The ledger is still taking in what the journal has. Verify again when it has: the other differences may be that alone.\n'
    : '';
  return `${differences.length} of ${comparisons.length} comparisons differ:\n${lines.join('\n')}\n${waits}`;
}
