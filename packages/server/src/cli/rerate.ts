/** `bellwether rerate`: what another price would change in the past, and changing it. */

import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { Config, Environment } from '../config/index.ts';
import type { RerateDifference, RerateRequest } from '../rerate/request.ts';
import type { Rerating } from '../rerate/rerating-store.ts';
import type { Reratings } from '../rerate/reratings.ts';
import { differenceText, ratingsText } from '../rerate/rerate-text.ts';
import { readTimeRange } from '../report/time-range.ts';
import type { Stores } from '../stores.ts';
import { silentLog } from '../log.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { fetchFromServer, serverOrStores } from './store-access.ts';

interface RerateOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly unpriced?: boolean;
  readonly apply?: boolean;
  readonly json?: boolean;
}

/** What the command asks for, wherever it is answered. */
interface Ratings {
  list(): Promise<readonly Rerating[]>;
  preview(): Promise<RerateDifference>;
  apply(plan: string): Promise<Rerating>;
  undo(id: string): Promise<Rerating>;
}

/** Makes the command. */
export function rerateCommand(environment: Environment): Command {
  const command = new Command('rerate')
    .description('Price past events again: shows the difference, and changes nothing unless told to')
    .option('--from <time>', 'date or RFC 3339, included (default: the beginning)')
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--provider <name>', 'only events of this provider')
    .option('--model <name>', 'only events of this model')
    .option('--unpriced', 'only events that have no price')
    .option('--apply', 'change the charges as shown; the former ones are kept')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nEvents whose sender gave their cost are never priced again.\n\nExample:\n  bellwether rerate --from 2026-11-01 --to 2026-12-01 --model gpt-4o\n',
    );
  withServerOptions(command).action(async (options: RerateOptions) => {
    await withRatings(options, environment, async (ratings) => {
      const difference = await ratings.preview();
      const nothing = difference.total.events === 0;
      const rating = options.apply === true && !nothing ? await ratings.apply(difference.plan) : undefined;
      if (options.json) print({ ...difference, applied: rating ?? null });
      else process.stdout.write(differenceText(difference) + outcome(rating, nothing));
    });
  });
  command.addCommand(listCommand(environment));
  command.addCommand(undoCommand(environment));
  return command;
}

function outcome(rating: Rerating | undefined, nothing: boolean): string {
  if (rating !== undefined) return `Applied as ${rating.id}.\n`;
  return nothing ? '' : 'Nothing was changed. Repeat with --apply to change the charges.\n';
}

function listCommand(environment: Environment): Command {
  const command = new Command('list').description('List what was re-rated').option('--json', 'print JSON');
  return withServerOptions(command).action(async (_own: RerateOptions, self: Command) => {
    const options = self.optsWithGlobals<RerateOptions>();
    await withRatings(options, environment, async (ratings) => {
      const list = await ratings.list();
      if (options.json) print(list);
      else process.stdout.write(ratingsText(list));
    });
  });
}

function undoCommand(environment: Environment): Command {
  const command = new Command('undo')
    .description('Give the events of a re-rating their former charges')
    .argument('<id>', 'as list shows it')
    .option('--json', 'print JSON');
  return withServerOptions(command).action(async (id: string, _own: RerateOptions, self: Command) => {
    const options = self.optsWithGlobals<RerateOptions>();
    await withRatings(options, environment, async (ratings) => {
      const rating = await ratings.undo(id);
      if (options.json) print(rating);
      else process.stdout.write(ratingsText([rating]));
    });
  });
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

async function withRatings(
  options: RerateOptions,
  environment: Environment,
  work: (ratings: Ratings) => Promise<void>,
): Promise<void> {
  const { config } = configOf(options, environment);
  const request = readRequest(options);
  await serverOrStores(
    options,
    config,
    (url) => work(remote(url, options)),
    (stores) => withStores(stores, config, (reratings) => work(local(reratings, request))),
  );
}

function readRequest({ from, to, provider, model, unpriced }: RerateOptions): RerateRequest {
  const range = readTimeRange({ from, to }, systemClock.nowMs());
  return { range, provider: provider ?? null, model: model ?? null, unpriced: unpriced === true };
}

function local(reratings: Reratings, request: RerateRequest): Ratings {
  return {
    list: async () => reratings.list(),
    preview: () => reratings.preview(request),
    apply: (plan) => reratings.apply(request, plan, 'cli'),
    undo: (id) => reratings.undo(id, 'cli'),
  };
}

function remote(url: string, options: RerateOptions): Ratings {
  const { from, to, provider, model, unpriced } = options;
  const ask = async <R>(path: string, body?: object): Promise<R> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const headers = { 'content-type': 'application/json' };
    const response = await fetchFromServer(url, path, options.token, { ...init, headers });
    return (await response.json()) as R;
  };
  const path = '/api/v1/reratings';
  const request = { from, to, provider, model, unpriced };
  return {
    list: async () => (await ask<{ reratings: Rerating[] }>(path)).reratings,
    preview: () => ask(path, request),
    apply: (plan) => ask(path, { ...request, plan }),
    undo: (id) => ask(`${path}/${encodeURIComponent(id)}/undo`, {}),
  };
}

async function withStores(
  stores: Stores,
  config: Config,
  work: (reratings: Reratings) => Promise<void>,
): Promise<void> {
  const [{ configuredPricer }, { Reratings }, { createAuditLog, createSecretRegistry }] = await Promise.all([
    import('../configured-pricer.ts'),
    import('../rerate/reratings.ts'),
    import('../audit/index.ts'),
  ]);
  const pricer = await configuredPricer(config);
  const dataDirectory = config.storage.data_dir;
  const audit = createAuditLog({
    dataDir: dataDirectory,
    clock: systemClock,
    secrets: createSecretRegistry(),
  });
  const reratings = new Reratings({
    dataDirectory,
    ledger: stores.ledger,
    pricer: () => pricer,
    clock: systemClock,
    log: silentLog,
    audit,
  });
  try {
    await stores.ledger.settle(30_000);
    await reratings.resume();
    await work(reratings);
  } finally {
    reratings.close();
    await audit.close();
  }
}
