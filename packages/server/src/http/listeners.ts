/**
 * How the server is reached: its own port, with or without TLS, and a second port for
 * scrapers. TLS is 1.2 or newer, as Node has it.
 */

import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createSecureContext } from 'node:tls';

/** The files of the certificate; the empty text for none. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
}

/** How long a client may take to send its headers and its request. */
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 75_000;
/** Routes that the second port answers. */
const scraped: ReadonlySet<string> = new Set(['/metrics', '/metrics/business', '/livez', '/readyz']);

/** A server with the ways in which its certificate can be renewed. */
export interface Listener {
  readonly server: Server;
  /** Takes another certificate, for connections from now on. */
  renew(tls: TlsMaterial): void;
}

/** Makes a server that does not listen yet. @throws Error if the certificate cannot be read. */
export function makeListener(files: TlsFiles, answer: RequestListener): Listener {
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS };
  if (files.certFile === '') return { server: createServer(limits, answer), renew: () => undefined };
  const clients = files.clientCaFile !== '';
  const server = createSecureServer(
    { ...limits, ...readTls(files), requestCert: clients, rejectUnauthorized: clients },
    answer,
  );
  return {
    // An HTTPS server is used as an HTTP server is.
    server,
    renew: (tls) => server.setSecureContext(tls),
  };
}

/** What the files hold. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly minVersion: 'TLSv1.2';
}

/** Reads the files and finds out whether key and certificate belong together. */
export function readTls(files: TlsFiles): TlsMaterial {
  const tls = {
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    ...(files.clientCaFile === '' ? {} : { ca: readFileSync(files.clientCaFile) }),
    minVersion: 'TLSv1.2' as const,
  } satisfies TlsMaterial;
  createSecureContext(tls);
  return tls;
}

/** Answers only what scrapers ask. */
export function onlyScraped(answer: RequestListener): RequestListener {
  return (request, response) => {
    if (scraped.has((request.url ?? '').split('?', 1)[0] ?? '')) answer(request, response);
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('This port is for scrapers.\n');
  };
}
