/** Where a redirect leads, and what of the request may go there. */

import type { OutgoingRequest, OutgoingResponse } from './messages.ts';
import { OutgoingError } from './outgoing-error.ts';
import { readUrl } from './request-once.ts';

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Headers that say nothing about who asks. Any other may be a credential, whatever it is called. */
const harmless: readonly string[] = ['accept', 'accept-language', 'content-type', 'user-agent'];

/**
 * The request to send next, or null if the answer is no redirect.
 *
 * @throws OutgoingError `redirect` if it would lead from https to http, or take a body to another host.
 */
export function nextHop(request: OutgoingRequest, response: OutgoingResponse): OutgoingRequest | null {
  const { location } = response.headers;
  if (!redirects.has(response.status) || location === undefined) return null;
  const from = readUrl(request.url);
  const target = URL.parse(location, from.href)?.href;
  if (target === undefined) throw new OutgoingError('redirect', 'a redirect leads to no address');
  const to = readUrl(target);
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw new OutgoingError('redirect', 'a redirect leads from https to http');
  const { body, ...withoutBody } = request;
  const kept = response.status === 307 || response.status === 308;
  const method = kept || request.method === 'HEAD' ? (request.method ?? 'GET') : 'GET';
  const carried = kept && body !== undefined ? { ...withoutBody, body } : withoutBody;
  const sameOrigin = from.origin === to.origin;
  if (sameOrigin) {
    // A relative redirect loses the credentials of the address, which are still for this host.
    if (to.username === '' && to.password === '') {
      to.username = from.username;
      to.password = from.password;
    }
    return { ...carried, method, url: to.href };
  }
  if ('body' in carried)
    throw new OutgoingError('redirect', 'a redirect would take the body to another host');
  const { tls: _tls, ...elsewhere } = carried;
  // What the operator trusts is the address that is written down, not where it points; credentials in a
  // redirect's address are its author's.
  return {
    ...elsewhere,
    method,
    url: to.href,
    headers: Object.fromEntries(
      Object.entries(request.headers ?? {}).filter(([name]) => harmless.includes(name.toLowerCase())),
    ),
    ownDependency: false,
  };
}
