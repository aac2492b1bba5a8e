/**
 * Where reservations are made, committed and released. Each of these functions runs
 * inside a transaction and looks at everything before it changes anything, so what it
 * refuses leaves no trace. All of them run one after another on one thread: that is
 * what makes a limit exact under concurrency.
 */

import { randomUUID } from 'node:crypto';
import { BellwetherError, formatUsd, type PicoUsd } from '@bellwether/events';
import type { Budget, RequestLabels } from './budget.ts';
import type { BudgetState, Reservation } from './budget-state.ts';
import { type Holds, type Place, placesOf } from './holds.ts';
import type { Sums } from './sums.ts';

/** Reservations that may be open. */
export const OPEN_MAX = 100_000;
/** Reservations that may hold something: the open ones, and those whose event has not come. */
export const HELD_MAX = 1_000_000;

/** What a reservation is asked on. */
export interface ReserveRequest {
  /** One budget, or `null` for all that match the labels. */
  readonly budget: string | null;
  readonly amount: PicoUsd;
  readonly key: string;
  readonly ttlMs: number;
  readonly labels: RequestLabels;
  readonly requestId: string | null;
}

/** What was spent instead. */
export interface CommitRequest {
  readonly reservation: string;
  readonly requestId: string | null;
  /** `null` for the amount that was reserved. */
  readonly cost: PicoUsd | null;
}

/** What the desk works on. */
export interface DeskParts {
  readonly state: BudgetState;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly spent: Sums;
  readonly holds: Holds;
}

/** What is left at a place; `null` for a budget without an amount. Negative once it is overspent. */
export function remainingAt({ spent, holds }: Pick<DeskParts, 'spent' | 'holds'>, place: Place): PicoUsd {
  const { budget, startMs, key } = place;
  const { id } = budget.definition;
  const used =
    spent.get(id, startMs, key) + holds.committed(id, startMs, key) + holds.reserved(id, startMs, key);
  return (budget.amountPicoUsd ?? 0n) - used;
}

/** Makes a reservation, or gives the one that was made under the same key. */
export function reserve(
  parts: DeskParts,
  request: ReserveRequest,
  at: { readonly nowMs: number; readonly fromSeq: number },
): Reservation {
  const { state, holds, budgets, spent } = parts;
  const asked = askedBy(request);
  const before = state.byKey(request.key);
  if (before !== null) {
    if (before.asked === asked) return before;
    throw new BellwetherError('reservation_conflict', 'The key stands for another reservation.', {
      field: 'key',
    });
  }
  if (holds.open >= OPEN_MAX || holds.size >= HELD_MAX)
    throw new BellwetherError('overloaded', 'Too many reservations are open.');
  const { budget, amount, key, ttlMs, labels, requestId } = request;
  const made: Reservation = {
    id: randomUUID(),
    idempotency: key,
    asked,
    budget,
    labels,
    amount,
    createdMs: at.nowMs,
    expiresMs: at.nowMs + ttlMs,
    fromSeq: at.fromSeq,
    state: 'open',
    requestId,
    committed: null,
    unchecked: false,
    closedMs: null,
  };
  const places = placesOf(budgets, spent, made);
  for (const place of places) {
    const { definition } = place.budget;
    const remaining = remainingAt(parts, place);
    if (definition.hard && amount > remaining) {
      const left = remaining < 0n ? 0n : remaining;
      throw new BellwetherError(
        'budget_exceeded',
        `The budget ${definition.id} has ${formatUsd(left)} USD left, less than the ${formatUsd(amount)} USD asked for.`,
        { field: definition.id },
      );
    }
  }
  state.put(made);
  holds.put(made, places);
  return made;
}

/** Notes what was spent. A reservation that has expired can still be committed: the money is gone. */
export function commit(parts: DeskParts, request: CommitRequest): Reservation {
  const { state, holds, budgets, spent } = parts;
  const before = found(state, request.reservation);
  const requestId = request.requestId ?? before.requestId;
  if (before.state === 'settled') return before;
  const cost = request.cost ?? before.amount;
  if (before.state === 'committed') {
    if (before.committed === cost && before.requestId === requestId) return before;
    throw closed('It was committed with another cost or request id.');
  }
  if (before.state === 'released') throw closed('It was released.');
  if (holds.size >= HELD_MAX)
    throw new BellwetherError('overloaded', 'Too many commitments await their event.');
  const committed: Reservation = {
    ...before,
    state: 'committed',
    committed: cost,
    requestId,
    // The event may have been counted before anybody knew that it belongs to this reservation.
    unchecked: requestId !== null && (requestId !== before.requestId || before.state === 'expired'),
    closedMs: null,
  };
  state.put(committed);
  holds.put(committed, placesOf(budgets, spent, committed));
  return committed;
}

/** Gives a reservation back. */
export function release({ state, holds }: DeskParts, id: string, nowMs: number): Reservation {
  const before = found(state, id);
  if (before.state === 'released' || before.state === 'expired') return before;
  if (before.state !== 'open') throw closed('It was committed.');
  return end({ state, holds }, before, 'released', nowMs);
}

/** Ends a reservation, so that it holds nothing any longer. */
export function end(
  { state, holds }: Pick<DeskParts, 'state' | 'holds'>,
  reservation: Reservation,
  how: 'released' | 'expired' | 'settled',
  nowMs: number,
): Reservation {
  const ended: Reservation = { ...reservation, state: how, unchecked: false, closedMs: nowMs };
  state.put(ended);
  holds.remove(reservation.id);
  return ended;
}

function found(state: BudgetState, id: string): Reservation {
  const reservation = state.byId(id);
  if (reservation === null)
    throw new BellwetherError('not_found', 'There is no such reservation.', { field: 'reservation' });
  return reservation;
}

function closed(detail: string): BellwetherError {
  return new BellwetherError('reservation_conflict', detail, { field: 'reservation' });
}

/** What was asked, as text that is equal for equal questions. */
function askedBy({ budget, amount, ttlMs, labels, requestId }: ReserveRequest): string {
  const entries = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([budget, amount.toString(), ttlMs, entries, requestId]);
}
