import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock, type FakeClock } from '../clock.ts';
import { PassedOver } from './passed-over.ts';

const BODY_BYTES = 4 * 1024 * 1024;
const body = Buffer.alloc(BODY_BYTES, 'x');

let clock: FakeClock;
let passedOver: PassedOver;
let server: Server;
/** Whether each request was taken, in order. */
let taken: boolean[];
let accepted: Socket[];
let clients: Socket[];

beforeEach(async () => {
  clock = fakeClock(0);
  passedOver = new PassedOver(clock);
  taken = [];
  accepted = [];
  clients = [];
  server = createServer((request, response) => {
    taken.push(passedOver.take(request));
    response.writeHead(429).end();
  });
  server.on('connection', (socket) => accepted.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const client of clients) client.destroy();
  server.closeAllConnections();
  server.close();
});

function open(): { readonly client: Socket; readonly answers: () => number } {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  clients.push(client);
  let heard = '';
  client.on('data', (piece: Buffer) => {
    heard += piece.toString('latin1');
  });
  client.on('error', () => undefined);
  return { client, answers: () => heard.split('HTTP/1.1 429').length - 1 };
}

function announce(client: Socket, bytes: number): void {
  client.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n`);
}

describe('a large body that was refused', () => {
  it('is not read faster than its turns come, and the sender hears the answer before', async () => {
    const { client, answers } = open();
    announce(client, BODY_BYTES);
    client.write(body);
    await expect.poll(answers).toBe(1);
    expect(passedOver.bodies).toBe(1);
    await clock.advanceAsync(50);
    // Five turns of at most a piece each, and what had come before the first.
    expect(accepted[0]?.bytesRead).toBeLessThan(8 * 64 * 1024);
  });

  it('leaves the connection to the next request', async () => {
    const { client, answers } = open();
    announce(client, BODY_BYTES);
    client.write(body);
    announce(client, 0);
    await expect
      .poll(
        async () => {
          await clock.advanceAsync(10);
          return answers();
        },
        { interval: 1, timeout: 20_000 },
      )
      .toBe(2);
    expect(taken).toEqual([true, true]);
    await clock.advanceAsync(100);
    await expect.poll(() => passedOver.bodies).toBe(0);
  });

  it('is forgotten when the sender goes', async () => {
    const { client, answers } = open();
    announce(client, BODY_BYTES);
    await expect.poll(answers).toBe(1);
    client.destroy();
    await expect.poll(() => passedOver.bodies).toBe(0);
  });

  it('is one of 256 at most', async () => {
    for (let i = 0; i < 258; i++) announce(open().client, BODY_BYTES);
    await expect.poll(() => taken.length).toBe(258);
    expect(taken.filter((fits) => fits)).toHaveLength(256);
    expect(passedOver.bodies).toBe(256);
  });
});

describe('a small body that was refused', () => {
  it('is left to Node, which needs no turns', async () => {
    const { client, answers } = open();
    for (let i = 0; i < 3; i++) {
      announce(client, 1000);
      client.write(body.subarray(0, 1000));
    }
    await expect.poll(answers).toBe(3);
    expect(passedOver.bodies).toBe(0);
  });
});
