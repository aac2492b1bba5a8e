/**
 * What a real server scrapes of the exporters of model servers: over HTTPS, with a
 * client certificate and credentials from files, and shown under our own names.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metric, runCli, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const configFile = join(directory.path, 'bellwether.yaml');
const file = (name: string): string => join(directory.path, name);
const waits = { timeout: 60_000, interval: 100 };
const closers: (() => void)[] = [];
let server: RunningServer;

/** Tokens that the exporter has counted. */
let tokens = 100;
/** What came to each server: its headers, and the name in the client's certificate. */
const seen: { readonly at: string; readonly headers: IncomingMessage['headers']; readonly client: string }[] =
  [];

function exporter(at: string): RequestListener {
  return (request, response) => {
    const { subject } =
      'getPeerCertificate' in request.socket ? (request.socket as TLSSocket).getPeerCertificate() : {};
    seen.push({ at, headers: request.headers, client: String(subject?.CN ?? '') });
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(`# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="m"} ${tokens}
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="m"} 7
`);
  };
}

async function listen(listener: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => {
    listener.closeAllConnections();
    listener.close();
  });
  return `127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

/** Makes a certificate that vouches for itself. */
function certificate(name: string): { readonly key: Buffer; readonly cert: Buffer } {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...curve, '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)].concat(
      ['-subj', `/CN=${name}.test`],
      ['-addext', `subjectAltName=DNS:${name}.test`],
    ),
    { stdio: 'ignore' },
  );
  return { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)) };
}

interface TargetView {
  readonly state: string;
  readonly problem: string | null;
  readonly exporters: readonly string[];
}

async function target(job: string): Promise<TargetView | undefined> {
  const { jobs } = (await (await fetch(`${server.url}/api/v1/targets`)).json()) as {
    jobs: { readonly job: string; readonly targets: TargetView[] }[];
  };
  return jobs.find((one) => one.job === job)?.targets[0];
}

beforeAll(async () => {
  const [own, client] = [certificate('exporter'), certificate('client')];
  const mutual = { ...own, ca: client.cert, requestCert: true, rejectUnauthorized: true };
  const secure = await listen(createSecureServer(mutual, exporter('secure')));
  const plainTls = await listen(createSecureServer(own, exporter('tls')));
  const other = await listen(createServer(exporter('other')));
  const moved = await listen(
    createServer((_request, response) => {
      response.writeHead(302, { location: `http://${other}/metrics` }).end();
    }),
  );
  writeFileSync(file('token'), 'tok-canary-1\n');
  writeFileSync(file('password'), 'pass-canary-2\n');
  writeFileSync(file('scope'), 'tenant-7\n');
  const https = { scheme: 'https', interval: '1s' };
  const jobs = [
    {
      ...https,
      id: 'mutual',
      targets: [secure],
      labels: { backend: 'berlin-1' },
      bearer_token_file: file('token'),
      header_files: { 'X-Scope-OrgID': file('scope') },
      tls: {
        ca_file: file('exporter.pem'),
        cert_file: file('client.pem'),
        key_file: file('client.key'),
        server_name: 'exporter.test',
      },
    },
    {
      ...https,
      id: 'no-client',
      targets: [secure],
      tls: { ca_file: file('exporter.pem'), server_name: 'exporter.test' },
    },
    { ...https, id: 'untrusted', targets: [plainTls], bearer_token_file: file('token') },
    { ...https, id: 'misnamed', targets: [plainTls], tls: { ca_file: file('exporter.pem') } },
    {
      ...https,
      id: 'insecure',
      targets: [plainTls],
      kind: 'none',
      basic_auth: { username: 'scraper', password_file: file('password') },
      tls: { insecure: true },
    },
    { id: 'moved', targets: [moved], interval: '1s', bearer_token_file: file('token') },
    { id: 'no-file', targets: [other], interval: '1s', bearer_token_file: file('absent') },
  ];
  writeFileSync(configFile, JSON.stringify({ collectors: { jobs } }));
  server = await startServer(join(directory.path, 'data'), { args: ['--config', configFile] });
}, 60_000);

