/** Reads the credentials of a job from their files, anew for each request, so that they can be renewed in place. */

import { readSmallFile, type ScrapeAccess } from '../config/index.ts';
import type { OutgoingTls } from '../outgoing/index.ts';

/** What goes along with a request. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: OutgoingTls;
}

/** Hears of each secret, so that it shows nowhere. */
export type OnSecret = (secret: string) => void;

const SECRET_BYTES_MAX = 65_536;
const CERTIFICATE_BYTES_MAX = 1_048_576;

/**
 * Reads them.
 *
 * @throws Error that names the key whose file cannot be used, and not the file.
 */
export function readCredentials(
  { basicAuth, bearerToken, headers, tls }: ScrapeAccess,
  onSecret: OnSecret,
): Credentials {
  const secret = (key: string, file: string): string => {
    const value = contentOf(key, file, SECRET_BYTES_MAX).trim();
    if (value === '' || /[^\t\x20-\x7e]/.test(value))
      throw new Error(`the file of ${key} has no value on one line`);
    onSecret(value);
    return value;
  };
  const sent: Record<string, string> = {};
  for (const [name, { file }] of Object.entries(headers)) sent[name] = secret(`header_files.${name}`, file);
  if (bearerToken !== null) sent['authorization'] = `Bearer ${secret('bearer_token_file', bearerToken.file)}`;
  if (basicAuth !== null) {
    const password = secret('basic_auth.password_file', basicAuth.password.file);
    const encoded = Buffer.from(`${basicAuth.username}:${password}`).toString('base64');
    onSecret(encoded);
    sent['authorization'] = `Basic ${encoded}`;
  }
  const { caFile, certFile, key, serverName, insecure } = tls;
  const pem = (name: string, file: string): string => contentOf(`tls.${name}`, file, CERTIFICATE_BYTES_MAX);
  const trust: OutgoingTls = {
    ...(caFile === '' ? {} : { ca: pem('ca_file', caFile) }),
    ...(key === null ? {} : { cert: pem('cert_file', certFile), key: pem('key_file', key.file) }),
    ...(serverName === '' ? {} : { serverName }),
    ...(insecure ? { insecure } : {}),
  };
  return Object.keys(trust).length === 0 ? { headers: sent } : { headers: sent, tls: trust };
}

function contentOf(key: string, file: string, bytesMax: number): string {
  const text = readSmallFile(file, bytesMax);
  if (typeof text !== 'string') throw new Error(`the file of ${key} ${text.reason}`);
  return text;
}
