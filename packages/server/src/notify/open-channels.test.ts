import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '../clock.ts';
import { loadText } from '../config/test-config.ts';
import { createOutgoing } from '../outgoing/index.ts';
import { type OpenChannel, openChannels } from './open-channels.ts';
import { alertOf, messageOf } from './test-messages.ts';

const directory = mkdtempSync(join(tmpdir(), 'bellwether-channels-'));
const outgoing = createOutgoing({ allowPrivate: [], clock });
const signal = new AbortController().signal;
const paths: string[] = [];
const known: string[] = [];
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    paths.push(request.url ?? '');
    if (request.url?.startsWith('/services/') === true) {
      // What many servers say of a path that they do not have.
      response
        .writeHead(404)
        .end(`Cannot POST ${request.url} <${new URLSearchParams(request.url.split('?')[1]).get('sig')}>`);
      return;
    }
    const isMoved = request.url === '/moved';
    response.writeHead(isMoved ? 302 : 200, isMoved ? { location: '/elsewhere' } : {}).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  outgoing.close();
  server.close();
  rmSync(directory, { recursive: true });
});

function open(file: object): readonly OpenChannel[] {
  const { config } = loadText(JSON.stringify(file));
  return openChannels(config, { outgoing, clock, onSecret: (secret) => known.push(secret) });
}

const webhook = (more: object) => ({
  notifications: { channels: [{ id: 'hook', type: 'webhook', ...more }] },
});
const send = (file: object) => open(file)[0]?.channels[0]?.send(messageOf([alertOf(1)]), signal);

describe('a channel', () => {
  it('reaches no private address unless it says so', async () => {
    await expect(send(webhook({ url: `${url}/private` }))).rejects.toMatchObject({
      name: 'DeliveryError',
      permanent: true,
    });
    expect(paths).not.toContain('/private');
    await send(webhook({ url: `${url}/permitted`, allow_private: true }));
    expect(paths).toContain('/permitted');
  });

  it('tells nothing of its address, which is a secret, though the server repeats it', async () => {
    const path = '/services/T0000/B0000?sig=canary-of-a-signature-in-an-address';
    await expect(send(webhook({ url: url + path, allow_private: true }))).rejects.toMatchObject({
      message: 'status 404: Cannot POST *** <***>',
    });
    expect(paths).toContain(path);
  });

  it('follows no redirect', async () => {
    await expect(send(webhook({ url: `${url}/moved`, allow_private: true }))).rejects.toThrow('status 302');
    expect(paths).not.toContain('/elsewhere');
  });

  it('reads its secret from a file each time, and has it kept out of texts', async () => {
    const file = join(directory, 'address');
    const channel = open(webhook({ url_file: file, allow_private: true }))[0]?.channels[0];
    const message = messageOf([alertOf(1)]);
    await expect(channel?.send(message, signal)).rejects.toThrow('the file of its secret does not exist');
    writeFileSync(file, `${url}/first\n`);
    await channel?.send(message, signal);
    writeFileSync(file, `${url}/second\n`);
    await channel?.send(message, signal);
    expect(paths.slice(-2)).toEqual(['/first', '/second']);
    expect(known).toEqual([`${url}/first`, `${url}/second`]);
  });

  it('is made of the Alertmanager that monitoring names, unless one of that name is declared', () => {
    const monitoring = { metrics_server_endpoint: 'http://am:9093' };
    expect(open({ monitoring })).toMatchObject([
      { channel: 'alertmanager', isForAll: true, groupsItself: true },
    ]);
    const declared = { id: 'alertmanager', type: 'alertmanager', urls: ['http://a:9093', 'http://b:9093'] };
    expect(open({ monitoring, notifications: { channels: [declared] } })).toMatchObject([
      { channel: 'alertmanager', isForAll: false, peers: ['alertmanager/1', 'alertmanager/2'] },
    ]);
  });
});
