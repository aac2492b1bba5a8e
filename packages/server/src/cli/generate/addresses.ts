/** Addresses of the configuration as generated files may show them: without credentials. */

/** `host:port` of an endpoint, which is a URL or `host:port` itself; empty for an empty one. */
export function addressOf(endpoint: string): string {
  if (!endpoint.includes('://')) return endpoint;
  const { hostname, port, protocol } = new URL(endpoint);
  return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}

/** The endpoint as a URL without user and password; empty for an empty one. */
export function withoutCredentials(endpoint: string): string {
  if (endpoint === '') return '';
  const url = new URL(endpoint.includes('://') ? endpoint : `http://${endpoint}`);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}
