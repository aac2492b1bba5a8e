/**
 * The one way out of the server: every HTTP request and every connection to an
 * address that somebody configured or sent goes through here. It judges addresses
 * when it connects, hands credentials to nobody but the host they are for, and has
 * a bound on the time and the size of every answer.
 */

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { connectGuarded } from './connect.ts';
import { guardedLookup, type Judge, type Resolve, systemResolve } from './guarded-lookup.ts';
import type { OutgoingConnection, OutgoingRequest, OutgoingResponse } from './messages.ts';
import { OutgoingError } from './outgoing-error.ts';
import { type AllowedPlaces, isPermitted, readAllowedPlaces } from './permission.ts';
import { Places } from './places.ts';
import { requestOnce, type Way } from './request-once.ts';
import { nextHop } from './redirect.ts';

/** The way out. */
export interface Outgoing {
  /** Sends a request. @throws OutgoingError if there is no answer. */
  request(request: OutgoingRequest): Promise<OutgoingResponse>;
  /** Opens a connection, which is the caller's to bound and to end. @throws OutgoingError */
  connect(connection: OutgoingConnection): Promise<Socket>;
  /** Takes other entries of `outgoing.allow_private`, for connections from now on. */
  setAllowPrivate(entries: readonly string[]): void;
  /** Closes what is kept open. */
  close(): void;
}

export interface OutgoingOptions {
  /** `outgoing.allow_private`: addresses, networks and host names. */
  readonly allowPrivate: readonly string[];
  readonly clock: Clock;
  /** The resolver of the operating system if absent. */
  readonly resolve?: Resolve;
}

/** The most redirects that a request follows. */
export const REDIRECTS_MAX = 10;
/** Sockets to one host; what waits for one counts against the time-out of its request. */
const SOCKETS_PER_HOST_MAX = 32;
const IDLE_SOCKETS_MAX = 32;
const IDLE_MS_MAX = 20_000;

/** Makes the way out. @throws OutgoingError `invalid_request` for an entry that is no address, network or name. */
export function createOutgoing({ allowPrivate, clock, resolve = systemResolve }: OutgoingOptions): Outgoing {
  let allowed = placesOf(allowPrivate);
  const makeWays = (): Ways => ({
    // Each has sockets of its own, so that none is reused by who might not have opened it.
    own: makeWay(resolve, (host, address) => isPermitted(host, address, true, allowed)),
    foreign: makeWay(resolve, (host, address) => isPermitted(host, address, false, allowed)),
  });
  let ways = makeWays();
  const wayOf = ({ ownDependency }: { readonly ownDependency?: boolean }): Way =>
    ownDependency === true ? ways.own : ways.foreign;
  const places = new Places(clock);
  return {
    request: (request) =>
      places.run(request, async (signal) => {
        let hop = request;
        for (let redirects = 0; ; redirects += 1) {
          const response = await requestOnce(hop, wayOf(hop), signal);
          if (redirects >= Math.min(request.redirectsMax ?? 0, REDIRECTS_MAX)) return response;
          const next = nextHop(hop, response);
          if (next === null) return response;
          hop = next;
        }
      }),
    connect: (connection) =>
      places.run(connection, (signal) => connectGuarded(connection, wayOf(connection), signal)),
    setAllowPrivate(entries) {
      allowed = placesOf(entries);
      closeWays(ways);
      ways = makeWays();
    },
    close: () => closeWays(ways),
  };
}

type Ways = Readonly<Record<'own' | 'foreign', Way>>;

function makeWay(resolve: Resolve, judge: Judge): Way {
  const agent = {
    keepAlive: true,
    maxSockets: SOCKETS_PER_HOST_MAX,
    maxFreeSockets: IDLE_SOCKETS_MAX,
    timeout: IDLE_MS_MAX,
  };
  return {
    judge,
    lookup: guardedLookup(resolve, judge),
    http: new HttpAgent(agent),
    https: new HttpsAgent(agent),
  };
}

function closeWays(ways: Ways): void {
  for (const { http, https } of Object.values(ways)) {
    http.destroy();
    https.destroy();
  }
}

function placesOf(entries: readonly string[]): AllowedPlaces {
  const places = readAllowedPlaces(entries);
  if ('wrong' in places)
    throw new OutgoingError(
      'invalid_request',
      `${JSON.stringify(places.wrong)} is no address, network or host name`,
    );
  return places;
}
