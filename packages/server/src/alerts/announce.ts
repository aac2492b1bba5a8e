/**
 * Decides what is told now: alerts that were raised and are not kept back, those that
 * nobody has acknowledged in time, and again what has been wrong for long.
 */

import type { Labels } from '../matching/matcher.ts';
import type { Destination } from '../notify/change.ts';
import { type Alert, isOpen } from './alert.ts';
import type { AlertBook } from './alert-book.ts';
import { isSuppressed, type Suppressions } from './suppression.ts';

/** Where alerts go. */
export interface AlertRoutes {
  /** Where an alert with these labels goes at an instant. */
  destinationsOf(labels: Labels, nowMs: number): readonly Destination[];
  /** After how long what was told there is told again; `Infinity` for never. */
  repeatIntervalMs(destination: Destination): number;
  /** Where an alert goes that was told through a route and not acknowledged in time; `null` if nowhere. */
  escalationOf(
    route: string,
    labels: Labels,
  ): { readonly afterMs: number; readonly to: readonly Destination[] } | null;
}

/** Tells what is due, one alert at each step, so that other work may go in between. */
export function* announce(
  book: AlertBook,
  routes: AlertRoutes,
  suppressions: Suppressions,
  nowMs: number,
): Generator<undefined> {
  const told: string[] = [];
  for (const { id } of book.all()) {
    yield;
    const alert = mayBeTold(book, suppressions, id);
    if (alert === null) continue;
    if (alert.announcedAtMs === null) {
      const destinations = routes.destinationsOf(alert.labels, nowMs);
      if (destinations.length > 0) book.tell(alert, 'raised', destinations, nowMs);
    } else if (!escalate(book, routes, alert, nowMs)) told.push(id);
  }
  yield* repeat(book, routes, suppressions, told, nowMs);
}

/** The alert as it is by now, since somebody may have it in hand in between; `null` if it is not to be told. */
function mayBeTold(book: AlertBook, suppressions: Suppressions, id: string): Alert | null {
  const alert = book.get(id);
  return alert?.state === 'raised' && !isSuppressed(suppressions.of(alert)) ? alert : null;
}

/** Open alerts that were told to a channel and may be told now: what that channel should believe. */
export function standing(book: AlertBook, suppressions: Suppressions, channel: string): Alert[] {
  return [...book.all()].filter(
    (alert) =>
      isOpen(alert) &&
      alert.destinations.some((destination) => destination.channel === channel) &&
      !isSuppressed(suppressions.of(alert)),
  );
}

function escalate(book: AlertBook, routes: AlertRoutes, alert: Alert, nowMs: number): boolean {
  if (alert.escalatedAtMs !== null || alert.announcedAtMs === null) return false;
  const passedMs = nowMs - alert.announcedAtMs;
  for (const route of new Set(alert.destinations.map((destination) => destination.route))) {
    const escalation = routes.escalationOf(route, alert.labels);
    if (escalation === null || passedMs < escalation.afterMs) continue;
    book.tell(alert, 'escalated', escalation.to, nowMs);
    return true;
  }
  return false;
}

/** Groups are repeated whole: when one of their alerts is due, all of them are. */
function* repeat(
  book: AlertBook,
  routes: AlertRoutes,
  suppressions: Suppressions,
  ids: readonly string[],
  nowMs: number,
): Generator<undefined> {
  const due = new Set<string>();
  for (const id of ids) {
    yield;
    const alert = mayBeTold(book, suppressions, id);
    if (alert === null) continue;
    for (const destination of alert.destinations) {
      const sinceMs = nowMs - (alert.toldAtMs ?? nowMs);
      const snoozeIsOver = alert.snoozedUntilMs !== null && (alert.toldAtMs ?? 0) < alert.snoozedUntilMs;
      const intervalMs = routes.repeatIntervalMs(destination);
      if (sinceMs >= intervalMs || (snoozeIsOver && intervalMs !== Infinity)) due.add(placeOf(destination));
    }
  }
  if (due.size === 0) return;
  for (const id of ids) {
    yield;
    const alert = mayBeTold(book, suppressions, id);
    if (alert === null) continue;
    const to = alert.destinations.filter((destination) => due.has(placeOf(destination)));
    if (to.length > 0) book.tell(alert, 'repeated', to, nowMs);
  }
}

/** A channel and a group of it, as one text. */
export function placeOf({ channel, groupKey }: Pick<Destination, 'channel' | 'groupKey'>): string {
  return JSON.stringify([channel, groupKey]);
}
