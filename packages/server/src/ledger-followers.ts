/**
 * The stages that follow the ledger: each hears of the rows that have come to be in
 * it, has routes of its own, and figures for the exposition. They are put together
 * here, so that the composition root names them once.
 */

import type { Allocator } from './allocations/allocator.ts';
import { createAllocator } from './allocations/create-allocator.ts';
import type { ResilientAuditLog } from './audit/index.ts';
import { OpenBudgets } from './budgets/open-budgets.ts';
import type { DefinitionChange } from './budgets/resume.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/index.ts';
import { budgetRoutes } from './http/budget-routes.ts';
import { selfHostedRoutes } from './http/self-hosted-routes.ts';
import type { JournalBlock } from './journal/journal-state.ts';
import type { LedgerRow } from './ledger/row.ts';
import { rewritesOf } from './ledger-rewrites.ts';
import type { ServerFigures } from './live/server-metrics.ts';
import type { Log } from './log.ts';
import type { Outgoing } from './outgoing/index.ts';
import type { Reloader } from './reload.ts';
import type { Stores } from './stores.ts';

export interface LedgerFollowersOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: ResilientAuditLog;
  readonly outgoing: Outgoing;
}

export class LedgerFollowers {
  readonly #options: LedgerFollowersOptions;
  readonly #budgets: OpenBudgets;
  readonly #allocator: Allocator;

  constructor(options: LedgerFollowersOptions) {
    const { config, clock, log } = options;
    this.#options = options;
    this.#budgets = new OpenBudgets({
      config,
      clock,
      log,
      rewrites: () => rewritesOf(config.storage.data_dir),
      onDefined: (changes) => this.#account(changes),
      onCondition: ({ budget, from, to, figures }) => {
        const { key, spent_usd, limit_usd } = figures;
        const details = { budget, key, from, to, spent_usd, limit_usd };
        if (to === 'ok') log.info(details, 'the condition of a budget changed');
        else log.warn(details, 'the condition of a budget changed');
      },
    });
    this.#allocator = createAllocator(config, clock, log, options.outgoing);
  }

  /** What the loader calls with rows, before the journal forgets them. */
  readonly loaded = async (rows: readonly LedgerRow[], blocks: readonly JournalBlock[]): Promise<void> => {
    this.#allocator.loaded(rows);
    await this.#budgets.loaded(rows, blocks);
  };

  get budgets(): OpenBudgets {
    return this.#budgets;
  }

  /** Has budgets follow the configuration. */
  follow(reloader: Reloader): void {
    reloader.add(
      ({ budgets: { items } }) =>
        () =>
          this.#budgets.redefine(items),
    );
  }

  /** Opens the stages on the stores. */
  async open(stores: Stores): Promise<void> {
    await this.#budgets.open(stores);
    this.#allocator.open(stores.ledger);
  }

  /** The routes of the stages. */
  routes({ ledger }: Stores) {
    const { clock } = this.#options;
    return [budgetRoutes(this.#budgets, clock), selfHostedRoutes(ledger, clock)];
  }

  /** What the exposition shows of them. */
  figures(): Pick<ServerFigures, 'budgets' | 'utilization'> {
    return { budgets: this.#budgets.gauges(), utilization: this.#allocator.utilization };
  }

  /** Ends what asks the ledger of its own accord; called before the stores are closed. */
  stop(): Promise<void> {
    return this.#allocator.close();
  }

  /** Ends the rest, once the loader has told of its last rows. */
  close(): Promise<void> {
    return this.#budgets.close();
  }

  /** Notes each budget that is new, changed or gone in the audit log. */
  #account(changes: readonly DefinitionChange[]): void {
    const { audit, log } = this.#options;
    for (const { budget, change, definition } of changes) {
      const details = { change, definition: definition === null ? '' : JSON.stringify(definition) };
      audit
        .append({ actor: 'server', action: 'budget.defined', target: budget, details })
        .catch((error: unknown) => log.error({ problem: String(error) }, 'a budget could not be audited'));
    }
  }
}
