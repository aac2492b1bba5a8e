/** `bellwether reconcile`: a provider's bill held against the ledger. */

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { Command, Option } from 'commander';
import type { Environment } from '../config/index.ts';
import { type Bill, BillError } from '../reconcile/bill.ts';
import { billToJson } from '../reconcile/bill-json.ts';
import { readBill } from '../reconcile/read-bill.ts';
import { type Reconciliation, reconcile } from '../reconcile/reconcile.ts';
import { reconciliationText } from '../reconcile/reconcile-text.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { fetchFromServer, serverOrStores } from './store-access.ts';

interface ReconcileOptions extends ServerOptions {
  readonly format: 'text' | 'json';
}

/** Makes the command. */
export function reconcileCommand(environment: Environment): Command {
  const command = new Command('reconcile')
    .description("Hold a provider's bill against the ledger, by model and by day, and say why they differ")
    .argument(
      '<bill...>',
      'CSV files, also .gz: costs of OpenAI, costs and tokens of Anthropic, Azure cost details, AWS Cost and Usage Reports, FOCUS',
    )
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nNothing is changed.\n\nExample:\n  bellwether reconcile costs-2026-10.csv\n');
  return withServerOptions(command).action(async (files: string[], options: ReconcileOptions) => {
    const { config } = configOf(options, environment);
    const bill = await billOf(files);
    const result = await serverOrStores(
      options,
      config,
      (url) => askServer(url, bill, options.token),
      (stores) => reconcile(stores.ledger.connection, bill),
    );
    process.stdout.write(
      options.format === 'json' ? `${JSON.stringify(result, null, 2)}\n` : reconciliationText(result),
    );
  });
}

async function askServer(url: string, bill: Bill, token: string | undefined): Promise<Reconciliation> {
  const response = await fetchFromServer(url, '/api/v1/reconciliations', token, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(billToJson(bill)),
  });
  return (await response.json()) as Reconciliation;
}

async function billOf(files: readonly string[]): Promise<Bill> {
  try {
    return await readBill(
      files.map((name) => {
        const bytes = createReadStream(name);
        if (!name.endsWith('.gz')) return { name, bytes };
        const unpacked = createGunzip();
        bytes.once('error', (error) => unpacked.destroy(error));
        return { name, bytes: bytes.pipe(unpacked) };
      }),
    );
  } catch (error) {
    if (error instanceof BillError) throw new CommandFailure(error.message);
    throw error;
  }
}
