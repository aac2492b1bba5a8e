/** `bellwether budgets`: what is left of the budgets, and whether their sums are right. */

import { Command } from 'commander';
import type { BudgetVerification } from '../budgets/verify-sums.ts';
import { OpenBudgets } from '../budgets/open-budgets.ts';
import type { Projection } from '../budgets/projection.ts';
import { type BudgetView, findBudget, viewAll, viewOf } from '../budgets/view.ts';
import { systemClock } from '../clock.ts';
import type { Config, Environment } from '../config/index.ts';
import { rewritesOf } from '../ledger-rewrites.ts';
import { silentLog } from '../log.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';
import { formatTable } from './table.ts';
import { BellwetherError } from '@bellwether/events';

interface BudgetOptions extends ServerOptions {
  readonly json?: boolean;
}

type ShownBudget = BudgetView & { readonly projections: readonly Projection[] | null };

/** Makes the command with its subcommands. */
export function budgetsCommand(environment: Environment): Command {
  return new Command('budgets')
    .description('What is left of the budgets')
    .addCommand(listCommand(environment), { isDefault: true })
    .addCommand(showCommand(environment))
    .addCommand(verifyCommand(environment));
}

function listCommand(environment: Environment): Command {
  const command = new Command('list')
    .description('All budgets in their present period')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether budgets list --config bellwether.yaml\n');
  return withServerOptions(command).action(async (options: BudgetOptions) => {
    const answer = await ask<{ budgets: BudgetView[] }>(
      options,
      environment,
      '/api/v1/budgets',
      async (open) => {
        await open.get().settle();
        return { budgets: viewAll(open.get(), systemClock.nowMs()) };
      },
    );
    print(options, answer, () => listText(answer.budgets));
  });
}

function showCommand(environment: Environment): Command {
  const command = new Command('show')
    .description('One budget, with its projection to the end of the period')
    .argument('<id>', 'the id of the budget')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether budgets show openai-monthly --json\n');
  return withServerOptions(command).action(async (id: string, options: BudgetOptions) => {
    const path = `/api/v1/budgets/${encodeURIComponent(id)}`;
    const answer = await ask<ShownBudget>(options, environment, path, async (open) => {
      const budget = findBudget(open.get(), id);
      await open.get().settle();
      const view = viewOf(open.get(), budget, systemClock.nowMs());
      return { ...view, projections: await open.project(id) };
    });
    print(options, answer, () => showText(answer));
  });
}

function verifyCommand(environment: Environment): Command {
  const command = new Command('verify')
    .description('Hold the sums of the budgets against the ledger; the exit status is 1 if they differ')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  bellwether budgets verify --data ./data\n');
  return withServerOptions(command).action(async (options: BudgetOptions) => {
    const path = '/api/v1/budgets/verify';
    const answer = await ask<BudgetVerification>(options, environment, path, (open) => open.get().verify());
    print(options, answer, () => verifyText(answer));
    if (!answer.consistent) process.exitCode = 1;
  });
}

/** Asks the running server, or opens budgets on the stores where none runs. */
function ask<R>(
  options: BudgetOptions,
  environment: Environment,
  path: string,
  fromBudgets: (budgets: OpenBudgets) => Promise<R>,
): Promise<R> {
  const config: Config = configOf(options, environment).config;
  return askServerOrStores<R>(options, config, path, async (stores) => {
    await stores.ledger.settle(30_000);
    // Whether a definition has changed is for the server to find out and to account for.
    const budgets = new OpenBudgets({
      config,
      clock: systemClock,
      log: silentLog,
      rewrites: () => rewritesOf(config.storage.data_dir),
      onDefined: () => undefined,
    });
    try {
      await budgets.open(stores);
      return await fromBudgets(budgets);
    } catch (error) {
      if (error instanceof BellwetherError) throw new CommandFailure(error.message);
      throw error;
    } finally {
      await budgets.close();
    }
  });
}

function print(options: BudgetOptions, answer: unknown, text: () => string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : text());
}

const header = ['BUDGET', 'FOR', 'PERIOD', 'LIMIT', 'SPENT', 'RESERVED', 'LEFT', 'USED', 'STATE'];

function rowsOf(view: BudgetView): string[][] {
  return view.entries.map((entry) => [
    view.id,
    Object.values(entry.key)[0] ?? '',
    `${view.period} from ${view.from}`,
    entry.limit_usd,
    entry.spent_usd,
    entry.reserved_usd,
    entry.remaining_usd,
    `${entry.percent} %`,
    entry.state,
  ]);
}

function listText(budgets: readonly BudgetView[]): string {
  if (budgets.length === 0) return 'No budget is declared.\n';
  return formatTable([header, ...budgets.flatMap(rowsOf)]);
}

function showText(view: ShownBudget): string {
  const projections = (view.projections ?? []).map(({ key, method, end_usd, runs_out_at, ...range }) => [
    Object.values(key)[0] ?? '',
    method,
    end_usd ?? '-',
    range.end_lower80_usd === null ? '-' : `${range.end_lower80_usd} to ${range.end_upper80_usd}`,
    runs_out_at ?? 'not in this period',
  ]);
  const ahead = formatTable([['FOR', 'BY', 'END OF PERIOD', '80 %', 'RUNS OUT'], ...projections]);
  return `${formatTable([header, ...rowsOf(view)])}\n${ahead}`;
}

function verifyText({ consistent, compared, differences }: BudgetVerification): string {
  if (consistent) return `Consistent: ${compared} sums compared, no difference.\n`;
  const lines = differences.map(
    ({ budget, period, key, expected, actual }) =>
      `  ${budget} ${period} ${key}: ${expected} expected, ${actual} found`,
  );
  return `${differences.length} of ${compared} sums differ:\n${lines.join('\n')}\n`;
}
