import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const MIB = 1024 * 1024;
/** Of the server's process on a machine with plenty, where nothing makes it collect early. */
const MEMORY_MAX = 768 * MIB;
const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path, {
    environment: {
      BELLWETHER_INGEST_QUEUE_BYTES_MAX: '16MiB',
      BELLWETHER_INGEST_DECODED_BYTES_MAX: '8MiB',
      BELLWETHER_INGEST_BODY_BYTES_MAX: '8MiB',
    },
  });
});
afterAll(async () => {
  await server.stop();
  directory.remove();
});

/** Figures of the server's process, in bytes: what it has in memory, and the most since it was asked to begin anew. */
function memory(): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8');
  const figure = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
  return { now: figure('VmRSS'), most: figure('VmHWM') };
}

function events(batch: number, count: number): string {
  return JSON.stringify(
    Array.from({ length: count }, (_, i) => ({
      id: `o-${batch}-${i}`,
      timestamp: Date.UTC(2026, 10, 1) + i,
      provider: 'openai',
      model: 'gpt-4o',
      input_tokens: i,
      attributes: { note: 'x'.repeat(100) },
    })),
  );
}

/** Announces a body, sends the beginning of it, and then nothing. */
function drip(beginning: string, announced = 8_000_000): Socket {
  const { hostname, port, host } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    `POST /v1/events HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${announced}\r\n\r\n`,
  );
  socket.write(beginning);
  return socket;
}

describe('clients that announce much and send nothing', () => {
  it('keep nobody else out', async () => {
    const slow = Array.from({ length: 200 }, () => drip('[{'));
    await Promise.all(slow.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    for (let batch = 0; batch < 3; batch++) {
      expect(await post(server.url, events(1000 + batch, 5000))).toMatchObject({
        status: 200,
        body: { accepted: 5000 },
      });
    }
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    for (const socket of slow) socket.destroy();
  });
});

describe('a body of 1 MB that unpacks to 1 GiB', () => {
  it('is refused, and takes no more memory than its bound', async () => {
    const member = gzipSync(Buffer.alloc(64 * MIB, 0x20));
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => member));
    expect(bomb.length).toBeLessThan(2 * MIB);
    const headers = { 'content-encoding': 'gzip' };
    // The first ones may take what later ones find.
    for (let i = 0; i < 8; i++) expect((await post(server.url, bomb, { headers })).status).toBe(413);
    writeFileSync(`/proc/${server.process.pid}/clear_refs`, '5');
    const before = memory().now;
    for (let i = 0; i < 5; i++) {
      expect(await post(server.url, bomb, { headers })).toMatchObject({
        status: 413,
        body: { error: { code: 'body_too_large' } },
      });
    }
    expect(memory().most - before).toBeLessThan(32 * MIB);
  });
});

describe('more than can be taken', () => {
  const bodies = Array.from({ length: 8 }, (_, batch) => events(batch, 5000));

  /** Sends a body; true if it was stored, false if the server says that it may be tried again. */
  const offer = async (body: string): Promise<boolean> => {
    const answer = await post(server.url, body);
    if (answer.status === 200) return true;
    expect(answer).toMatchObject({ status: 429, body: { error: { code: 'overloaded' } } });
    expect(answer.headers.get('retry-after')).toBe('1');
    return false;
  };

  it('is refused with the time to try again, and questions are answered meanwhile', async () => {
    const large = events(500, 10_000);
    const others: Socket[] = [];
    const crowded = (): Promise<boolean> => {
      others.push(drip('x'.repeat(2_000_000), 2_000_001));
      return offer(large);
    };
    await expect.poll(crowded, { timeout: 60_000 }).toBe(false);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    for (const socket of others) socket.destroy();
    await expect.poll(() => offer(large), { timeout: 60_000 }).toBe(true);
  });

  it('costs neither an event nor the bound on memory', async () => {
    await Promise.all(Array.from({ length: 192 }, (_, i) => offer(bodies[i % 8] ?? '')));
    expect(memory().most).toBeLessThan(MEMORY_MAX);
    for (const body of bodies) await expect.poll(() => offer(body), { timeout: 60_000 }).toBe(true);
    const { stdout } = await runCli(['verify', '--url', server.url, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ consistent: true, events: 15_000 + 10_000 + 40_000 });
  });
});
