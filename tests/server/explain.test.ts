/**
 * What made one month cost more than another, asked of a real server: each pair of
 * months has one cause, and the answer must name that one and add up exactly.
 */

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseUsd } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../packages/server/src/report/explain/explain.ts';
import { cli, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const run = promisify(execFile);
const data = temporaryDirectory();
const settings = temporaryDirectory();
const config = join(settings.path, 'bellwether.yaml');
let server: RunningServer;
let number = 0;

/** Requests in a month of 2026. A cheap token costs $1, a dear one $10 a million; output ten times that. */
function requests(month: number, count: number, fields: Record<string, unknown>): object[] {
  return Array.from({ length: count }, (_none, i) => {
    number += 1;
    return {
      id: `q-${number}`,
      timestamp: Date.UTC(2026, month - 1, 2, 0, i),
      provider: 'acme',
      input_tokens: 1000,
      output_tokens: 100,
      team: i % 2 === 0 ? 'red' : 'blue',
      ...fields,
    };
  });
}

const cheap = { model: 'cheap' };
const dear = { model: 'dear' };

const events = [
  ...requests(1, 30, cheap),
  ...requests(1, 10, dear),
  // Twice as much of everything.
  ...requests(2, 60, cheap),
  ...requests(2, 20, dear),
  // As many requests, more of them for the dear model.
  ...requests(3, 40, cheap),
  ...requests(3, 40, dear),
  // More tokens in a request, in the same proportion.
  ...[cheap, dear].flatMap((model) => requests(4, 40, { ...model, input_tokens: 1500, output_tokens: 150 })),
  // The price of May is another.
  ...[cheap, dear].flatMap((model) => requests(5, 40, { ...model, input_tokens: 1500, output_tokens: 150 })),
  // As many tokens, more of them output.
  ...[cheap, dear].flatMap((model) => requests(6, 40, { ...model, input_tokens: 1350, output_tokens: 300 })),
  // Waste, all of it in July: what each costs is 0.15 cents by May's prices.
  ...requests(7, 3, { ...cheap, status: 'error', error_type: 'api_error' }),
  ...requests(7, 2, { ...cheap, status: 'cancelled' }),
  ...requests(7, 5, { ...cheap, cache_hit: false }),
  ...requests(7, 1, { ...cheap, status: 'timeout', correlation_id: 'c1' }),
  ...requests(7, 1, { ...cheap, correlation_id: 'c1' }),
  ...requests(7, 1, { model: 'unknown' }),
];

const price = (model: string, input: number, bounds: string): string =>
  `  - { provider: acme, model: ${model}, ${bounds}, per_million_tokens: { input: ${input}, output: ${input * 10} } }`;

beforeAll(async () => {
  writeFileSync(
    join(settings.path, 'card.yaml'),
    `name: acme\nversion: "1"\nprices:\n${[
      price('cheap', 1, 'until: 2026-05-01'),
      price('dear', 10, 'until: 2026-05-01'),
      price('cheap', 0.75, 'from: 2026-05-01'),
      price('dear', 12, 'from: 2026-05-01'),
    ].join('\n')}\n`,
  );
  writeFileSync(config, `pricing: { cards: ["${join(settings.path, 'card.yaml')}"] }\n`);
  server = await startServer(data.path, { args: ['--config', config] });
  await post(server.url, events);
});

afterAll(async () => {
  await server.stop();
  data.remove();
  settings.remove();
});

const month = (number: number): string => `2026-0${number}-01`;

async function explain(before: number, by = 'model'): Promise<Explanation> {
  const query = new URLSearchParams({
    from: month(before + 1),
    to: month(before + 2),
    against_from: month(before),
    against_to: month(before + 1),
    by,
  });
  const response = await fetch(`${server.url}/api/v1/costs/explain?${query.toString()}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Explanation;
}

const pico = (usd: string): bigint => parseUsd(usd) ?? 0n;
const causes = ['volume_usd', 'mix_usd', 'efficiency_usd', 'blend_usd', 'price_usd'] as const;

/** The effects that are not nothing. */
function named({ effects }: Explanation): Record<string, string> {
  return Object.fromEntries(causes.filter((name) => pico(effects[name]) !== 0n).map((n) => [n, effects[n]]));
}

describe('the difference between two months', () => {
  it.each([
    ['volume', 1, { volume_usd: '0.26' }],
    ['mix', 2, { mix_usd: '0.36' }],
    ['efficiency', 3, { efficiency_usd: '0.44' }],
    ['price', 4, { price_usd: '0.21' }],
    ['blend', 5, { blend_usd: '0.6885' }],
  ])('is %s where that is the cause', async (_cause, before, effects) => {
    const explanation = await explain(before);
    expect(named(explanation)).toEqual(effects);
    expect(explanation.difference_usd).toBe(Object.values(effects)[0]);
  });

  it.each(['model', 'team', 'team,model', 'day', ''])('adds up exactly by %j', async (by) => {
    for (const before of [1, 2, 3, 4, 5, 6]) {
      const explanation = await explain(before, by);
      const { rows, effects, difference_usd: difference } = explanation;
      const sum = (of: (row: (typeof rows)[number]) => string): bigint =>
        rows.reduce((total, row) => total + pico(of(row)), 0n);
      expect(sum((row) => row.difference_usd)).toBe(pico(difference));
      for (const cause of causes) expect(sum((row) => row[cause])).toBe(pico(effects[cause]));
      for (const row of [...rows, { ...effects, difference_usd: difference }])
        expect(causes.reduce((total, cause) => total + pico(row[cause]), 0n)).toBe(pico(row.difference_usd));
      expect(pico(explanation.after.cost_usd) - pico(explanation.before.cost_usd)).toBe(pico(difference));
    }
  });

  it('is the difference of the two reports', async () => {
    const cost = async (of: number): Promise<bigint> => {
      const response = await fetch(`${server.url}/api/v1/costs?from=${month(of)}&to=${month(of + 1)}`);
      return pico(((await response.json()) as { total: { cost_usd: string } }).total.cost_usd);
    };
    expect(pico((await explain(6)).difference_usd)).toBe((await cost(7)) - (await cost(6)));
  });

  it('puts the greatest contributor first', async () => {
    const { rows } = await explain(4);
    expect(rows.map(({ key, difference_usd }) => [key['model'], difference_usd])).toEqual([
      ['dear', '0.24'],
      ['cheap', '-0.03'],
    ]);
  });
});

describe('waste', () => {
  it('is what failed, was given up, was tried again or missed the cache', async () => {
    const { after } = await explain(6);
    expect(after).toMatchObject({
      requests: 13,
      unpriced_requests: 1,
      cost_usd: '0.018',
      // Seven requests succeeded, the one without a price among them.
      cost_per_success_usd: '0.002571428571',
      waste: {
        errors: { requests: 4, cost_usd: '0.006' },
        cancelled: { requests: 2, cost_usd: '0.003' },
        retries: { requests: 1, cost_usd: '0.0015' },
        cache_misses: { requests: 5, cost_usd: '0.0075' },
      },
    });
  });
});

describe('asking', () => {
  it.each([
    ['without a beginning', '', 'from'],
    ['with half of the other period', 'from=2026-02-01&against_from=2026-01-01', 'against_to'],
    ['for an unknown dimension', 'from=2026-02-01&by=mood', 'by'],
  ])('%s is refused', async (_what, query, field) => {
    const response = await fetch(`${server.url}/api/v1/costs/explain?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_parameter', field } });
  });

  it('compares with the period of equal length just before', async () => {
    const response = await fetch(`${server.url}/api/v1/costs/explain?from=2026-02-01&to=2026-03-01`);
    const { before } = (await response.json()) as Explanation;
    expect([before.from, before.to]).toEqual(['2026-01-04T00:00:00Z', '2026-02-01T00:00:00Z']);
  });

  it('prints it for people', async () => {
    const { stdout } = await run(process.execPath, [
      cli,
      'report',
      'cost',
      '--explain',
      '--from',
      month(5),
      '--to',
      month(6),
      '--against-from',
      month(4),
      '--against-to',
      month(5),
      '--by',
      'model',
      '--url',
      server.url,
    ]);
    expect(stdout).toMatch(/model +before USD +after USD +difference +volume/);
    expect(stdout).toMatch(/dear +1\.2000 +1\.4400 +0\.2400 +0\.0000 +0\.0000 +0\.0000 +0\.0000 +0\.2400/);
    expect(stdout).toMatch(/total +1\.3200 +1\.5300 +0\.2100/);
  });
});
