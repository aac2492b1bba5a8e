/**
 * The budgets of a running server. Spend is counted from the journal, in the order of
 * its blocks, into sums that are on disk together with the number of the last block:
 * so nothing is counted twice or missed, however the process ends. Where the sums
 * cannot be continued (a new budget, another journal, a lost state) they are counted
 * anew from the ledger, at a moment at which it holds exactly the blocks up to one.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { BellwetherError } from '@bellwether/events';
import type { Clock, ClockTimer } from '../clock.ts';
import type { BudgetDefinition } from '../config/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalBlock } from '../journal/journal-state.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readRows } from '../ledger/loader.ts';
import type { LedgerRow } from '../ledger/row.ts';
import type { Log } from '../log.ts';
import { findAwaited } from './awaited-events.ts';
import { type Budget, budgetOf } from './budget.ts';
import { BudgetState, type Reservation } from './budget-state.ts';
import {
  type CommitRequest,
  type DeskParts,
  commit,
  end,
  release,
  reserve,
  type ReserveRequest,
} from './desk.ts';
import { countAnew, type CountedAnew, READ_BYTES_MAX, rowsAfter } from './count-anew.ts';
import { GroupCommit } from './group-commit.ts';
import { Holds, placesOf } from './holds.ts';
import { orLog } from './or-log.ts';
import { type DefinitionChange, doubtHeld, resume } from './resume.ts';
import { type Counted, foldRows, Sums } from './sums.ts';
import { REMEMBER_MS, turnPeriods } from './turn-periods.ts';
import { type BudgetVerification, compareSums } from './verify-sums.ts';

/** How often expired reservations, past periods and unanswered questions are seen to. */
const TEND_MS = 2000;
/** Rows that are counted at a stretch. */
const SLICE_ROWS = 1000;
/** How long a call waits for sums that are being counted anew. */
const READY_MS = 5000;
export interface BudgetsOptions {
  readonly dataDir: string;
  /** The key of the state; null, or left out, for none. */
  readonly stateKey?: Uint8Array | null;
  readonly definitions: readonly BudgetDefinition[];
  /** What is counted without a limit. */
  readonly trackers?: readonly Budget[];
  /**
   * Names what has rewritten rows of the ledger so far (re-rating, erasure). When the text is another one than
   * before, everything is counted anew.
   */
  readonly rewrites: () => string;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
}

export class Budgets implements DeskParts {
  readonly state: BudgetState;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly holds = new Holds();
  spent = new Sums();
  readonly changes: readonly DefinitionChange[];
  readonly #options: BudgetsOptions;
  readonly #group: GroupCommit;
  /** From when on the sums of each budget are complete; a budget that is not here is being counted anew. */
  #completeFrom: Map<string, number>;
  readonly #listeners: (() => void)[] = [];
  #block: number;
  #rewrites: string;
  #tail: Promise<unknown> = Promise.resolve();
  #recounting: Promise<void> | null = null;
  #checking = false;
  #timer: ClockTimer | undefined;
  #closed = false;
  #failures = 0;

  /** Opens the budgets of a data directory, as far as the last life of the server counted them. */
  static async open(options: BudgetsOptions): Promise<Budgets> {
    const { loadedBlock } = await options.journal.status();
    const state = new BudgetState(options.dataDir, options.clock, options.stateKey);
    try {
      return new Budgets(options, state, loadedBlock);
    } catch (error) {
      state.close();
      throw error;
    }
  }

  private constructor(options: BudgetsOptions, state: BudgetState, loadedBlock: number) {
    this.#options = options;
    this.state = state;
    this.#rewrites = options.rewrites();
    const all = [...options.definitions.map(budgetOf), ...(options.trackers ?? [])];
    this.budgets = new Map(all.map((budget) => [budget.definition.id, budget]));
    const resumed = resume(state, this.budgets, options.journal, { loadedBlock, rewrites: this.#rewrites });
    this.#block = resumed.block;
    this.changes = resumed.changes;
    this.#completeFrom = new Map(resumed.completeFrom);
    this.#reload();
    this.#group = new GroupCommit({
      before: () => this.#catchUp(),
      write: (work) => state.write(work),
      onFailed: () => this.#reload(),
    });
    this.#tend();
  }

  /** Whether every sum can be relied upon. */
  get ready(): boolean {
    return this.#completeFrom.size === this.budgets.size;
  }

