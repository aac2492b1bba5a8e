/**
 * What reservations hold of budgets, in memory: the open ones what they asked for,
 * the committed ones what was spent until the event itself is counted.
 */

import type { PicoUsd } from '@bellwether/events';
import type { LedgerRow } from '../ledger/row.ts';
import { type Budget, keyFor, keyOf } from './budget.ts';
import type { Reservation } from './budget-state.ts';
import { placeOf, Sums } from './sums.ts';

/** A budget's part that a reservation is on. */
export interface Place {
  readonly budget: Budget;
  readonly startMs: number;
  readonly key: string;
}

/** The places that a request with these labels counts to at an instant. */
export function placesOf(
  budgets: ReadonlyMap<string, Budget>,
  spent: Sums,
  reservation: Pick<Reservation, 'budget' | 'labels' | 'createdMs'>,
): Place[] {
  const places: Place[] = [];
  for (const budget of budgets.values()) {
    const { id } = budget.definition;
    if (budget.amountPicoUsd === null) continue;
    if (reservation.budget !== null && reservation.budget !== id) continue;
    const key =
      reservation.budget === null ? keyFor(budget, reservation.labels) : keyOf(budget, reservation.labels);
    if (key === null) continue;
    const { startMs } = budget.calendar.at(reservation.createdMs);
    places.push({ budget, startMs, key: placeOf(spent, id, startMs, key) });
  }
  return places;
}

/** What an event is found by. */
export const eventKey = (tenant: string, id: string): string => JSON.stringify([tenant, id]);

interface Held {
  readonly reservation: Reservation;
  readonly places: readonly Place[];
}

export class Holds {
  readonly #held = new Map<string, Held>();
  readonly #byEvent = new Map<string, string>();
  readonly #reserved = new Sums();
  readonly #committed = new Sums();
  #open = 0;
  #nextExpiryMs = Number.POSITIVE_INFINITY;

  /** Reservations that hold something. */
  get size(): number {
    return this.#held.size;
  }

  /** Those of them that are open. */
  get open(): number {
    return this.#open;
  }

  /** Whether an event could settle anything. */
  get awaits(): boolean {
    return this.#byEvent.size > 0;
  }

  get(id: string): Reservation | null {
    return this.#held.get(id)?.reservation ?? null;
  }

  values(): Reservation[] {
    return [...this.#held.values()].map(({ reservation }) => reservation);
  }

  /** What open reservations hold of a place. */
  reserved(budget: string, startMs: number, key: string): PicoUsd {
    return this.#reserved.get(budget, startMs, key);
  }

  /** What was committed at a place and not yet told by an event. */
  committed(budget: string, startMs: number, key: string): PicoUsd {
    return this.#committed.get(budget, startMs, key);
  }

  /** The keys of a period at which something is held. */
  keys(budget: string, startMs: number): string[] {
    return [this.#reserved, this.#committed].flatMap((sums) => [...sums.period(budget, startMs).keys()]);
  }

  /** Takes a reservation in, or in place of its former state. One that is closed holds nothing. */
  put(reservation: Reservation, places: readonly Place[]): void {
    this.remove(reservation.id);
    if (reservation.state !== 'open' && reservation.state !== 'committed') return;
    this.#held.set(reservation.id, { reservation, places });
    this.#add(reservation, places, 1n);
    if (reservation.state === 'open') {
      this.#open += 1;
      this.#nextExpiryMs = Math.min(this.#nextExpiryMs, reservation.expiresMs);
    }
    if (reservation.requestId !== null)
      this.#byEvent.set(eventKey(reservation.labels.tenant, reservation.requestId), reservation.id);
  }

  /** Lets a reservation go. */
  remove(id: string): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    const { reservation, places } = held;
    this.#held.delete(id);
    this.#add(reservation, places, -1n);
    if (reservation.state === 'open') this.#open -= 1;
    if (reservation.requestId !== null)
      this.#byEvent.delete(eventKey(reservation.labels.tenant, reservation.requestId));
  }

  /** The places of a reservation that holds something. */
  placesOf(id: string): readonly Place[] {
    return this.#held.get(id)?.places ?? [];
  }

  /** The reservation that waits for this event. */
  awaiting(tenant: string, id: string): Reservation | null {
    const waiting = this.#byEvent.get(eventKey(tenant, id));
    return waiting === undefined ? null : this.get(waiting);
  }

  /** The reservations whose event is among the rows. An event without a known cost settles nothing. */
  settledBy(rows: readonly LedgerRow[]): Reservation[] {
    if (!this.awaits) return [];
    const settled = new Map<string, Reservation>();
    for (const { id, tenant, cost_usd } of rows) {
      if (typeof id !== 'string' || cost_usd === undefined) continue;
      const awaited = this.awaiting(typeof tenant === 'string' ? tenant : '', id);
      if (awaited !== null) settled.set(awaited.id, awaited);
    }
    return [...settled.values()];
  }

  /** The open reservations whose time is over. */
  expired(nowMs: number): Reservation[] {
    if (nowMs < this.#nextExpiryMs) return [];
    const gone: Reservation[] = [];
    this.#nextExpiryMs = Number.POSITIVE_INFINITY;
    for (const { reservation } of this.#held.values()) {
      if (reservation.state !== 'open') continue;
      if (reservation.expiresMs <= nowMs) gone.push(reservation);
      else this.#nextExpiryMs = Math.min(this.#nextExpiryMs, reservation.expiresMs);
    }
    // If they cannot be written off now, the next call finds them again.
    if (gone.length > 0) this.#nextExpiryMs = Math.min(this.#nextExpiryMs, nowMs);
    return gone;
  }

  #add({ state, amount, committed }: Reservation, places: readonly Place[], sign: bigint): void {
    const sums = state === 'open' ? this.#reserved : this.#committed;
    const held = state === 'open' ? amount : (committed ?? 0n);
    for (const { budget, startMs, key } of places) sums.add(budget.definition.id, startMs, key, sign * held);
  }
}
