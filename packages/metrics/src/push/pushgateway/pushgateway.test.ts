import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Gauge as TheirGauge, Pushgateway as TheirPushgateway, Registry as TheirRegistry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Counter } from '../../instruments/counter.ts';
import { Gauge } from '../../instruments/gauge.ts';
import { OPENMETRICS_CONTENT_TYPE } from '../../registry/content-types.ts';
import { Registry } from '../../registry/registry.ts';
import { Pushgateway } from './pushgateway.ts';

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let server: Server;
let url: string;
let received: Received[];
let status: number;

beforeEach(async () => {
  received = [];
  status = 202;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      received.push({ method, path, headers, body: Buffer.concat(chunks) });
      if (status === 0) return;
      response.writeHead(status);
      response.end('the answer');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

function registryWith(value: number): Registry {
  const registry = new Registry();
  new Gauge({ name: 'jobs', help: 'Jobs', registers: [registry] }).set(value);
  return registry;
}

describe('Pushgateway', () => {
  it('sends the same requests as prom-client', async () => {
    const theirs = new TheirRegistry();
    new TheirGauge({ name: 'jobs', help: 'Jobs', registers: [theirs] }).set(3);
    const params = { jobName: 'my job', groupings: { instance: 'a b', zone: 'eu-1' } };
    for (const gateway of [
      new TheirPushgateway(`${url}/base`, {}, theirs),
      new Pushgateway(`${url}/base`, {}, registryWith(3)),
    ]) {
      await gateway.pushAdd(params);
      await gateway.push(params);
      await gateway.delete(params);
    }
    const seen = received.map(({ method, path, body }) => [method, path, body.toString()]);
    expect(seen.slice(3)).toEqual(seen.slice(0, 3));
    expect(seen[3]).toEqual([
      'POST',
      '/base/metrics/job/my%20job/instance/a%20b/zone/eu-1',
      '# HELP jobs Jobs\n# TYPE jobs gauge\njobs 3\n',
    ]);
    expect(seen[5]?.[2]).toBe('');
  });

  it('gives the answer, with its text', async () => {
    const { resp, body } = await new Pushgateway(url, null, registryWith(1)).push({ jobName: 'j' });
    expect(body).toBe('the answer');
    expect(resp).toMatchObject({ statusCode: 202 });
  });

  it('groups by values that a path cannot hold', async () => {
    const groupings = { path: '/var/tmp', empty: '' };
    await new Pushgateway(`${url}/`, {}, registryWith(1)).push({ jobName: 'a/b', groupings });
    expect(received[0]?.path).toBe('/metrics/job@base64/YS9i/path@base64/L3Zhci90bXA/empty@base64/=');
  });

  it('compresses if asked, and leaves the options alone', async () => {
    const options = { headers: { 'Content-Encoding': 'gzip', Authorization: 'Basic eA==' } };
    const gateway = new Pushgateway(url, options, registryWith(7));
    await gateway.push({ jobName: 'j' });
    await gateway.delete({ jobName: 'j' });
    await gateway.push({ jobName: 'j' });
    const [first, removed, again] = received;
    for (const push of [first, again]) {
      expect(gunzipSync(push!.body).toString()).toContain('jobs 7');
      expect(push?.headers).toMatchObject({ authorization: 'Basic eA==', 'content-encoding': 'gzip' });
    }
    expect(removed?.headers['content-encoding']).toBeUndefined();
    expect(options.headers['Content-Encoding']).toBe('gzip');
  });

  it('pushes classic text from an OpenMetrics registry too', async () => {
    const registry = new Registry(OPENMETRICS_CONTENT_TYPE);
    new Counter({ name: 'jobs_total', help: 'Jobs', registers: [registry] }).inc(2);
    await new Pushgateway(url, {}, registry).push({ jobName: 'j' });
    expect(received[0]?.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(received[0]?.body.toString()).toBe(
      '# HELP jobs_total Jobs\n# TYPE jobs_total counter\njobs_total 2\n',
    );
  });

  it('refuses a push without job name, unless that is allowed', async () => {
    expect(() => new Pushgateway(url, {}, registryWith(1)).push({ jobName: '' })).toThrow(
      'Missing jobName parameter',
    );
    await new Pushgateway(url, { requireJobName: false }, registryWith(1)).pushAdd({ jobName: '' });
    expect(received[0]?.path).toBe('/metrics');
  });

  it('rejects with a typed error', async () => {
    const gateway = new Pushgateway(url, { timeout: 50 }, registryWith(1));
    status = 400;
    await expect(gateway.push({ jobName: 'j' })).rejects.toMatchObject({ code: 'REFUSED', status: 400 });
    status = 0;
    await expect(gateway.push({ jobName: 'j' })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const nowhere = new Pushgateway('http://127.0.0.1:1', {}, registryWith(1));
    await expect(nowhere.push({ jobName: 'j' })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      retryable: true,
    });
  });
});
