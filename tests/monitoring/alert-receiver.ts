/** Takes the webhooks of an Alertmanager, as a chat or a pager would. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An alert as a webhook has it. */
export interface NotifiedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A receiver that remembers. */
export class AlertReceiver {
  readonly alerts: NotifiedAlert[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Starts it on a free port. */
  static async start(): Promise<AlertReceiver> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      request.on('end', () => {
        receiver.alerts.push(...(JSON.parse(body) as { alerts: NotifiedAlert[] }).alerts);
        response.end();
      });
    });
    const receiver = new AlertReceiver(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Stops it. */
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
