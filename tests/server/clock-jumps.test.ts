/** The wall clock of a live server is set ahead by 30 days and back by 35: nothing goes, and everything goes on. */

import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

/** Where Debian's packages put it, by architecture. */
const library = ['x86_64', 'aarch64']
  .map((name) => `/usr/lib/${name}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));
if (library === undefined)
  process.stderr.write('skipped: a clock that is set, since libfaketime is not installed\n');

const DAY_MS = 86_400_000;
/** All events are of a day that is past whatever the clock says, and within retention by the true clock. */
const EVENTS_MS = Date.now() - 6 * DAY_MS;
const BATCH = 200;
const directory = temporaryDirectory();
const offsetFile = join(directory.path, 'offset');
const configFile = join(directory.path, 'bellwether.yaml');
const exporter = createServer((_request, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4');
  response.end('# TYPE depth gauge\ndepth 1\n');
});
const waits = { timeout: 60_000, interval: 100 };
let server: RunningServer;
let events = 0;

/** Sets the clock of the running server, and of those that are started from now on. */
function setClock(offset: string): void {
  // In one step, since it is read at any moment.
  writeFileSync(`${offsetFile}.new`, offset);
  renameSync(`${offsetFile}.new`, offsetFile);
}

async function start(): Promise<RunningServer> {
  return startServer(join(directory.path, 'data'), {
    args: ['--config', configFile],
    environment: {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: offsetFile,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
  });
}

async function get<T>(path: string): Promise<T> {
  return (await fetch(`${server.url}${path}`)).json() as Promise<T>;
}

/** By how much the server's clock is ahead, in days, as the last scrape tells. */
async function daysAheadOfScrape(): Promise<number> {
  const { jobs } = await get<{ jobs: { targets: { last_success: string }[] }[] }>('/api/v1/targets');
  // A sum with 0 is never the zero that is negative.
  return Math.round((Date.parse(jobs[0]?.targets[0]?.last_success ?? '') - Date.now()) / DAY_MS) + 0;
}

async function send(): Promise<void> {
  const batch = Array.from({ length: BATCH }, (_, i) => ({
    id: `clock-${events + i}`,
    timestamp: EVENTS_MS + i,
    provider: 'openai',
    model: 'gpt-4o',
    input_tokens: 1,
  }));
  expect((await post(server.url, batch)).body).toMatchObject({ accepted: BATCH, duplicates: 0 });
  events += BATCH;
  // Whatever the clock says, what was sent before is known.
  const again = batch.map((event, i) => ({ ...event, id: `clock-${i}` }));
  expect((await post(server.url, again)).body).toMatchObject({ accepted: 0, duplicates: BATCH });
}

/** The states of the alerts that are not over, by rule. Others than those of the test may come of the clock itself. */
async function alertStates(): Promise<Record<string, string>> {
  const { alerts } = await get<{ alerts: { rule: string; state: string }[] }>('/api/v1/alerts');
  const own = alerts.filter(({ rule, state }) => ['now', 'later'].includes(rule) && state !== 'resolved');
  return Object.fromEntries(own.map(({ rule, state }) => [rule, state]));
}

/** What has to hold at any time. */
async function expectAll(daysAhead: number): Promise<void> {
  await expect.poll(daysAheadOfScrape, waits).toBe(daysAhead);
  await send();
  const retained = await fetch(`${server.url}/api/v1/retention`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const lines = (await retained.text()).trim().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    result: { events_removed: 0, events_left: 0, charge_days_removed: 0, samples_removed: 0 },
  });
  const { stdout } = await runCli(['verify', '--url', server.url, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ consistent: true, events });
  const { total } = await get<{ total: unknown }>('/api/v1/costs');
  expect(total).toMatchObject({ requests: events, input_tokens: events });
  // Told at once where nothing is waited for; and ten minutes are neither over nor begun anew in a month.
  await expect.poll(alertStates, waits).toEqual({ now: 'raised', later: 'pending' });
}

beforeAll(async () => {
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  const rule = { severity: 'high', signal: 'target_up', below: 2, matchers: ['job="depth"'] };
  const config = {
    collectors: { jobs: [{ id: 'depth', targets: [target], interval: '1s' }] },
    alerts: {
      rules: [
        { ...rule, id: 'now', for: '0s' },
        { ...rule, id: 'later', for: '10m' },
      ],
      evaluation_interval: 1,
    },
    retention: { events_days: 10, charges_days: 40 },
    outgoing: { allow_private: ['127.0.0.1'] },
  };
  writeFileSync(configFile, JSON.stringify(config));
  setClock('+0');
  if (library !== undefined) server = await start();
});

afterAll(async () => {
  await server?.stop();
  exporter.close();
  directory.remove();
});

describe.skipIf(library === undefined)('a server whose clock is set', () => {
  it('has all that is asked of it before', async () => {
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, waits).toBe(200);
    await expectAll(0);
  });

  it.each([
    { offset: '+30d', days: 30 },
    { offset: '-5d', days: -5 },
  ])('to $offset keeps everything, goes on, and starts again', async ({ offset, days }) => {
    setClock(offset);
    await expectAll(days);
    await server.stop();
    server = await start();
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status, waits).toBe(200);
    await expectAll(days);
  });
});