  /** Hears whenever something was counted, reserved or given back. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Makes a reservation; see {@link reserve}. On disk when the promise resolves. */
  async reserve(request: ReserveRequest): Promise<Reservation> {
    await this.#whenReady();
    return this.#run(() => {
      this.#expire();
      const { clock, journal } = this.#options;
      return reserve(this, request, { nowMs: clock.nowMs(), fromSeq: journal.takeSeq(0) });
    });
  }

  /** Commits a reservation; see {@link commit}. */
  async commit(request: CommitRequest): Promise<Reservation> {
    const committed = await this.#run(() => commit(this, request));
    if (committed.unchecked) void this.#check();
    return committed;
  }

  /** Releases a reservation; see {@link release}. */
  async release(id: string): Promise<Reservation> {
    return this.#run(() => release(this, id, this.#options.clock.nowMs()));
  }

  /** Waits until everything that was acknowledged before is counted, and what has expired is let go. */
  async settle(): Promise<void> {
    await this.#whenReady();
    await this.#run(() => this.#expire());
  }

  /**
   * Called by the loader with the rows that have come to be in the ledger, before the
   * journal forgets them. Never rejects: what cannot be kept is counted anew later.
   */
  loaded(rows: readonly LedgerRow[], blocks: readonly JournalBlock[]): Promise<void> {
    return this.#inTurn(async () => {
      const last = blocks.at(-1)?.block ?? 0;
      if (last <= this.#block) return;
      const fresh = rowsAfter(this.#block, rows, blocks);
      await this.#apply(fresh, last);
    }).catch((error: unknown) => this.#lose(error));
  }

  /** Holds the sums against the ledger and what of the journal it does not have yet. */
  async verify(): Promise<BudgetVerification> {
    await this.settle();
    return this.#betweenInserts(async (loadedBlock) => {
      const { sums, counted } = await this.#countAnew([...this.budgets.values()], loadedBlock);
      return compareSums(this.spent, sums, counted);
    });
  }

  /** Counts anew what is not complete, and everything if rows of the ledger were rewritten. */
  recompute(): Promise<void> {
    return this.#recount();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#group.close();
    await this.#tail.catch(() => undefined);
    await this.#recounting?.catch(() => undefined);
    this.state.close();
  }

  /** Takes sums and reservations from the disk. */
  #reload(): void {
    this.spent = new Sums();
    for (const { budget, startMs, key, amount } of this.state.sums()) {
      if (this.#completeFrom.has(budget)) this.spent.set(budget, startMs, key, amount);
    }
    for (const held of this.holds.values()) this.holds.remove(held.id);
    for (const held of this.state.held()) this.holds.put(held, placesOf(this.budgets, this.spent, held));
  }

  async #run<T>(work: () => T): Promise<T> {
    if (this.#closed) throw new BellwetherError('not_ready');
    const result = await this.#group.run(work);
    this.#tell();
    return result;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Runs work that counts, one after another. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work, work);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  /** Counts what the journal has acknowledged and nobody has counted. */
  async #catchUp(): Promise<void> {
    const { journal } = this.#options;
    const target = journal.lastBlock;
    if (this.#block >= target) return;
    await this.#inTurn(async () => {
      while (this.#block < target) {
        const blocks = await journal.read(this.#block, READ_BYTES_MAX);
        const last = blocks.at(-1)?.block;
        // What is left is damaged, or in the ledger already: then the loader tells of it.
        if (last === undefined) return;
        await this.#apply(await readRows(blocks), last);
      }
    });
  }

  /** Counts rows and notes how far, in one transaction. */
  async #apply(rows: readonly LedgerRow[], block: number): Promise<void> {
    const { clock, journal } = this.#options;
    const added = new Sums();
    const counted = this.#counted();
    for (let start = 0; start < rows.length; start += SLICE_ROWS) {
      foldRows(added, counted, rows.slice(start, start + SLICE_ROWS), this.spent);
      await nextTurn();
    }
    const rewrites = this.#rewrites;
    const entries = [...added.entries()];
    const settled = this.holds.settledBy(rows);
    const nowMs = clock.nowMs();
    try {
      this.state.write(() => {
        for (const { budget, startMs, key, amount } of entries)
          this.state.setSum({ budget, startMs, key, amount: this.spent.get(budget, startMs, key) + amount });
        for (const reservation of settled) end(this, reservation, 'settled', nowMs);
        this.state.setProgress({ journal: journal.identity.id, block, rewrites });
      });
    } catch (error) {
      this.#reload();
      throw error;
    }
    for (const { budget, startMs, key, amount } of entries) this.spent.add(budget, startMs, key, amount);
    this.#block = block;
    this.#tell();
  }

  #counted(): Counted[] {
    return [...this.#completeFrom].flatMap(([id, completeFromMs]) => {
      const budget = this.budgets.get(id);
      return budget === undefined ? [] : [{ budget, completeFromMs }];
    });
  }

  /** The sums could not be kept: they no longer say what they should, until they are counted anew. */
  #lose(error: unknown): void {
    this.#failures += 1;
    if (this.#failures === 1)
      this.#options.log.error({ problem: String(error) }, 'the state of the budgets could not be written');
    this.#completeFrom.clear();
  }

  #expire(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const reservation of this.holds.expired(nowMs)) end(this, reservation, 'expired', nowMs);
  }

  async #whenReady(): Promise<void> {
    if (this.ready) return;
    const { clock } = this.#options;
    let timer: ClockTimer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, READY_MS);
    });
    await Promise.race([this.#recount().catch(() => undefined), late]);
    clock.clearTimeout(timer);
    if (!this.ready) throw new BellwetherError('not_ready', 'The budgets are being counted.');
  }

  /** Counts what is not complete, once at a time. */
  #recount(): Promise<void> {
    this.#recounting ??= this.#recountOnce().finally(() => {
      this.#recounting = null;
    });
    return this.#recounting;
  }

  async #recountOnce(): Promise<void> {
    const { journal, clock, log } = this.#options;
    await this.#betweenInserts(async (loadedBlock) => {
      // Named before the ledger is read: what is rewritten after that is seen the next time.
      const rewrites = this.#options.rewrites();
      const all = rewrites !== this.#rewrites;
      const missing = [...this.budgets.values()].filter(
        ({ definition }) => all || !this.#completeFrom.has(definition.id),
      );
      const { sums, counted } = await this.#countAnew(missing, loadedBlock);
      const block = Math.max(this.#block, loadedBlock);
      const nowMs = clock.nowMs();
      this.state.write(() => {
        for (const { budget, completeFromMs } of counted) {
          const { id } = budget.definition;
          this.state.dropSums(id, Number.MAX_SAFE_INTEGER);
          const definition = JSON.stringify(budget.definition);
          this.state.setShape({ budget: id, shape: budget.shape, completeFromMs, definition });
        }
        for (const entry of sums.entries()) this.state.setSum(entry);
        this.state.setProgress({ journal: journal.identity.id, block, rewrites });
        // Of the rows that were passed over, some may have been awaited.
        if (block > this.#block) doubtHeld(this.state);
        this.state.forgetClosed(nowMs - REMEMBER_MS);
      });
      this.#block = block;
      this.#rewrites = rewrites;
      for (const { budget, completeFromMs } of counted)
        this.#completeFrom.set(budget.definition.id, completeFromMs);
      this.#reload();
      // The sums of before may name users who were erased since.
      if (all)
        orLog(log, 'former sums of budgets are left in free pages', () => this.state.scrub(), undefined);
    });
    this.#tell();
  }

  async #betweenInserts<T>(work: (loadedBlock: number) => Promise<T>): Promise<T> {
    const { ledger } = this.#options;
    await ledger.ready;
    if (ledger.loader === null) throw new BellwetherError('ledger_unavailable');
    return ledger.loader.between((loadedBlock) => this.#inTurn(() => work(loadedBlock)));
  }

  #countAnew(budgets: readonly Budget[], loadedBlock: number): Promise<CountedAnew> {
    const { clock, ledger, journal } = this.#options;
    const reach = { nowMs: clock.nowMs(), loadedBlock, block: this.#block };
    return countAnew({ connection: ledger.connection, journal }, budgets, reach);
  }

  /** Asks the ledger for the events of commitments that may have been counted before their id was known. */
  async #check(): Promise<void> {
    if (this.#checking || this.#closed || this.#options.ledger.loader === null) return;
    this.#checking = true;
    try {
      const { ledger, journal, clock } = this.#options;
      const checked = await findAwaited(ledger, journal.identity.id, this.holds);
      if (checked === null) return;
      await this.#run(() => {
        for (const { id } of checked.looked) {
          const now = this.holds.get(id);
          if (now === null || !now.unchecked) continue;
          if (checked.came.has(id)) end(this, now, 'settled', clock.nowMs());
          else this.#keep({ ...now, unchecked: false });
        }
      });
    } catch (error) {
      this.#options.log.warn(
        { problem: String(error) },
        'the events of reservations could not be looked for',
      );
    } finally {
      this.#checking = false;
    }
  }

  #keep(reservation: Reservation): void {
    this.state.put(reservation);
    this.holds.put(reservation, placesOf(this.budgets, this.spent, reservation));
  }

  /** Sees to what time brings, again and again. */
  #tend(): void {
    const { clock, ledger, log, rewrites } = this.#options;
    if (this.#closed) return;
    this.#timer = clock.setTimeout(() => this.#tend(), TEND_MS).unref();
    const nowMs = clock.nowMs();
    if (this.holds.expired(nowMs).length > 0) void this.#run(() => this.#expire()).catch(() => undefined);
    const turned = () => turnPeriods(this, this.#counted(), nowMs);
    this.#completeFrom = orLog(log, 'past periods of budgets stay for now', turned, this.#completeFrom);
    if (ledger.loader === null) return;
    const isRewritten = () => rewrites() !== this.#rewrites;
    if (!this.ready || orLog(log, 'whether charges were changed cannot be read', isRewritten, false))
      void this.#recount().catch(() => undefined);
    else if (this.holds.awaits) void this.#check();
  }
}
