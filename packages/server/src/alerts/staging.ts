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

/** Alerts in one transaction; between two of them other work goes on. */
const BATCH_ALERTS = 100;

export class Staging {
  readonly #store: AlertStore;
  readonly #incidents: Incidents;
  readonly #sink: ChangeSink;
  #staged = new Map<string, Staged>();

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

  /** Writes what waits. What cannot be written stays, and the error is thrown. */
  async commit(): Promise<void> {
    while (this.#staged.size > 0) {
      this.#commitSome();
      if (this.#staged.size > 0) await yieldToOthers();
    }
  }

  /** Writes what waits of one alert, at once. */
  commitOne(id: string): void {
    const staged = this.#staged.get(id);
    if (staged !== undefined) this.#write(new Map([[id, staged]]));
  }

  #commitSome(): void {
    const batch = new Map<string, Staged>();
    for (const [id, staged] of this.#staged) {
      if (batch.size >= BATCH_ALERTS) break;
      batch.set(id, staged);
    }
    this.#write(batch);
  }

  #write(batch: ReadonlyMap<string, Staged>): void {
    const changes = [...batch.values()].flatMap((staged) => staged.changes);
    const incidents = this.#incidents.takeChanged();
    try {
      this.#store.write(() => {
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
    for (const id of batch.keys()) this.#staged.delete(id);
    this.#sink.stored(changes);
  }
}
