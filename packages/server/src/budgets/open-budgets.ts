/**
 * The budgets of a server that must start whatever state its disk is in: where they
 * cannot be opened, calls are refused until they can, and what was loaded meanwhile
 * is counted from the ledger.
 */

import { BellwetherError } from '@bellwether/events';
import type { Clock, ClockTimer } from '../clock.ts';
import type { BudgetDefinition, Config } from '../config/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalBlock } from '../journal/journal-state.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerRow } from '../ledger/row.ts';
import type { Log } from '../log.ts';
import { Budgets } from './budgets.ts';
import { type ConditionChange, watchConditions } from './conditions.ts';
import { type BudgetGauges, gaugeTrackers, readGauges } from './gauges.ts';
import { projectBudget, type Projection } from './projection.ts';
import type { DefinitionChange } from './resume.ts';
import { findBudget, viewOf } from './view.ts';

/** The pause before another try to open them. */
const RETRY_MS = 5000;
/** How long a projection waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 2000;

export interface OpenBudgetsOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** See `BudgetsOptions.rewrites`. */
  readonly rewrites: () => string;
  /** Hears how the declared budgets differ from the last start. */
  readonly onDefined: (changes: readonly DefinitionChange[]) => void;
  /** Hears when a budget becomes soft, exceeded or ok again. */
  readonly onCondition?: (change: ConditionChange) => void;
}

/** The stores that budgets are counted from, and the key of their own state, if there is one. */
interface OpenStores {
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly stateKey?: Uint8Array | null;
}

export class OpenBudgets {
  readonly #options: OpenBudgetsOptions;
  #opened = Promise.withResolvers<void>();
  #definitions: readonly BudgetDefinition[];
  #redefining: Promise<void> = Promise.resolve();
  #stores: OpenStores | null = null;
  #budgets: Budgets | null = null;
  #timer: ClockTimer | undefined;
  #closed = false;
  #unwatch: () => void = () => undefined;

  constructor(options: OpenBudgetsOptions) {
    this.#options = options;
    this.#definitions = options.config.budgets.items;
  }

  /** Opens the budgets on the stores, or begins to try again and again. */
  async open(stores: OpenStores): Promise<void> {
    this.#stores = stores;
    await this.#try();
    this.#opened.resolve();
  }

  /** What the loader calls with rows; before the budgets were tried to open, it waits for that. */
  readonly loaded = async (rows: readonly LedgerRow[], blocks: readonly JournalBlock[]): Promise<void> => {
    await this.#opened.promise;
    await this.#budgets?.loaded(rows, blocks);
  };

  /**
   * The budgets.
   *
   * @throws BellwetherError `not_ready` while they cannot be opened.
   */
  get(): Budgets {
    if (this.#budgets === null)
      throw new BellwetherError('not_ready', 'The state of the budgets cannot be opened.');
    return this.#budgets;
  }

  /** Goes on with other declared budgets. Rows that are loaded meanwhile wait, and calls are refused for a moment. */
  redefine(definitions: readonly BudgetDefinition[]): void {
    if (JSON.stringify(definitions) === JSON.stringify(this.#definitions)) return;
    this.#definitions = definitions;
    // One after another: each closes what the one before has opened.
    this.#redefining = this.#redefining.then(() => this.#openAgain());
  }

  async #openAgain(): Promise<void> {
    if (this.#closed || this.#budgets === null) return;
    const before = this.#budgets;
    this.#opened = Promise.withResolvers<void>();
    this.#budgets = null;
    this.#unwatch();
    await before.close();
    await this.#try();
    this.#opened.resolve();
  }

  /** What the gauges show now; `null` while that is not known. */
  gauges(): BudgetGauges | null {
    return this.#budgets === null || !this.#budgets.ready
      ? null
      : readGauges(this.#budgets, this.#options.clock.nowMs());
  }

  /** Projects a budget to the end of its period; `null` while the ledger cannot be asked. */
  async project(id: string, tenant: string | null = null): Promise<readonly Projection[] | null> {
    const budgets = this.get();
    const ledger = this.#stores?.ledger ?? null;
    if (ledger === null || ledger.loader === null) return null;
    const budget = findBudget(budgets, id, tenant);
    const nowMs = this.#options.clock.nowMs();
    try {
      await ledger.settle(SETTLE_MS);
      return await projectBudget(ledger.connection, budget, viewOf(budgets, budget, nowMs, tenant), nowMs);
    } catch (error) {
      // What is spent and left is known without it.
      this.#options.log.warn({ problem: String(error) }, 'a budget could not be projected');
      return null;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#opened.resolve();
    await this.#redefining;
    this.#options.clock.clearTimeout(this.#timer);
    this.#unwatch();
    await this.#budgets?.close();
  }

  async #try(): Promise<void> {
    const { config, clock, log, rewrites, onDefined } = this.#options;
    if (this.#closed || this.#stores === null) return;
    try {
      this.#budgets = await Budgets.open({
        dataDir: config.storage.data_dir,
        definitions: this.#definitions,
        trackers: gaugeTrackers,
        ...this.#stores,
        rewrites,
        clock,
        log,
      });
      onDefined(this.#budgets.changes);
      const { onCondition } = this.#options;
      if (onCondition !== undefined) this.#unwatch = watchConditions(this.#budgets, clock, onCondition);
    } catch (error) {
      log.error({ problem: String(error) }, 'the state of the budgets cannot be opened; trying again');
      this.#timer = clock.setTimeout(() => void this.#try(), RETRY_MS).unref();
    }
  }
}
