/**
 * A TCP proxy that does to requests and answers what networks do: it loses answers
 * after the server has given them, cuts answers and requests, delivers requests twice and
 * answers late. What befalls which request follows from a seed.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What may befall a request, each with its share of all requests. */
export interface Faults {
  /** The server answers, and the connection ends before any of the answer has come. */
  readonly answerLost: number;
  /** The connection ends in the middle of the answer. */
  readonly answerCut: number;
  /** The connection ends in the middle of the request, towards both sides. */
  readonly requestCut: number;
  /** The request reaches the server twice, the second time late. */
  readonly requestTwice: number;
  /** The answer comes `lateMs` later. */
  readonly answerLate: number;
}

export interface FlakyProxyOptions {
  /** Where the server answers. */
  readonly target: string;
  readonly faults: Faults;
  /** How late a late answer is, and up to how late a request comes a second time. */
  readonly lateMs: number;
  /** Between 0 and 1; one that follows from a seed. */
  readonly random: () => number;
}

export type Fault = keyof Faults;

/** HTTP messages of one side of a connection, whole, in their order. Each must say how long it is. */
async function* messagesOf(socket: Socket): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk as Buffer]);
    for (let end = endOf(held); end !== null && end <= held.length; end = endOf(held)) {
      yield held.subarray(0, end);
      held = held.subarray(end);
    }
  }
}

/** Where the message at the beginning ends; null while that is unknown. */
function endOf(bytes: Buffer): number | null {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return null;
  const length = /^content-length: *(\d+)/im.exec(bytes.subarray(0, head).toString('latin1'))?.[1];
  return head + 4 + Number(length ?? 0);
}

export class FlakyProxy {
  readonly #options: FlakyProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Requests that are to come a second time. */
  readonly #late = new Set<Promise<void>>();
  /** How often each has befallen a request. */
  readonly befallen: Record<Fault, number> = {
    answerLost: 0,
    answerCut: 0,
    requestCut: 0,
    requestTwice: 0,
    answerLate: 0,
  };
  requests = 0;

  private constructor(options: FlakyProxyOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#hold(socket);
      // A side that ends in mid-message ends the connection, which is all there is to do.
      this.#serve(socket)
        .catch(() => undefined)
        .finally(() => socket.destroy());
    });
  }

  /** Starts one on a free port of the loopback address. */
  static async start(options: FlakyProxyOptions): Promise<FlakyProxy> {
    const proxy = new FlakyProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Waits until every request that comes twice has come, and ends. */
  async close(): Promise<void> {
    await Promise.all(this.#late);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(client: Socket): Promise<void> {
    for await (const request of messagesOf(client)) {
      this.requests += 1;
      const fault = this.#draw();
      if (fault !== null) this.befallen[fault] += 1;
      if (fault === 'requestCut') {
        await this.#cut(request);
        return;
      }
      if (fault === 'requestTwice') this.#again(request);
      const answer = await this.#ask(request);
      if (fault === 'answerLost') return;
      if (fault === 'answerLate') await pause(this.#options.lateMs);
      const piece = fault === 'answerCut' ? answer.subarray(0, this.#below(answer.length)) : answer;
      client.write(piece);
      if (fault === 'answerCut') {
        client.end();
        return;
      }
    }
  }

  #draw(): Fault | null {
    let left = this.#options.random();
    for (const [fault, share] of Object.entries(this.#options.faults) as [Fault, number][]) {
      left -= share;
      if (left < 0) return fault;
    }
    return null;
  }

  /** At least 1 and below `bytes`. */
  #below(bytes: number): number {
    return 1 + Math.floor(this.#options.random() * (bytes - 1));
  }

  /** Sends a request on a connection of its own, and gives the answer. */
  async #ask(request: Buffer): Promise<Buffer> {
    const server = this.#connect();
    server.write(request);
    try {
      for await (const answer of messagesOf(server)) return answer;
      throw new Error('The server has not answered.');
    } finally {
      server.destroy();
    }
  }

  /** Sends a part of a request, and ends. */
  async #cut(request: Buffer): Promise<void> {
    const server = this.#connect();
    server.end(request.subarray(0, this.#below(request.length)));
    await once(server, 'close').catch(() => undefined);
  }

  #again(request: Buffer): void {
    const delayMs = this.#options.random() * this.#options.lateMs;
    const late = pause(delayMs)
      .then(() => this.#ask(request))
      .then(
        () => undefined,
        () => undefined,
      );
    this.#late.add(late);
    void late.then(() => this.#late.delete(late));
  }

  #connect(): Socket {
    const { hostname, port } = new URL(this.#options.target);
    const socket = connect({ host: hostname, port: Number(port) });
    this.#hold(socket);
    return socket;
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
