/**
 * Which names a request may be for, and which pages may have sent it. A server that
 * answers on loopback without tokens trusts the machine, and so would trust every
 * web page that somebody on the machine has open: a page can make its own name
 * point to 127.0.0.1, but it cannot make the browser say another Host.
 */

/** Whether a Host header names this machine, or a name that the operator lists. */
export function isLocalHost(header: string | undefined, allowed: readonly string[]): boolean {
  // Browsers always send one; what does not is no browser.
  if (header === undefined || header === '') return true;
  const host = URL.parse(`http://${header}`)?.hostname ?? '';
  if (host === 'localhost' || host.endsWith('.localhost') || host === '[::1]') return true;
  if (/^127\.\d+\.\d+\.\d+$/.test(host)) return true;
  return allowed.some((name) => name.toLowerCase() === host);
}

/** The headers that tell which page sent a request. */
export interface PageHeaders {
  readonly origin?: string | undefined;
  readonly host?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/** Whether a page of another site sent a request. Programs send no Origin. */
export function isCrossSite(headers: PageHeaders, allowedOrigins: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin !== undefined) {
    if (allowedOrigins.includes(origin)) return false;
    // A port is part of both; a page on another port of this machine is another site's.
    return URL.parse(origin)?.host !== host;
  }
  return headers['sec-fetch-site'] === 'cross-site';
}
