/** Whether only this machine can connect to a server. */

import { isIP } from 'node:net';

/** True if only this machine can reach a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
