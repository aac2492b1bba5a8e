/**
 * The examples in prom-client's own documentation, run with both clients: whatever
 * runs with prom-client must run with only the import changed, and expose the same.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import * as prom from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import * as ours from './index.ts';

const readme = readFileSync(createRequire(import.meta.url).resolve('prom-client/README.md'), 'utf8');
// Those of the Pushgateway need one that answers; they have a test of their own.
const examples = [...readme.matchAll(/```(?:js|typescript)\n([\s\S]*?)```/g)]
  .map(([, code]) => code!)
  .filter((code) => !code.includes('ateway'));

type Client = typeof prom;
const OURS = ours as unknown as Client;

/** What the examples take for granted. */
function surroundings(client: Client) {
  const metric = { name: 'in_example', help: 'h', labelNames: ['method', 'statusCode'] };
  const histogram = new client.Histogram(metric);
  const instant = (callback: (error?: unknown, result?: unknown) => void) => callback();
  return {
    require: (name: string) => (name === 'prom-client' ? client : createRequire(import.meta.url)(name)),
    histogram,
    gauge: new client.Gauge({ ...metric, name: 'example_gauge', labelNames: [] }),
    summary: new client.Summary({ ...metric, name: 'example_summary' }),
    startTimer: histogram.startTimer.bind(histogram),
    xhrRequest: instant,
    http: { get: (_url: string, callback: () => void) => callback() },
    somethingAsync: async () => 5,
    register: new client.AggregatorRegistry(),
    registry: new client.Registry(),
    registry1: new client.Registry(),
    registry2: new client.Registry(),
    client,
  };
}

/** Runs an example and gives what the default registry exposes afterwards; undefined if it does not run. */
async function run(client: Client, code: string): Promise<string | undefined> {
  const around = surroundings(client);
  const plain = code
    .replaceAll(' as const', '')
    .replaceAll(/^import \* as client from 'prom-client';/gm, "const client = require('prom-client');");
  // An example may declare what others take for granted.
  const declared = Object.entries(around).filter(
    ([name]) => !new RegExp(`(const|let) ${name}\\b`).test(plain),
  );
  const names = declared.map(([name]) => name);
  const body = `return (async () => { ${plain} })();`;
  try {
    await compileFunction(body, names)(...declared.map(([, value]) => value));
    const text = await client.register.metrics();
    // The values of default metrics and timers differ from moment to moment.
    const lines = text
      .split('\n')
      .filter((line) => !/^(my_application_)?(nodejs_|process_|in_example|example_)/.test(line));
    return lines.join('\n');
  } catch {
    return undefined;
  }
}

describe("the examples of prom-client's documentation", () => {
  afterEach(() => {
    for (const client of [prom, OURS]) {
      client.register.clear();
      client.register.setContentType(client.Registry.PROMETHEUS_CONTENT_TYPE);
    }
  });

  it('are found', () => {
    expect(examples.length).toBeGreaterThan(20);
  });

  it.each(examples.map((code, index) => [index, code.trim().split('\n').at(-1), code] as const))(
    'number %i: … %s',
    async (_index, _last, code) => {
      const theirs = await run(prom, code);
      const own = await run(OURS, code);
      expect(own === undefined && theirs !== undefined).toBe(false);
      if (theirs !== undefined) ran.push(code);
      const same = own === theirs || theirs === undefined || differences.some((part) => code.includes(part));
      expect(same ? own : theirs).toBe(own);
    },
  );

  it('mostly run as they stand', () => {
    // The others are meant to be read: they have syntax errors, or names that come from nowhere.
    expect(ran.length).toBeGreaterThan(20);
  });
});

/** The examples that ran with prom-client. */
const ran: string[] = [];

/** Where the clients differ on purpose: prom-client takes `labels` here for something else and loses a series. */
const differences = ["labels: ['method'],"];
