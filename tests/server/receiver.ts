/** Receivers of notifications: real HTTP servers that keep what they are sent, and a real mail server. */

import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What came. */
export interface Delivery {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

/** What a receiver answers. */
export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  /** Answers only after so long. */
  readonly delayMs?: number;
}

export interface Receiver {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  /** Bodies that came to a path, read as JSON. */
  json<Body>(path: string): Body[];
  close(): Promise<void>;
}

/** Starts a receiver on the loopback address. */
export async function startReceiver(
  answer: (delivery: Delivery) => Answer = () => ({ status: 200, body: 'ok' }),
): Promise<Receiver> {
  const deliveries: Delivery[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const delivery = { path: request.url ?? '', headers: request.headers, body, atMs: performance.now() };
      deliveries.push(delivery);
      const { status, body: text = '', headers = {}, delayMs = 0 } = answer(delivery);
      setTimeout(() => response.writeHead(status, headers).end(text), delayMs).unref();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    deliveries,
    json: <Body>(path: string) =>
      deliveries.filter((delivery) => delivery.path === path).map(({ body }) => JSON.parse(body) as Body),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
