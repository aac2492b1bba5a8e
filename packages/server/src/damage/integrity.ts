/**
 * What is known to be damaged in a data directory: counted, said in the log, and a
 * health check until somebody has dealt with it. Nothing here mends anything.
 */

import { join } from 'node:path';
import { integrityPack } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import type { Clock, ClockTimer } from '../clock.ts';
import type { CheckOutcome, HealthCheck } from '../health/index.ts';
import type { Journal } from '../journal/journal.ts';
import { JOURNAL_FILE } from '../journal/journal-database.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';
import { STATE_FILE } from '../state/state-database.ts';
import { checkParts, type DamagedPart } from './part-checks.ts';
import { setAsideBeside } from '../salvage/salvage.ts';

/** The pause between two readings of all parts. */
const PARTS_INTERVAL_MS = 24 * 3_600_000;
/** How often it is asked what is known. */
const CHECK_INTERVAL_MS = 3000;
/** The pause after a reading that failed. */
const RETRY_MS = 60_000;

export interface IntegrityOptions {
  readonly dataDirectory: string;
  readonly journal: Pick<Journal, 'status'>;
  readonly ledger: Pick<Ledger, 'connection' | 'lostRows'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Hears of what is damaged whenever that has been found out. */
  readonly onFound: (found: Readonly<Record<DamagedStore, number>>) => void;
}

/** The stores that can be damaged. */
export type DamagedStore = 'journal' | 'identities' | 'ledger' | 'state';

/** Declares the family; what it returns takes findings into it. */
export function integrityMetrics(registry: Registry): IntegrityOptions['onFound'] {
  const { damaged } = defineMetrics(integrityPack, { registry });
  return (found) => {
    for (const [store, count] of Object.entries(found)) damaged.set({ store }, count);
  };
}

export class Integrity {
  readonly #options: IntegrityOptions;
  #parts: readonly DamagedPart[] = [];
  #hasReadParts = false;
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: IntegrityOptions) {
    this.#options = options;
  }

  /** Begins to read the ledger's parts; it can be asked by now. */
  start(): void {
    if (!this.#stopped) this.#running = this.#readParts();
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#running;
  }

  /** What is damaged, and how bad that is. */
  async check(): Promise<CheckOutcome> {
    const { dataDirectory, journal, ledger, onFound } = this.#options;
    const status = await journal.status();
    const asideOfJournal = setAsideBeside(join(dataDirectory, 'journal', JOURNAL_FILE));
    const asideOfState = setAsideBeside(join(dataDirectory, STATE_FILE));
    onFound({
      journal: status.damagedBlocks + asideOfJournal.length,
      identities: status.damagedIdentities + status.damagedRuns,
      ledger: this.#parts.length,
      state: asideOfState.length,
    });
    const lost: string[] = [];
    const { damagedBlocks, lostEvents, recovering, identitiesLost } = status;
    if (ledger.lostRows > 0) lost.push(`The ledger has lost ${ledger.lostRows} rows; restore a backup.`);
    if (this.#parts.length > 0)
      lost.push(`${this.#parts.length} parts of the ledger are damaged; restore a backup.`);
    if (damagedBlocks > 0) lost.push(`${damagedBlocks} blocks of the journal are damaged and kept apart.`);
    if (lostEvents > 0) lost.push(`The journal has lost its end, with up to ${lostEvents} events.`);
    if (lost.length > 0) return { status: 'unhealthy', message: lost.join(' ') };
    const troubled: string[] = [];
    for (const name of [...asideOfJournal, ...asideOfState])
      troubled.push(`${name} was damaged and set aside.`);
    if (recovering || identitiesLost) troubled.push('Identities are being brought back from the ledger.');
    if (troubled.length > 0) return { status: 'degraded', message: troubled.join(' ') };
    if (ledger.connection.kind === 'remote')
      return {
        status: 'healthy',
        message: 'Nothing is known to be damaged; a remote ledger is not read for it.',
      };
    const known = this.#hasReadParts ? '' : ' so far; the parts of the ledger are being read';
    return { status: 'healthy', message: `Nothing is known to be damaged${known}.` };
  }

  healthCheck(): HealthCheck {
    return {
      name: 'integrity',
      component: 'storage',
      componentType: 'datastore',
      // What is damaged stays so: new events are taken in safely all the same.
      critical: false,
      intervalMs: CHECK_INTERVAL_MS,
      run: () => this.check(),
    };
  }

  async #readParts(): Promise<void> {
    const { ledger, clock, log } = this.#options;
    let pauseMs = PARTS_INTERVAL_MS;
    try {
      const parts = await checkParts(ledger.connection, () => this.#stopped);
      if (this.#stopped) return;
      this.#parts = parts;
      this.#hasReadParts = true;
      for (const part of parts) log.error({ ...part }, 'a part of the ledger is damaged');
    } catch (error) {
      if (this.#stopped) return;
      log.warn({ problem: String(error) }, 'the parts of the ledger could not be checked; trying again');
      pauseMs = RETRY_MS;
    }
    this.#timer = clock.setTimeout(() => this.start(), pauseMs).unref();
  }
}
