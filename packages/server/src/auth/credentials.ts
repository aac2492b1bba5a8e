/** Reads the token out of an Authorization header. */

/** A header longer than this holds no token of ours. */
const HEADER_LENGTH_MAX = 8192;

/**
 * The token in a header: after `Bearer`, or as the password of `Basic`, for scrapers
 * that know only that; the user name is then free. Null if there is none.
 */
export function tokenIn(header: string | undefined): string | null {
  if (header === undefined || header.length > HEADER_LENGTH_MAX) return null;
  const [scheme = '', value = ''] = header.trim().split(/ +/, 2);
  if (value === '') return null;
  if (/^bearer$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return null;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const password = colon === -1 ? '' : decoded.slice(colon + 1);
  return password === '' ? null : password;
}
