/** A provider's bill against a real server's ledger: over HTTP and through the command. */

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reconciliation } from '../../packages/server/src/reconcile/reconcile.ts';
import { cli, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const run = promisify(execFile);
const data = temporaryDirectory();
const files = temporaryDirectory();
let server: RunningServer;

/** Forty requests a day for three days; GPT-4o costs $2.50, $1.25 and $10 a million tokens. */
const events = Array.from({ length: 120 }, (_none, i) => ({
  id: `r-${i}`,
  timestamp: Date.UTC(2026, 9, 1 + Math.floor(i / 40), 3, i % 40),
  provider: i % 2 === 0 ? 'openai' : 'azure_openai',
  model: 'gpt-4o',
  response_model: 'gpt-4o-2024-08-06',
  input_tokens: 1000,
  cache_read_tokens: 400,
  output_tokens: 200,
}));

beforeAll(async () => {
  server = await startServer(data.path);
  await post(server.url, events);
});

afterAll(async () => {
  await server.stop();
  data.remove();
  files.remove();
});

/** OpenAI's bill for its half of the events, for so many of the twenty requests of each day. */
function openaiBill(requests: number, factor = 1): string {
  const lines = [1, 2, 3].flatMap((day) =>
    (
      [
        ['input', 600, 2.5],
        ['cached input', 400, 1.25],
        ['output', 200, 10],
      ] as const
    ).map(([meter, tokens, price]) => {
      const quantity = tokens * requests;
      const amount = ((quantity * price * factor) / 1e6).toFixed(12);
      return `2026-10-0${day}T00:00:00+00:00,${amount},usd,${quantity},tokens,"gpt-4o-2024-08-06, ${meter}"`;
    }),
  );
  return `start_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item\n${lines.join('\n')}\n`;
}

async function send(body: string, type = 'text/csv'): Promise<{ status: number; body: Reconciliation }> {
  const response = await fetch(`${server.url}/api/v1/reconciliations`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  return { status: response.status, body: (await response.json()) as Reconciliation };
}

async function bellwether(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [cli, ...args, '--url', server.url]);
  return stdout;
}

describe('a bill', () => {
  it('that agrees has nothing to explain, and leaves out other providers', async () => {
    const { body } = await send(openaiBill(20));
    expect(body).toMatchObject({
      formats: ['OpenAI costs'],
      from: '2026-10-01',
      to: '2026-10-03',
      total: { billed_usd: '0.24', recorded_usd: '0.24', difference_usd: '0.00', capture_ratio: 1 },
      models: [
        {
          provider: 'openai',
          model: 'gpt-4o-2024-08-06',
          requests: 60,
          billed_tokens: { input: 36_000, cache_read: 24_000, output: 12_000 },
          recorded_tokens: { input: 36_000, cache_read: 24_000, output: 12_000 },
          causes: [],
        },
      ],
    });
    expect(body.days.map(({ day, difference_usd }) => [day, difference_usd])).toEqual([
      ['2026-10-01', '0.00'],
      ['2026-10-02', '0.00'],
      ['2026-10-03', '0.00'],
    ]);
  });

  it('for more requests than were recorded says how much is missing', async () => {
    const { body } = await send(openaiBill(25));
    expect(body.total).toMatchObject({ difference_usd: '0.06', capture_ratio: 0.8 });
    expect(body.models[0]?.causes).toMatchObject([{ cause: 'not_recorded', amount_usd: '0.06' }]);
  });

  it('at half the price says so', async () => {
    const { body } = await send(openaiBill(20, 0.5));
    expect(body.models[0]?.causes).toMatchObject([{ cause: 'half_price', amount_usd: '-0.12' }]);
  });

  it('that is the ledger’s own FOCUS export agrees to the last digit', async () => {
    const file = join(files.path, 'focus.csv');
    await bellwether('export', 'focus', '--format', 'csv', '--out', file);
    const result = JSON.parse(await bellwether('reconcile', file, '--format', 'json')) as Reconciliation;
    expect(result.total).toEqual({
      billed_usd: '0.48',
      recorded_usd: '0.48',
      difference_usd: '0.00',
      capture_ratio: 1,
    });
    expect(result.models.map(({ provider, causes }) => [provider, causes])).toEqual([
      ['openai', []],
      ['azure', []],
    ]);
    expect(readFileSync(file, 'utf8')).toContain('cache_read_tokens');
  });
});

describe('the command', () => {
  it('prints a table and the causes, also of compressed files', async () => {
    const file = join(files.path, 'costs.csv.gz');
    writeFileSync(file, gzipSync(openaiBill(25)));
    const text = await bellwether('reconcile', file);
    expect(text).toContain('OpenAI costs, 2026-10-01 to 2026-10-03: 9 lines\n');
    expect(text).toMatch(/openai +gpt-4o-2024-08-06 +60 +0\.3000 +0\.2400 +0\.0600 +80\.00 %/);
    expect(text).toMatch(
      /0\.0600 +tokens of the bill that the ledger does not have \(90,000 tokens on the bill, 72,000 in/,
    );
  });

  it('says what is wrong with a file', async () => {
    const file = join(files.path, 'other.csv');
    writeFileSync(file, 'a,b\n1,2\n');
    await expect(bellwether('reconcile', file)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is none of the bills that are known'),
    });
    await expect(bellwether('reconcile', join(files.path, 'nowhere.csv'))).rejects.toMatchObject({
      stderr: expect.stringContaining('ENOENT'),
    });
  });
});

describe('the server refuses', () => {
  it.each([
    ['a file that is no bill', 'a,b\n1,2\n', 'text/csv'],
    ['another currency', 'start_time_iso,amount_value,amount_currency\n2026-10-01,1,eur\n', 'text/csv'],
    ['a bill without items', '{"formats":[],"lines":0,"ignored":0,"items":[]}', 'application/json'],
    [
      'a day that is none',
      '{"formats":[],"lines":1,"ignored":0,"items":[{"day":"2026-99-01","provider":"openai","model":"","meter":"other","cost_usd":"1"}]}',
      'application/json',
    ],
    [
      'a bill of decades',
      'start_time_iso,amount_value,amount_currency\n2001-10-01,1,usd\n2026-10-01,1,usd\n',
      'text/csv',
    ],
  ])('%s', async (_what, body, type) => {
    const answer = await send(body, type);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { code: 'invalid_parameter' } });
  });
});
