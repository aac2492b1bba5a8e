/**
 * What has changed in memory and is not on disk yet. A change of an alert, its line
 * of history and the notifications that follow from it are written in one
 * transaction, so that a crash loses all of them or none.
 */

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Change } from '../notify/change.ts';
import type { Alert, HistoryEntry } from './alert.ts';
import type { AlertStore } from './alert-store.ts';
import type { Incidents } from './incidents.ts';

/** Where notifications are stored; `store` is called within the transaction. */
export interface ChangeSink {
  store(changes: readonly Change[]): void;
  /** Says that changes are on disk. */
  stored(changes: readonly Change[]): void;
}

interface Staged {
  alert: Alert;
  /** Whether memory knows it; if not, it is over. */
  isKept: boolean;
  isRemoved: boolean;
  readonly history: HistoryEntry[];
  readonly changes: Change[];
}

/** Alerts in one transaction, which is about ten milliseconds; between two of them other work goes on. */
const BATCH_ALERTS = 100;

export class Staging {
  readonly #store: AlertStore;
  readonly #incidents: Incidents;
  readonly #sink: ChangeSink;
  readonly #staged = new Map<string, Staged>();
  /** Those of them that are to be told. */
  readonly #withNews = new Set<string>();

  constructor(store: AlertStore, incidents: Incidents, sink: ChangeSink) {
    this.#store = store;
    this.#incidents = incidents;
    this.#sink = sink;
  }

  /** Alerts whose changes wait. */
  get size(): number {
    return this.#staged.size;
  }

  put(
    alert: Alert,
    isKept: boolean,
    history: readonly HistoryEntry[] = [],
    changes: readonly Change[] = [],
  ): void {
    if (changes.length > 0) this.#withNews.add(alert.id);
    const staged = this.#staged.get(alert.id);
    if (staged === undefined) {
      this.#staged.set(alert.id, {
        alert,
        isKept,
        isRemoved: false,
        history: [...history],
        changes: [...changes],
      });
      return;
    }
    staged.alert = alert;
    staged.isKept = isKept;
    staged.history.push(...history);
    staged.changes.push(...changes);
  }

  /** Forgets an alert that was never raised. */
  remove(alert: Alert): void {
    this.put(alert, false);
    const staged = this.#staged.get(alert.id);
    if (staged !== undefined) staged.isRemoved = true;
  }

  /**
   * Writes what is to be told already, once it is enough for a transaction: so it neither
   * piles up while the rest is decided nor waits for it.
   */
  commitNews(): void {
    if (this.#withNews.size >= BATCH_ALERTS) this.#commitSome(this.#withNews);
  }

  /** Writes what waits, and has it on disk. What cannot be written stays, and the error is thrown. */
  async commit(): Promise<void> {
    while (this.#staged.size > 0) {
      this.#commitSome(this.#staged.keys());
      if (this.#staged.size > 0) await yieldToOthers();
    }
    await this.#store.synced();
  }

  /** Writes what waits of one alert, at once. */
  commitOne(id: string): void {
    const staged = this.#staged.get(id);
    if (staged !== undefined) this.#write(new Map([[id, staged]]), (work) => this.#store.write(work));
  }

  #commitSome(ids: Iterable<string>): void {
    const batch = new Map<string, Staged>();
    for (const id of ids) {
      const staged = this.#staged.get(id);
      if (staged !== undefined) batch.set(id, staged);
      if (batch.size >= BATCH_ALERTS) break;
    }
    this.#write(batch, (work) => this.#store.commit(work));
  }

  #write(batch: ReadonlyMap<string, Staged>, transact: (work: () => void) => void): void {
    const changes = [...batch.values()].flatMap((staged) => staged.changes);
    const ids = [...batch.values()].flatMap(({ alert }) => (alert.incident === null ? [] : [alert.incident]));
    const incidents = this.#incidents.takeChanged(new Set(ids));
    try {
      transact(() => {
        for (const { alert, isKept, isRemoved, history } of batch.values()) {
          if (isRemoved) this.#store.removeAlert(alert.id);
          else this.#store.putAlert(alert, isKept);
          for (const entry of history) this.#store.addHistory(alert.id, entry);
        }
        for (const incident of incidents) this.#store.putIncident(incident);
        this.#sink.store(changes);
      });
    } catch (error) {
      this.#incidents.markChanged(incidents.map(({ id }) => id));
      throw error;
    }
    for (const id of batch.keys()) {
      this.#staged.delete(id);
      this.#withNews.delete(id);
    }
    this.#sink.stored(changes);
  }
}
