import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Resolve } from './guarded-lookup.ts';
import { createOutgoing, type Outgoing, type OutgoingRequest } from './index.ts';

/** A receiver on loopback, and what it was sent. */
async function receiver(
  answer: RequestListener,
): Promise<{ url: string; port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, port, seen };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function wayOut(allowPrivate: readonly string[] = ['127.0.0.1'], resolve?: Resolve): Outgoing {
  const outgoing = createOutgoing({
    allowPrivate,
    clock: systemClock,
    ...(resolve === undefined ? {} : { resolve }),
  });
  onTestFinished(() => outgoing.close());
  return outgoing;
}

/** The code of the failure, or the status of the answer. */
async function outcome(outgoing: Outgoing, request: OutgoingRequest): Promise<unknown> {
  return outgoing.request({ timeoutMs: 5000, ...request }).then(
    ({ status }) => status,
    (error: unknown) => (error as { code?: string }).code ?? error,
  );
}

describe('requests to private places', () => {
  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '017700000001',
    '0177.0.0.01',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '0.0.0.0',
    '0',
    '169.254.169.254',
    '10.0.0.1',
    'localhost',
    'LOCALHOST',
    '①②⑦.⓪.⓪.①',
  ])('%s is blocked before anything is sent', async (host) => {
    const { port, seen } = await receiver((_request, response) => response.end());
    expect(await outcome(wayOut([]), { url: `http://${host}:${port}/` })).toBe('blocked');
    expect(seen).toHaveLength(0);
  });

  it('are let through where the operator lists them, or names them as a dependency', async () => {
    const { url } = await receiver((_request, response) => response.end());
    expect(await outcome(wayOut(['127.0.0.0/8']), { url })).toBe(200);
    expect(await outcome(wayOut([]), { url, ownDependency: true })).toBe(200);
  });

  it('do not reuse the connection of somebody who may', async () => {
    const { url, seen } = await receiver((_request, response) => response.end());
    const outgoing = wayOut([]);
    expect(await outcome(outgoing, { url, ownDependency: true })).toBe(200);
    expect(await outcome(outgoing, { url })).toBe('blocked');
    outgoing.setAllowPrivate(['127.0.0.1']);
    expect(await outcome(outgoing, { url })).toBe(200);
    outgoing.setAllowPrivate([]);
    expect(await outcome(outgoing, { url })).toBe('blocked');
    expect(seen).toHaveLength(2);
  });

  it('are judged by the address that is connected to, however often the name changes its mind', async () => {
    const { port, seen } = await receiver((_request, response) => response.end());
    let asked = 0;
    // A name that is public for whoever checks first, and this machine for whoever connects then.
    const rebinding: Resolve = (_host, callback) => {
      asked += 1;
      const address = asked === 1 ? '192.0.2.1' : '127.0.0.1';
      callback(null, [{ address, family: 4 }]);
    };
    const outgoing = wayOut([], rebinding);
    expect(await outcome(outgoing, { url: `http://rebind.example:${port}/`, timeoutMs: 300 })).toBe(
      'blocked',
    );
    expect(await outcome(outgoing, { url: `http://rebind.example:${port}/` })).toBe('blocked');
    expect(asked).toBe(2);
    expect(seen).toHaveLength(0);
  });

  it('leave out the private addresses of a name that has others', async () => {
    const { port, seen } = await receiver((_request, response) => response.end());
    const mixed: Resolve = (_host, callback) =>
      callback(null, [
        { address: '10.255.255.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    expect(await outcome(wayOut(['127.0.0.1'], mixed), { url: `http://both.example:${port}/` })).toBe(200);
    expect(seen).toHaveLength(1);
  });

  it('are blocked for plain connections too', async () => {
    const server = createTcpServer((socket) => socket.on('error', () => undefined).end('220 ready\r\n'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => {
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const codeOf = (host: string, outgoing: Outgoing) =>
      outgoing.connect({ host, port }).then(
        (socket) => socket.destroy() && 'connected',
        (error: unknown) => (error as { code: string }).code,
      );
    for (const host of ['127.0.0.1', '0x7f000001', '2130706433', '127.1', 'localhost', '::ffff:127.0.0.1'])
      expect([host, await codeOf(host, wayOut([]))]).toEqual([host, 'blocked']);
    expect(await codeOf('127.0.0.1', wayOut())).toBe('connected');
    expect(await codeOf('127.0.0.1', wayOut(['10.0.0.0/8']))).toBe('blocked');
  });
});

describe('redirects', () => {
  it('are not followed unless asked for', async () => {
    const { url, seen } = await receiver((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    );
    const answer = await wayOut().request({ url });
    expect([answer.status, answer.headers['location']]).toEqual([302, 'http://169.254.169.254/']);
    expect(seen).toHaveLength(1);
  });

  it('are judged like the first address, and lose the trust in it', async () => {
    const inner = await receiver((_request, response) => response.end());
    const outer = await receiver((_request, response) =>
      response.writeHead(302, { location: inner.url }).end(),
    );
    const request = { url: outer.url, redirectsMax: 3, ownDependency: true };
    expect(await outcome(wayOut([]), request)).toBe('blocked');
    expect(inner.seen).toHaveLength(0);
    const metadata = await receiver((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
    );
    expect(await outcome(wayOut(), { url: metadata.url, redirectsMax: 3 })).toBe('blocked');
  });

  it('take no credential to another host, by whatever header, and keep them on the same one', async () => {
    const other = await receiver((_request, response) => response.end('other'));
    const first = await receiver((request, response) => {
      const location = request.url === '/same' ? '/again' : request.url === '/away' ? other.url : undefined;
      response
        .writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location })
        .end();
    });
    const headers = { authorization: 'Bearer t', cookie: 'c=1', 'x-api-key': 'k', accept: 'text/plain' };
    const outgoing = wayOut();
    await outgoing.request({ url: `${first.url}/same`, headers, redirectsMax: 2 });
    const again = first.seen.at(-1)?.headers;
    expect([again?.authorization, again?.['x-api-key']]).toEqual(['Bearer t', 'k']);
    const withUser = first.url.replace('http://', 'http://user:pass@');
    await outgoing.request({
      url: `${withUser}/away`,
      headers: { 'x-api-key': 'k', accept: 'text/plain' },
      redirectsMax: 2,
    });
    expect(first.seen.at(-1)?.headers.authorization).toBe(`Basic ${btoa('user:pass')}`);
    const away = other.seen.at(-1)?.headers;
    expect([away?.authorization, away?.cookie, away?.['x-api-key'], away?.accept]).toEqual([
      undefined,
      undefined,
      undefined,
      'text/plain',
    ]);
  });

  it('take no body to another host, and end', async () => {
    const other = await receiver((_request, response) => response.end());
    const first = await receiver((request, response) =>
      response.writeHead(307, { location: request.url === '/away' ? other.url : '/loop' }).end(),
    );
    const outgoing = wayOut();
    const post = { method: 'POST', body: '{"routing_key":"secret"}', redirectsMax: 3 };
    expect(await outcome(outgoing, { url: `${first.url}/away`, ...post })).toBe('redirect');
    expect(other.seen).toHaveLength(0);
    expect(await outcome(outgoing, { url: `${first.url}/loop`, ...post })).toBe(307);
    expect(first.seen).toHaveLength(5);
  });
});

describe('bounds', () => {
  it('end an answer that does not come, or does not end', async () => {
    const hanging = await receiver(() => undefined);
    const dripping = await receiver((_request, response) => {
      response.write('x');
    });
    const outgoing = wayOut();
    expect(await outcome(outgoing, { url: hanging.url, timeoutMs: 50 })).toBe('timeout');
    expect(await outcome(outgoing, { url: dripping.url, timeoutMs: 50 })).toBe('timeout');
    const leaving = new AbortController();
    const given = outcome(outgoing, { url: hanging.url, signal: leaving.signal });
    leaving.abort();
    expect(await given).toBe('aborted');
    expect(await outcome(outgoing, { url: hanging.url, signal: AbortSignal.abort() })).toBe('aborted');
  });

  it.each([
    ['identity', (bytes: Buffer) => bytes],
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('refuse the byte too many of an answer in %s', async (encoding, encode) => {
    const { url } = await receiver((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(encode(Buffer.alloc(100_001))),
    );
    expect(await outcome(wayOut(), { url, responseBytesMax: 100_000 })).toBe('too_large');
    const { body } = await wayOut().request({ url, responseBytesMax: 100_001 });
    expect(body.length).toBe(100_001);
  });

  it('name what is wrong with an answer', async () => {
    const broken = await receiver((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'),
    );
    const twice = await receiver((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync('x'))),
    );
    const brotli = await receiver((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'br' }).end('not brotli at all'),
    );
    const zstd = await receiver((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'zstd' }).end('not zstd at all'),
    );
    const cut = await receiver((_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('abc');
      setImmediate(() => response.destroy());
    });
    const outgoing = wayOut();
    expect(await outcome(outgoing, { url: broken.url })).toBe('invalid_response');
    expect(await outcome(outgoing, { url: twice.url })).toBe('invalid_response');
    expect(await outcome(outgoing, { url: brotli.url })).toBe('invalid_response');
    expect(await outcome(outgoing, { url: zstd.url })).toBe('invalid_response');
    expect(await outcome(outgoing, { url: cut.url })).toBe('unreachable');
    expect(await outcome(outgoing, { url: 'http://127.0.0.1:1/' })).toBe('unreachable');
  });

  it.each([
    { url: 'ftp://127.0.0.1/' },
    { url: 'file:///etc/passwd' },
    { url: 'nonsense' },
    { url: `http://127.0.0.1/${'x'.repeat(9000)}` },
    { url: 'http://127.0.0.1:1/', headers: { host: 'other' } },
    { url: 'http://127.0.0.1:1/', headers: { 'transfer-encoding': 'chunked' } },
    { url: 'http://127.0.0.1:1/', headers: { 'x-a': 'b\r\nc: d' } },
    { url: 'http://127.0.0.1:1/', method: 'GET /x HTTP/1.1\r\n' },
    { url: 'http://127.0.0.1:1/', timeoutMs: 0 },
    { url: 'http://127.0.0.1:1/', timeoutMs: Number.NaN },
  ])('refuse a request that cannot be meant: $url', async (request) => {
    expect(await outcome(wayOut(), request)).toBe('invalid_request');
  });

  it('tell failures without what is secret in an address', async () => {
    const failure = await wayOut()
      .request({ url: 'http://canary-user:canary-pass@127.0.0.1:1/services/canary-path?canary=query' })
      .catch((error: unknown) => error as Error);
    expect((failure as Error).message).toBe('127.0.0.1:1 cannot be reached (ECONNREFUSED)');
    expect(JSON.stringify(failure)).not.toContain('canary');
  });
});

describe('TLS', () => {
  it('trusts nobody by itself, and whom it is told', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bellwether-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
        .concat(['-keyout', key, '-out', cert, '-subj', '/CN=receiver.test'])
        .concat(['-addext', 'subjectAltName=DNS:receiver.test']),
      { stdio: 'ignore' },
    );
    const pem = readFileSync(cert, 'utf8');
    const port = await listen(
      createSecureServer({ key: readFileSync(key), cert: pem }, (_request, response) => response.end('ok')),
    );
    const outgoing = wayOut();
    const url = `https://127.0.0.1:${port}/`;
    expect(await outcome(outgoing, { url })).toBe('tls');
    expect(await outcome(outgoing, { url, tls: { ca: pem } })).toBe('tls');
    expect(await outcome(outgoing, { url, tls: { ca: pem, serverName: 'receiver.test' } })).toBe(200);
    expect(await outcome(outgoing, { url: url.replace('https', 'http') })).toBe('unreachable');
    const socket = await outgoing.connect({
      host: '127.0.0.1',
      port,
      tls: { ca: pem, serverName: 'receiver.test' },
    });
    socket.destroy();
  });
});
