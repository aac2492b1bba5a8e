/** A server that takes events as Bellwether's does, or answers whatever a test wants. */

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** A status, or a whole answer; `hang` never answers, `cut` closes the connection. */
export type Answer =
  | number
  | 'hang'
  | 'cut'
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export interface ReceivedRequest {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly events: readonly Record<string, unknown>[];
}

/** Listens on a free port of the loopback address. Keeps each id once. */
export class TestReceiver {
  readonly requests: ReceivedRequest[] = [];
  readonly taken = new Map<string, Record<string, unknown>>();
  /** What is answered next, in turn; when it is empty, everything is taken. */
  answers: Answer[] = [];
  /** What is answered when `answers` is empty. */
  otherwise: Answer | undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port = 0): Promise<TestReceiver> {
    const server = createServer();
    const receiver = new TestReceiver(server);
    server.on('request', (request, response) => {
      void buffer(request).then((sent) => {
        const events = gunzipSync(sent)
          .toString()
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
        receiver.requests.push({ url: request.url ?? '', headers: request.headers, events });
        const answer = receiver.answers.shift() ??
          receiver.otherwise ?? { status: 200, body: receiver.#take(events) };
        if (answer === 'hang') return;
        if (answer === 'cut') {
          response.socket?.destroy();
          return;
        }
        const { status, headers, body } =
          typeof answer === 'number' ? { status: answer } : { headers: {}, body: '', ...answer };
        response.writeHead(status, headers).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(events: readonly Record<string, unknown>[]): string {
    let duplicates = 0;
    for (const event of events) {
      const id = String(event['id']);
      if (this.taken.has(id)) duplicates += 1;
      this.taken.set(id, event);
    }
    return JSON.stringify({ accepted: events.length - duplicates, duplicates, rejected: [] });
  }
}
