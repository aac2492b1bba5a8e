/** Reads the credentials of a job from their files, anew for each request, so that they can be renewed in place. */

import { dirname, isAbsolute, join } from 'node:path';
import { readSmallFile, type ScrapeAccess } from '../config/index.ts';
import type { OutgoingTls } from '../outgoing/index.ts';

/** What goes along with a request. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: OutgoingTls;
}

/** What reading needs. */
export interface CredentialOptions {
  /** The file that the configuration was read from, which relative paths go by; `null`: the working directory. */
  readonly configFile: () => string | null;
  /** Hears of each secret, so that it shows nowhere. */
  readonly onSecret: (secret: string) => void;
}

const SECRET_BYTES_MAX = 65_536;
const CERTIFICATE_BYTES_MAX = 1_048_576;

/**
 * Reads them.
 *
 * @throws Error that names the key whose file cannot be used, and not the file.
 */
export function readCredentials(access: ScrapeAccess, options: CredentialOptions): Credentials {
  const secret = (key: string, path: string): string => {
    const value = content(key, path, SECRET_BYTES_MAX, options).trim();
    if (value === '' || /[^\t\x20-\x7e]/.test(value))
      throw new Error(`the file of ${key} has no value on one line`);
    options.onSecret(value);
    return value;
  };
  const headers: Record<string, string> = {};
  for (const [name, path] of Object.entries(access.headerFiles))
    headers[name] = secret(`header_files.${name}`, path);
  if (access.bearerTokenFile !== '')
    headers['authorization'] = `Bearer ${secret('bearer_token_file', access.bearerTokenFile)}`;
  if (access.basicAuth !== null) {
    const { username, passwordFile } = access.basicAuth;
    const encoded = Buffer.from(`${username}:${secret('basic_auth.password_file', passwordFile)}`).toString(
      'base64',
    );
    options.onSecret(encoded);
    headers['authorization'] = `Basic ${encoded}`;
  }
  const { caFile, certFile, keyFile, serverName, insecure } = access.tls;
  const pem = (key: string, path: string): string =>
    content(`tls.${key}`, path, CERTIFICATE_BYTES_MAX, options);
  const tls: OutgoingTls = {
    ...(caFile === '' ? {} : { ca: pem('ca_file', caFile) }),
    ...(certFile === '' ? {} : { cert: pem('cert_file', certFile), key: pem('key_file', keyFile) }),
    ...(serverName === '' ? {} : { serverName }),
    ...(insecure ? { insecure } : {}),
  };
  return Object.keys(tls).length === 0 ? { headers } : { headers, tls };
}

/** A path of the configuration as one that can be opened. */
export function pathBeside(configFile: string | null, path: string): string {
  return isAbsolute(path) || configFile === null ? path : join(dirname(configFile), path);
}

function content(key: string, path: string, bytesMax: number, { configFile }: CredentialOptions): string {
  const text = readSmallFile(pathBeside(configFile(), path), bytesMax);
  if (typeof text !== 'string') throw new Error(`the file of ${key} ${text.reason}`);
  return text;
}
