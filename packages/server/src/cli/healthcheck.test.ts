import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeClock } from '../clock.ts';
import { noteServer } from '../data-directory.ts';
import type { HealthCheck } from '../health/index.ts';
import { createHealth } from '../health/index.ts';
import { healthcheckCommand } from './healthcheck.ts';
import type { CommandResult } from './test-output.ts';
import { runCommand } from './test-output.ts';

/** A server that answers the health endpoints from a real health with these checks. */
async function serverWith(...checks: readonly HealthCheck[]): Promise<string> {
  const health = createHealth({
    clock: fakeClock(Date.UTC(2026, 10, 20)),
    service: 'custom-metrics',
    version: '0.1.0',
    checks,
    metricsCollected: () => true,
    redact: (text) => text,
  });
  await health.start();
  onTestFinished(() => health.stop());
  return listen(
    createServer((request, response) => {
      const answer = request.url === '/livez' ? health.live() : health.health(request.headers.accept);
      response.writeHead(answer.statusCode, { 'content-type': answer.contentType }).end(answer.body);
    }),
  );
}

async function serverThat(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  return listen(createServer(answer));
}

/** An address at which nobody listens any more. */
async function closedPort(): Promise<string> {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return url;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function checkOf(name: string, status: 'healthy' | 'degraded' | 'unhealthy', critical = false): HealthCheck {
  return {
    name,
    component: 'part',
    critical,
    run: async () => ({ status, message: `${name} says\u001b[2J so` }),
  };
}

const run = async (...options: string[]): Promise<CommandResult> =>
  runCommand((output) => healthcheckCommand({}, output), ...options);

describe('healthcheck', () => {
  it.each([
    [
      [checkOf('a', 'healthy'), checkOf('b', 'healthy')],
      0,
      'healthy: custom-metrics 0.1.0 at URL, up 0 s, 2 checks passed\n',
    ],
    [
      [checkOf('a', 'degraded'), checkOf('b', 'healthy')],
      0,
      'degraded: custom-metrics 0.1.0 at URL, up 0 s, a degraded (a says [2J so)\n',
    ],
    [
      [checkOf('a', 'unhealthy', true)],
      1,
      'unhealthy: custom-metrics 0.1.0 at URL, up 0 s, a unhealthy (a says [2J so)\n',
    ],
  ])('prints one line and exits by the health: case %#', async (checks, exitCode, line) => {
    const url = await serverWith(...checks);
    const result = await run('--url', `${url}/`);
    expect([result.exitCode, result.written]).toEqual([exitCode, line.replace('URL', url)]);
  });

  it('prints JSON with the whole answer', async () => {
    const url = await serverWith(checkOf('a', 'healthy'));
    const { written, exitCode } = await run('--url', url, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(written)).toMatchObject({
      ok: true,
      url,
      live: true,
      health: { status: 'healthy', checks: { a: { status: 'healthy' } } },
      error: null,
    });
  });

  it('finds the server that runs on the data directory', async () => {
    const url = await serverWith(checkOf('a', 'healthy'));
    const dataDir = mkdtempSync(join(tmpdir(), 'bellwether-healthcheck-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    noteServer(dataDir, { pid: process.pid, url });
    const { written, exitCode } = await run('--data', dataDir);
    expect([exitCode, written]).toEqual([
      0,
      `healthy: custom-metrics 0.1.0 at ${url}, up 0 s, 1 check passed\n`,
    ]);
  });

  it('asks the address that the configuration names, where nothing says that a server runs', async () => {
    const url = await serverWith(checkOf('a', 'healthy'));
    const environment = { CUSTOM_METRICS_PORT: new URL(url).port, BELLWETHER_HOST: '0.0.0.0' };
    const { exitCode } = await runCommand(
      (output) => healthcheckCommand(environment, output),
      '--data',
      join(tmpdir(), 'bellwether-nothing-here'),
    );
    expect(exitCode).toBe(0);
  });

  it.each([
    ['nobody listens', undefined, 'down: URL: fetch failed: connect ECONNREFUSED\n'],
    [
      'there is another service',
      (_request: IncomingMessage, response: ServerResponse) => response.end('<html>'),
      'unknown: URL: the answer of /health is not one of Bellwether\n',
    ],
    [
      'the JSON is another one',
      (_request: IncomingMessage, response: ServerResponse) =>
        response.end('{"status":"UP","checks":{"a":null}}'),
      'unknown: URL: the answer of /health is not one of Bellwether\n',
    ],
    [
      'the answer redirects',
      (_request: IncomingMessage, response: ServerResponse) =>
        response.writeHead(302, { location: '/' }).end(),
      'down: URL: /livez answers 302\n',
    ],
    [
      'the answer does not end',
      (request: IncomingMessage, response: ServerResponse) =>
        request.url === '/livez' ? response.end('ok') : response.write('{'),
      'unknown: URL: no answer within 0.5 s\n',
    ],
    [
      'the answer is endless',
      (request: IncomingMessage, response: ServerResponse) =>
        request.url === '/livez' ? response.end('ok') : response.end(' '.repeat(2_000_000)),
      'unknown: URL: the answer is larger than 1048576 bytes\n',
    ],
  ])('says why there is no health when %s', async (_what, answer, line) => {
    const url = answer === undefined ? await closedPort() : await serverThat(answer);
    const { written, exitCode } = await run('--url', url, '--timeout', '0.5');
    expect([exitCode, written]).toEqual([1, line.replace('URL', url)]);
  });

  it('refuses options that it does not understand', async () => {
    expect((await run('--url', 'localhost:9091')).failure).toBe(
      '--url takes an http or https URL, not "localhost:9091"',
    );
    expect((await run('--timeout', 'soon')).failure).toBe('--timeout takes seconds, not "soon"');
  });
});
