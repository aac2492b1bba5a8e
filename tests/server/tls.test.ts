import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const file = (name: string): string => join(directory.path, name);
let server: RunningServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

/** Makes a certificate of its own authority for localhost. */
function makeCertificate(name: string): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...curve, '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)].concat(
      ['-subj', `/CN=${name}.test`],
      ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ),
    { stdio: 'ignore' },
  );
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, unknown>;
  readonly certificate: string;
}

/** Asks over a connection of its own. */
function ask(url: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let certificate = '';
    const asking = (url.startsWith('https:') ? request : requestHttp)(
      url,
      { agent: false, ...options },
      (response) => {
        void text(response).then((body) =>
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers, certificate }),
        );
      },
    );
    asking.on('socket', (socket) => {
      socket.on('secureConnect', () => {
        const { getPeerCertificate } = socket as unknown as {
          getPeerCertificate: () => { subject: { CN: string } };
        };
        certificate = getPeerCertificate.call(socket).subject.CN;
      });
    });
    asking.on('error', reject);
    asking.end();
  });
}

async function start(tls: string, more = ''): Promise<string> {
  writeFileSync(file('bellwether.yaml'), `tls: { ${tls} }\n${more}`);
  server = await startServer(file('data'), { args: ['--config', file('bellwether.yaml')] });
  return server.url;
}

const certificate = `cert_file: "${file('server.pem')}", key_file: "${file('server.key')}"`;

describe('TLS', () => {
  it('encrypts, tells browsers to stay with it, and takes a renewed certificate', async () => {
    makeCertificate('server');
    const url = await start(certificate);
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const ca = (): string => readFileSync(file('server.pem'), 'utf8');
    const answer = await ask(`${url}/livez`, { ca: ca() });
    expect(answer).toMatchObject({ status: 200, certificate: 'server.test' });
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    await expect(ask(`${url}/livez`)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    await expect(
      ask(`${url}/livez`, { ca: ca(), maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/PROTOCOL/),
    });
    await expect(ask(url.replace('https:', 'http:'))).rejects.toMatchObject({ code: 'ECONNRESET' });
    const before = ca();
    makeCertificate('renewed');
    writeFileSync(file('server.pem'), readFileSync(file('renewed.pem')));
    // A key that does not belong to the certificate changes nothing.
    const reload = async (): Promise<number> =>
      (await ask(`${url}/-/reload`, { method: 'POST', ca: before })).status;
    expect(await reload()).toBe(422);
    expect((await ask(`${url}/livez`, { ca: before })).certificate).toBe('server.test');
    writeFileSync(file('server.key'), readFileSync(file('renewed.key')));
    expect(await reload()).toBe(200);
    expect((await ask(`${url}/livez`, { ca: ca() })).certificate).toBe('renewed.test');
  });

  it('asks for a certificate of the client where an authority is configured', async () => {
    makeCertificate('server');
    makeCertificate('client');
    makeCertificate('stranger');
    const url = await start(`${certificate}, client_ca_file: "${file('client.pem')}"`);
    const ca = readFileSync(file('server.pem'));
    // In TLS 1.3 the client learns of its refusal when it reads, or by the end of the connection.
    const alert = expect.stringMatching(/^(ERR_SSL_\w+|ECONNRESET|EPIPE)$/);
    const as = (name: string): RequestOptions => ({
      ca,
      cert: readFileSync(file(`${name}.pem`)),
      key: readFileSync(file(`${name}.key`)),
    });
    expect((await ask(`${url}/livez`, as('client'))).status).toBe(200);
    await expect(ask(`${url}/livez`, { ca })).rejects.toMatchObject({ code: alert });
    await expect(ask(`${url}/livez`, as('stranger'))).rejects.toMatchObject({ code: alert });
  });
});

describe('the port for scrapers', () => {
  it('has metrics and probes and nothing else, by the same tokens', async () => {
    const port = await freePort();
    writeFileSync(
      file('bellwether.yaml'),
      `scrape: { port: ${port} }\naccess: { open_monitoring: false, read_token: a-long-enough-token }\n`,
    );
    server = await startServer(file('data'), { args: ['--config', file('bellwether.yaml')] });
    const scrape = `http://127.0.0.1:${port}`;
    const headers = { authorization: 'Bearer a-long-enough-token' };
    expect((await ask(`${scrape}/metrics`)).status).toBe(401);
    expect(await ask(`${scrape}/metrics`, { headers })).toMatchObject({
      status: 200,
      body: expect.stringContaining('# TYPE custom_metrics_journal_pending_bytes gauge'),
    });
    expect((await ask(`${scrape}/livez`)).status).toBe(200);
    for (const path of [
      '/',
      '/health',
      '/api/v1/costs',
      '/v1/events',
      '/metrics/../api/v1/costs',
      '/METRICS',
    ])
      expect((await ask(scrape + path, { headers })).status).toBe(404);
    expect((await ask(`${server.url}/api/v1/config/schema`, { headers })).status).toBe(200);
  });
});

describe('a server that is open on loopback', () => {
  it('answers to the names of this machine only, and to no page of another site', async () => {
    server = await startServer(file('data'));
    const { url } = server;
    const { port } = new URL(url);
    const status = async (host: string): Promise<number> =>
      (await ask(`${url}/api/v1/config/schema`, { headers: { host } })).status;
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `[::1]:${port}`,
      'app.localhost',
      'LOCALHOST',
    ])
      expect([host, await status(host)]).toEqual([host, 200]);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1.evil.example',
      '10.0.0.1',
      'localhost.evil',
    ])
      expect([host, await status(host)]).toEqual([host, 403]);
    const foreign = { method: 'POST', headers: { origin: 'http://localhost:1' } };
    expect((await ask(`${url}/-/reload`, foreign)).status).toBe(403);
  });

  it('gives way to tokens as soon as there is one, for good', async () => {
    server = await startServer(file('data'));
    const { url } = server;
    const made = await fetch(`${url}/api/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'first', roles: ['admin'] }),
    });
    const { token } = (await made.json()) as { token: string };
    expect((await fetch(`${url}/api/v1/config`)).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${url}/api/v1/config`, { headers })).status).toBe(200);
    const revoked = await fetch(`${url}/api/v1/tokens/first/revoke`, { method: 'POST', headers });
    expect(revoked.status).toBe(200);
    expect((await fetch(`${url}/api/v1/config`, { headers })).status).toBe(401);
    expect((await fetch(`${url}/api/v1/config`)).status).toBe(401);
  });
});