afterAll(async () => {
  await server.stop();
  for (const close of closers) close();
  directory.remove();
});

describe('exporters of model servers', () => {
  it('show under our own names, with what came since the first scrape', async () => {
    await expect.poll(() => target('mutual'), waits).toMatchObject({ state: 'up', exporters: ['vllm'] });
    const labels = { job: 'mutual', backend: 'berlin-1', model: 'm' };
    await expect.poll(() => metric(server.url, 'model_server_requests_waiting', labels), waits).toBe(7);
    tokens = 340;
    const output = { ...labels, token_type: 'output' };
    await expect.poll(() => metric(server.url, 'model_server_tokens_total', output), waits).toBe(240);
    tokens = 10;
    await expect.poll(() => metric(server.url, 'model_server_tokens_total', output), waits).toBe(250);
    const samples = async () => {
      const answer = await fetch(`${server.url}/api/v1/samples?name=model_server_tokens_total&hours=1`);
      const { series } = (await answer.json()) as { series: { values: [number, number][]; kind: string }[] };
      return { kind: series[0]?.kind, last: series[0]?.values.at(-1)?.[1] };
    };
    await expect.poll(samples, waits).toEqual({ kind: 'counter', last: 250 });
  });

  it('are left as they are where the configuration says so', async () => {
    await expect.poll(() => target('insecure'), waits).toMatchObject({ state: 'up', exporters: [] });
    expect(await metric(server.url, 'model_server_requests_waiting', { job: 'insecure' })).toBe(0);
  });
});

describe('credentials', () => {
  it('go with the request, read from their files', async () => {
    await expect.poll(() => target('insecure'), waits).toMatchObject({ state: 'up' });
    const mutual = seen.find(({ at }) => at === 'secure');
    expect(mutual?.headers['authorization']).toBe('Bearer tok-canary-1');
    expect(mutual?.headers['x-scope-orgid']).toBe('tenant-7');
    expect(mutual?.client).toBe('client.test');
    const basic = `Basic ${Buffer.from('scraper:pass-canary-2').toString('base64')}`;
    expect(seen.filter(({ at }) => at === 'tls').map(({ headers }) => headers['authorization'])).toContain(
      basic,
    );
    writeFileSync(file('token'), 'tok-canary-3\n');
    const last = () => seen.findLast(({ at }) => at === 'secure')?.headers['authorization'];
    await expect.poll(last, waits).toBe('Bearer tok-canary-3');
  });

  it('are not sent to whom nothing vouches for, nor to where a redirect leads', async () => {
    await expect.poll(async () => (await target('untrusted'))?.problem, waits).toContain('no trust in');
    await expect.poll(async () => (await target('misnamed'))?.problem, waits).toContain('no trust in');
    await expect.poll(async () => (await target('no-client'))?.state, waits).toBe('down');
    await expect.poll(async () => (await target('moved'))?.problem, waits).toBe('the target answered 302');
    const bearers = seen.filter(({ at }) => at !== 'secure').map(({ headers }) => headers['authorization']);
    expect(bearers.filter((one) => one?.startsWith('Bearer') === true)).toEqual([]);
    expect(seen.filter(({ at }) => at === 'other')).toEqual([]);
  });

  it('that cannot be read are told by their key, and show nowhere', async () => {
    await expect
      .poll(async () => (await target('no-file'))?.problem, waits)
      .toBe('the file of bearer_token_file does not exist');
    const pages = await Promise.all(
      ['/api/v1/targets', '/api/v1/config', '/metrics'].map(async (path) =>
        (await fetch(`${server.url}${path}`)).text(),
      ),
    );
    expect([...pages, server.output()].join('\n')).not.toContain('canary');
    expect(server.output()).toContain('takes any certificate');
    const { stdout } = await runCli(['check', 'config', '--config', configFile]);
    expect(stdout).toMatch(/collectors\.jobs: no-file.*does not exist/s);
  });
});
