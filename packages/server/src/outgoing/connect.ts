/** A plain or TLS connection to a place that may be reached, for probes and protocols other than HTTP. */

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { judgeLiteral } from './guarded-lookup.ts';
import type { OutgoingConnection } from './messages.ts';
import { asOutgoingError, OutgoingError } from './outgoing-error.ts';
import type { Way } from './request-once.ts';

/**
 * Connects.
 *
 * @throws OutgoingError
 */
export async function connectGuarded(
  { host, port, tls }: OutgoingConnection,
  way: Way,
  signal: AbortSignal,
): Promise<Socket> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535 || host === '')
    throw new OutgoingError('invalid_request', 'the address is not a host and a port');
  judgeLiteral(host, way.judge);
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const where = { host, port, lookup: way.lookup };
  const socket: Socket =
    tls === undefined
      ? connect(where, resolve)
      : connectTls(
          {
            ...where,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            rejectUnauthorized: tls.insecure !== true,
            ...nameFor(tls.serverName ?? host),
          },
          resolve,
        );
  const stop = (): void => {
    socket.destroy(signal.reason as Error);
  };
  signal.addEventListener('abort', stop, { once: true });
  socket.once('error', reject);
  socket.once('close', () =>
    reject(new OutgoingError('unreachable', `${host}:${port} closed the connection`)),
  );
  try {
    await promise;
    return socket;
  } catch (error) {
    socket.destroy();
    throw asOutgoingError(error, `${host}:${port}`, signal);
  } finally {
    signal.removeEventListener('abort', stop);
    socket.removeListener('error', reject);
  }
}

/** TLS names hosts, never addresses. */
function nameFor(name: string): { readonly servername?: string } {
  return isIP(name) === 0 ? { servername: name } : {};
}
