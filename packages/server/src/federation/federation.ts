/**
 * Keeps what a hub has of its sites up to date: pulls each of them again and again, and
 * knows how that goes. A site that is away costs nothing but the age of its figures.
 */

import type { Clock, ClockTimer } from '../clock.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { Log } from '../log.ts';
import { DAY } from '../rollups/rollup-sets.ts';
import type { Manifest } from './cells.ts';
import { FederatedCells } from './federated-cells.ts';
import { type KnownHistory, pullSite } from './pull.ts';
import { type SiteSource, SiteProblem } from './site-source.ts';
import type { RememberedSite } from './site-state.ts';

/** Cells are kept as long as those of the ledger's own rollups: 25 months. */
const KEPT_DAYS = 761;
/** How often what counts no more is removed. */
const CLEAN_MS = 3_600_000;

/** How a site stands. */
export interface SiteStatus {
  readonly site: string;
  /** `waiting` before the first pull has ended. */
  readonly state: 'waiting' | 'up' | 'down';
  /** When its figures were last known to be all it had, epoch milliseconds; null if never. */
  readonly succeededMs: number | null;
  /** Why the last pull failed; null if it did not. */
  readonly problem: string | null;
}

/** What happened, for the exposition. */
export interface FederationEvents {
  pulled(site: string, outcome: 'success' | 'failure'): void;
  replaced(site: string, buckets: number): void;
  reset(site: string): void;
}

export interface FederationOptions {
  readonly connection: LedgerConnection;
  /** The own one first. */
  readonly sources: readonly SiteSource[];
  readonly memory: {
    get(site: string): RememberedSite | null;
    set(site: string, remembered: RememberedSite): void;
  };
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: FederationEvents;
}

export class Federation {
  readonly #options: FederationOptions;
  readonly #held: FederatedCells;
  readonly #loops: readonly SiteLoop[];
  readonly #ending = new AbortController();
  #cleaning: Promise<void> = Promise.resolve();
  #timer: ClockTimer | undefined;

  constructor(options: FederationOptions) {
    this.#options = options;
    this.#held = new FederatedCells(options.connection, options.clock);
    const instances = new Map<string, string>();
    this.#loops = options.sources.map(
      (source) => new SiteLoop(source, { ...options, held: this.#held, instances }, this.#ending.signal),
    );
  }

  /** The sites, in the order of the configuration. */
  get sites(): SiteStatus[] {
    return this.#loops.map(({ status }) => status);
  }

  /** Pulls each site from now on. */
  start(): void {
    for (const loop of this.#loops) loop.start();
    this.#clean();
  }

  /** Ends what goes on; nothing is left half done that the next start would not make good. */
  stop(): void {
    this.#ending.abort();
    this.#options.clock.clearTimeout(this.#timer);
    for (const loop of this.#loops) loop.stop();
  }

  /** Waits for the end. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all([this.#cleaning, ...this.#loops.map((loop) => loop.close())]);
  }

  #clean(): void {
    const { clock, log } = this.#options;
    this.#cleaning = this.#held
      .clean(keptFrom(clock.nowMs()))
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted)
          log.warn({ problem: textOf(error) }, 'what sites have replaced could not be removed; trying again');
      })
      .finally(() => {
        if (!this.#ending.signal.aborted)
          this.#timer = clock.setTimeout(() => this.#clean(), CLEAN_MS).unref();
      });
  }
}

interface LoopOptions extends FederationOptions {
  readonly held: FederatedCells;
  /** Sites by the journal that they answer from. */
  readonly instances: Map<string, string>;
}

/** One site. */
class SiteLoop {
  readonly #source: SiteSource;
  readonly #options: LoopOptions;
  readonly #signal: AbortSignal;
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #known: KnownHistory | null = null;
  #remembered: RememberedSite | null;
  #state: SiteStatus['state'] = 'waiting';
  #problem: string | null = null;

  constructor(source: SiteSource, options: LoopOptions, signal: AbortSignal) {
    this.#source = source;
    this.#options = options;
    this.#signal = signal;
    this.#remembered = options.memory.get(source.site);
  }

  get status(): SiteStatus {
    return {
      site: this.#source.site,
      state: this.#state,
      succeededMs: this.#remembered?.succeededMs ?? null,
      problem: this.#problem,
    };
  }

  start(): void {
    this.#running = this.#run();
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
  }

  close(): Promise<void> {
    return this.#running;
  }

  async #run(): Promise<void> {
    const { clock, events, log, intervalMs } = this.#options;
    const { site } = this.#source;
    try {
      await this.#pull();
      if (this.#state === 'down') log.info({ site }, 'the site answers again');
      this.#state = 'up';
      this.#problem = null;
      events.pulled(site, 'success');
    } catch (error) {
      if (this.#signal.aborted) return;
      // The words of the ledger's engine may hold what only the log may.
      this.#problem = error instanceof SiteProblem ? error.message : 'the ledger of the hub did not take it';
      if (this.#state !== 'down')
        log.warn({ site, problem: textOf(error) }, 'the site cannot be pulled; trying again');
      this.#state = 'down';
      events.pulled(site, 'failure');
    }
    if (this.#signal.aborted) return;
    this.#timer = clock
      .setTimeout(() => {
        this.#running = this.#run();
      }, intervalMs)
      .unref();
  }

  async #pull(): Promise<void> {
    const { held, clock, memory, events } = this.#options;
    const { site } = this.#source;
    const nowMs = clock.nowMs();
    let identity = { instance: '', seq: 0 };
    const { known, replaced } = await pullSite({
      source: this.#source,
      held,
      nowMs,
      keepFrom: keptFrom(nowMs),
      known: this.#known,
      isAnother: (manifest) => {
        identity = { instance: manifest.instance, seq: manifest.seq };
        return this.#isAnother(manifest);
      },
      signal: this.#signal,
    });
    this.#known = known;
    this.#remembered = { ...identity, succeededMs: nowMs };
    memory.set(site, this.#remembered);
    if (replaced > 0) events.replaced(site, replaced);
  }

  /** True if the site was restored or replaced. @throws SiteProblem if another site answers from the same journal. */
  #isAnother({ instance, seq }: Manifest): boolean {
    const { instances, events, log } = this.#options;
    const { site } = this.#source;
    const other = instances.get(instance);
    if (other !== undefined && other !== site)
      throw new SiteProblem(`it is the same server as the site ${other}, and would count twice`);
    for (const [known, name] of instances) if (name === site) instances.delete(known);
    instances.set(instance, site);
    const before = this.#remembered;
    if (before === null || (before.instance === instance && before.seq <= seq)) return false;
    log.warn({ site }, 'the site was restored from a backup or replaced; all of its figures are compared');
    events.reset(site);
    // Noted at once, so that a pull that fails now does not count it again; nothing is taken as known any more.
    this.#known = null;
    this.#remembered = { instance, seq, succeededMs: before.succeededMs };
    return true;
  }
}

function keptFrom(nowMs: number): number {
  return Math.max(0, Math.floor(nowMs / 1000 / DAY) - KEPT_DAYS) * DAY;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
