/** Budgets as readers see them: what is spent, held and left of each in its present period. */

import { BellwetherError, divideHalfEven, formatUsd, type PicoUsd } from '@bellwether/events';
import type { Budget } from './budget.ts';
import type { DeskParts } from './desk.ts';
import { placesOf } from './holds.ts';
import type { Reservation } from './budget-state.ts';
import { remainingAt } from './desk.ts';
import { OVERFLOW_KEY } from './sums.ts';
import { isShownTo, shownScope } from './tenant-budgets.ts';

/** How a budget fares. */
export type BudgetCondition =
  | 'ok'
  /** A soft limit is reached. */
  | 'soft'
  /** The amount is spent. */
  | 'exceeded';

/** The figures of a budget, or of one value of the dimension that it is per. Money is exact decimal dollars. */
export interface BudgetFigures {
  /** `{ "team": "web" }` for a budget per team; empty for others. */
  readonly key: Readonly<Record<string, string>>;
  readonly limit_usd: string;
  /** Spent: the cost of events of the period, and what was committed whose event has not come. */
  readonly spent_usd: string;
  /** What open reservations hold. */
  readonly reserved_usd: string;
  /** What is left beside both; negative once it is overspent. */
  readonly remaining_usd: string;
  /** Spent, in percent of the limit, to two digits. */
  readonly percent: number;
  readonly state: BudgetCondition;
}

/** A budget with its figures. */
export interface BudgetView {
  readonly id: string;
  readonly name: string;
  readonly period: 'day' | 'week' | 'month';
  readonly time_zone: string;
  /** RFC 3339; the present period, its end excluded. */
  readonly from: string;
  readonly to: string;
  readonly scope: Readonly<Record<string, readonly string[]>>;
  readonly per: string | null;
  readonly soft_percent: readonly number[];
  readonly hard: boolean;
  /** One entry; for a budget per something one for each value that has spent or holds anything, dearest first. */
  readonly entries: readonly BudgetFigures[];
  /** True if there are more entries than an answer holds. */
  readonly truncated: boolean;
}

/** Entries of one budget in one answer. */
export const ENTRIES_MAX = 1000;

/** The figures of one place. */
export function figuresAt(
  parts: Omit<DeskParts, 'state'>,
  budget: Budget,
  startMs: number,
  key: string,
): BudgetFigures {
  const { id, per, softPercent } = budget.definition;
  const limit = budget.amountPicoUsd ?? 0n;
  const spent = parts.spent.get(id, startMs, key) + parts.holds.committed(id, startMs, key);
  const reserved = parts.holds.reserved(id, startMs, key);
  const hundredths = limit === 0n ? 0n : divideHalfEven(spent * 10_000n, limit);
  return {
    key: per === null ? {} : { [per]: key === OVERFLOW_KEY ? '(other)' : key },
    limit_usd: formatUsd(limit),
    spent_usd: formatUsd(spent),
    reserved_usd: formatUsd(reserved),
    remaining_usd: formatUsd(limit - spent - reserved),
    percent: Number(hundredths) / 100,
    state: conditionOf(spent, limit, softPercent),
  };
}

/** Compared in pico-dollars: a budget is not soft a hundredth of a percent before it is. */
function conditionOf(spent: PicoUsd, limit: PicoUsd, softPercent: readonly number[]): BudgetCondition {
  if (spent >= limit) return 'exceeded';
  const [lowest] = softPercent;
  if (lowest === undefined) return 'ok';
  return spent * 100_000_000n >= limit * BigInt(Math.round(lowest * 1_000_000)) ? 'soft' : 'ok';
}

/** Every key of a budget at which something was spent or is held in the period. */
export function keysOf(
  { spent, holds }: Omit<DeskParts, 'state'>,
  { definition }: Budget,
  startMs: number,
): string[] {
  if (definition.per === null) return [''];
  const { id } = definition;
  return [...new Set([...spent.period(id, startMs).keys(), ...holds.keys(id, startMs)])];
}

/** The declared budget of that id, if it may be shown. */
export function findBudget(
  { budgets }: Pick<DeskParts, 'budgets'>,
  id: string,
  tenant: string | null = null,
): Budget {
  const budget = budgets.get(id);
  if (budget === undefined || budget.amountPicoUsd === null || !isShownTo(budget, tenant))
    throw new BellwetherError('not_found', 'There is no budget of that id.', { field: 'id' });
  return budget;
}

/** A budget at an instant; for a tenant, with its own entry only where it is per tenant. */
export function viewOf(
  parts: DeskParts,
  budget: Budget,
  nowMs: number,
  tenant: string | null = null,
): BudgetView {
  const { definition, calendar } = budget;
  const { startMs, endMs } = calendar.at(nowMs);
  const { id } = definition;
  const spentAt = (key: string): PicoUsd =>
    parts.spent.get(id, startMs, key) + parts.holds.committed(id, startMs, key);
  const shown = keysOf(parts, budget, startMs).filter(
    (key) => tenant === null || definition.per !== 'tenant' || key === tenant,
  );
  const keys = shown.toSorted((a, b) => {
    const difference = spentAt(b) - spentAt(a);
    return difference === 0n ? (a < b ? -1 : 1) : Number(difference > 0n) * 2 - 1;
  });
  return {
    id,
    name: definition.name,
    period: definition.period,
    time_zone: definition.timeZone,
    from: new Date(startMs).toISOString(),
    to: new Date(endMs).toISOString(),
    scope: shownScope(budget, tenant),
    per: definition.per,
    soft_percent: definition.softPercent,
    hard: definition.hard,
    entries: keys.slice(0, ENTRIES_MAX).map((key) => figuresAt(parts, budget, startMs, key)),
    truncated: keys.length > ENTRIES_MAX,
  };
}

/** All declared budgets at an instant. */
export function viewAll(parts: DeskParts, nowMs: number, tenant: string | null = null): BudgetView[] {
  return [...parts.budgets.values()]
    .filter((budget) => budget.amountPicoUsd !== null && isShownTo(budget, tenant))
    .map((budget) => viewOf(parts, budget, nowMs, tenant));
}

/** A reservation as its holder sees it. */
export interface ReservationView {
  readonly reservation: string;
  readonly state: Reservation['state'];
  readonly amount_usd: string;
  /** What was committed, or `null`. */
  readonly cost_usd: string | null;
  /** RFC 3339. */
  readonly expires_at: string;
  /** The least that is left of any budget it is on; `null` if it is on none. */
  readonly remaining_usd: string | null;
  readonly budgets: readonly { readonly id: string; readonly remaining_usd: string }[];
}

/** A reservation, with what is left of the budgets that it is on. */
export function viewReservation(
  parts: DeskParts,
  reservation: Reservation,
  tenant: string | null = null,
): ReservationView {
  const places = placesOf(parts.budgets, parts.spent, reservation).filter(({ budget }) =>
    isShownTo(budget, tenant),
  );
  const left = places.map((place) => ({ id: place.budget.definition.id, amount: remainingAt(parts, place) }));
  const least = left.reduce<PicoUsd | null>(
    (lowest, { amount }) => (lowest === null || amount < lowest ? amount : lowest),
    null,
  );
  return {
    reservation: reservation.id,
    state: reservation.state,
    amount_usd: formatUsd(reservation.amount),
    cost_usd: reservation.committed === null ? null : formatUsd(reservation.committed),
    expires_at: new Date(reservation.expiresMs).toISOString(),
    remaining_usd: least === null ? null : formatUsd(least),
    budgets: left.map(({ id, amount }) => ({ id, remaining_usd: formatUsd(amount) })),
  };
}
