/**
 * What may be reached without a token. On a loopback address everything may, since
 * only processes of this machine can connect to it; on
 * any other address only what monitoring needs, until tokens are configured.
 */

import { isIP } from 'node:net';

/** Routes that answer anyone, wherever the server listens. */
const openRoutes: ReadonlySet<string> = new Set([
  '/metrics',
  '/metrics/business',
  '/api/v1/sd/prometheus',
  '/runbooks',
  '/runbooks/:name',
  '/health',
  '/livez',
  '/readyz',
]);

/** True if only this machine can reach a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/**
 * Whether a route may be answered without a token.
 *
 * @param route the route's pattern, e.g. `/v1/events`; undefined where no route matches.
 */
export function isOpen(route: string | undefined, host: string): boolean {
  return isLoopback(host) || (route !== undefined && openRoutes.has(route));
}
