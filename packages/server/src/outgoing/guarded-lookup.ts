/**
 * Names are resolved by the connection itself, through a function that leaves out
 * what may not be reached. So the address that was judged is the address that is
 * connected to, and a name that resolves to another address a moment later gains nothing.
 */

import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { OutgoingError } from './outgoing-error.ts';

/** Resolves a name to all its addresses. */
export type Resolve = (
  host: string,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** The resolver of the operating system, with its hosts file. */
export const systemResolve: Resolve = (host, callback) =>
  systemLookup(host, { all: true, order: 'verbatim' }, (error, addresses) =>
    callback(error, error === null ? addresses : []),
  );

/** Says whether a host, resolved to an address, may be reached. */
export type Judge = (host: string, address: string) => boolean;

/** The refusal of a host. */
export function blocked(host: string): OutgoingError {
  return new OutgoingError(
    'blocked',
    `${host} is, or resolves to, an address that is not public; list it in outgoing.allow_private if it is meant`,
  );
}

/** @throws OutgoingError `blocked` if the host is an address that may not be reached. Names are judged when resolved. */
export function judgeLiteral(host: string, judge: Judge): void {
  if (isIP(host) !== 0 && !judge(host, host)) throw blocked(host);
}

/** A `lookup` for sockets that gives only what may be reached. */
export function guardedLookup(resolve: Resolve, judge: Judge): LookupFunction {
  return (host, options, callback) => {
    resolve(host, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0);
      const permitted = addresses.filter(
        (candidate) => (family === 0 || candidate.family === family) && judge(host, candidate.address),
      );
      const [first] = permitted;
      if (first === undefined) return callback(blocked(host), '', 0);
      if (options.all === true) return callback(null, permitted);
      return callback(null, first.address, first.family);
    });
  };
}
