/** Which alerts go to which channels, and which of them are told together. */

import { createHash } from 'node:crypto';
import type { RouteDefinition } from '../config/index.ts';
import { type Labels, labelOf, matchesAll } from '../matching/matcher.ts';
import { isInWindow } from '../matching/time-window.ts';
import type { Destination } from './change.ts';

/** A place that alerts go to: one channel, or each peer of one. */
export interface Place {
  /** As routes name it. */
  readonly channel: string;
  /** The ids of its peers; the channel's own id if it has none. */
  readonly peers: readonly string[];
  /** Whether it groups by itself: then everything goes there at once, as one group. */
  readonly groupsItself: boolean;
  /** Whether it gets everything that no route sends elsewhere by name. */
  readonly isForAll: boolean;
}

/** How a group is paced. Milliseconds. */
export interface Pace {
  readonly waitMs: number;
  readonly intervalMs: number;
}

/** What holds where no route is declared. */
const defaultRoute = {
  id: 'default',
  matchers: [],
  active: null,
  groupBy: ['alertname'],
  groupWaitMs: 10_000,
  groupIntervalMs: 60_000,
  repeatIntervalMs: 4 * 3_600_000,
  escalateAfterMs: 0,
  escalateTo: [],
  goesOn: false,
};

const FOR_ALL = 'all';
const KEY_LENGTH = 16;
/** Groups whose destinations are kept, so that alerts share them; any more are made again. */
const GROUPS_KEPT_MAX = 2000;

export class RouteTable {
  readonly #routes: ReadonlyMap<string, RouteDefinition>;
  readonly #places: ReadonlyMap<string, Place>;
  /** Places that get everything, since no route names them. */
  readonly #forAll: readonly Place[];
  /** The destinations of groups, which all alerts of a group share. */
  readonly #groups = new Map<string, readonly Destination[]>();

  constructor(routes: readonly RouteDefinition[], places: readonly Place[]) {
    const own =
      routes.length > 0 ? routes : [{ ...defaultRoute, channels: places.map(({ channel }) => channel) }];
    this.#routes = new Map(own.map((route) => [route.id, route]));
    this.#places = new Map(places.map((place) => [place.channel, place]));
    const named = new Set(own.flatMap(({ channels, escalateTo }) => [...channels, ...escalateTo]));
    this.#forAll = places.filter(({ channel, isForAll }) => isForAll && !named.has(channel));
  }

  /** Where an alert with these labels goes at an instant; each place once. */
  destinationsOf(labels: Labels, nowMs: number): readonly Destination[] {
    const found = new Map<string, Destination>();
    for (const route of this.#routes.values()) {
      if (!matchesAll(route.matchers, labels) || (route.active !== null && !isInWindow(route.active, nowMs)))
        continue;
      this.#add(found, route, route.channels, labels);
      if (!route.goesOn) break;
    }
    for (const place of this.#forAll) this.#addPlace(found, place, FOR_ALL, [], labels);
    return [...found.values()];
  }

  /** After how long what was told there is told again. A place that is told again and again needs none of it. */
  repeatIntervalMs({ channel, route }: Destination): number {
    if (this.#placeOf(channel)?.groupsItself !== false) return Number.POSITIVE_INFINITY;
    return this.#routes.get(route)?.repeatIntervalMs ?? Number.POSITIVE_INFINITY;
  }

  /** Where an alert goes that was told through a route and not acknowledged in time; `null` if nowhere. */
  escalationOf(
    routeId: string,
    labels: Labels,
  ): { readonly afterMs: number; readonly to: readonly Destination[] } | null {
    const route = this.#routes.get(routeId);
    if (route === undefined || route.escalateAfterMs === 0) return null;
    const found = new Map<string, Destination>();
    this.#add(found, route, route.escalateTo, labels);
    return { afterMs: route.escalateAfterMs, to: [...found.values()] };
  }

  /** How the groups of a route are paced at a channel. */
  paceOf(channel: string, routeId: string): Pace {
    const route = this.#routes.get(routeId);
    if (route === undefined || this.#placeOf(channel)?.groupsItself !== false)
      return { waitMs: 0, intervalMs: 0 };
    return { waitMs: route.groupWaitMs, intervalMs: route.groupIntervalMs };
  }

  #add(
    found: Map<string, Destination>,
    { id, groupBy }: RouteDefinition,
    channels: readonly string[],
    labels: Labels,
  ): void {
    for (const channel of channels) {
      const place = this.#places.get(channel);
      if (place !== undefined) this.#addPlace(found, place, id, groupBy, labels);
    }
  }

  #addPlace(
    found: Map<string, Destination>,
    place: Place,
    route: string,
    groupBy: readonly string[],
    labels: Labels,
  ): void {
    const values = place.groupsItself ? [] : groupBy.map((name) => [name, labelOf(labels, name)] as const);
    const group = JSON.stringify([place.channel, route, values]);
    const known = this.#groups.get(group);
    const destinations = known ?? destinationsIn(place, route, Object.fromEntries(values));
    if (known === undefined && this.#groups.size >= GROUPS_KEPT_MAX) this.#groups.clear();
    this.#groups.set(group, destinations);
    for (const destination of destinations) {
      const key = JSON.stringify([destination.channel, destination.groupKey]);
      if (!found.has(key)) found.set(key, destination);
    }
  }

  #placeOf(peer: string): Place | undefined {
    return this.#places.get(peer) ?? this.#places.get(peer.replace(/\/\d+$/, ''));
  }
}

function destinationsIn({ peers, groupsItself }: Place, route: string, groupLabels: Labels): Destination[] {
  const groupKey = groupsItself ? FOR_ALL : groupKeyOf(route, groupLabels);
  return peers.map((channel) => ({ channel, route, groupKey, groupLabels }));
}

function groupKeyOf(route: string, labels: Labels): string {
  const text = JSON.stringify(Object.entries(labels));
  return `${route}-${createHash('sha256').update(text).digest('hex').slice(0, KEY_LENGTH)}`;
}
