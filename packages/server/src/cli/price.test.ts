import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { LINE_LENGTH_MAX } from './line-pipe.ts';
import { runPrice } from './price.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const clock: Clock = { ...systemClock, nowMs: () => NOW };

async function price(...lines: string[]): Promise<unknown[]> {
  const output = new PassThrough();
  const results = text(output);
  await runPrice({}, { input: Readable.from([lines.join('\n')], { objectMode: false }), output, clock });
  output.end();
  return (await results)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

/** The price command in a process of its own, as its users run it. */
function startPrice(nodeOptions: readonly string[], args: readonly string[]) {
  const command = pathToFileURL(join(import.meta.dirname, 'price.ts')).href;
  const script = `const { priceCommand } = await import('${command}');
    await priceCommand().parseAsync(${JSON.stringify(args)}, { from: 'user' });`;
  const options = ['--conditions=source', ...nodeOptions, '--input-type=module', '--eval', script];
  return spawn(process.execPath, options, { stdio: ['pipe', 'pipe', 'pipe'] });
}

const CHAT = {
  provider: 'openai',
  body: {
    model: 'gpt-4o-mini-2024-07-18',
    usage: { prompt_tokens: 1000, completion_tokens: 50, total_tokens: 1050 },
  },
};

describe('bellwether price', () => {
  it('answers a raw answer with its cost and the meters that it is the sum of', async () => {
    expect(await price(JSON.stringify(CHAT))).toEqual([
      {
        provider: 'openai',
        model: 'gpt-4o-mini-2024-07-18',
        usage: { input_tokens: 1000, output_tokens: 50 },
        cost_usd: '0.00018',
        meters: [
          { meter: 'input_tokens', quantity: 1000, unit_price_usd: '0.00000015', cost_usd: '0.00015' },
          { meter: 'output_tokens', quantity: 50, unit_price_usd: '0.0000006', cost_usd: '0.00003' },
        ],
        price_source: 'snapshot',
        price_version: 'genai-prices-0.1.8/2026-09-23',
        price_id: 'openai/gpt-4o-mini',
        unpriced: false,
      },
    ]);
  });

  it('takes the fields of an event, inside usage or beside it', async () => {
    const fields = {
      provider: 'anthropic',
      model: 'claude-haiku-4-5',
      input_tokens: 1000,
      cache_read_tokens: 400,
    };
    const { provider, model, ...usage } = fields;
    const results = await price(
      JSON.stringify({ usage: fields }),
      JSON.stringify({ provider, model, usage }),
      JSON.stringify(fields),
    );
    for (const result of results) {
      expect(result).toMatchObject({
        cost_usd: '0.00064',
        usage: { input_tokens: 1000, cache_read_tokens: 400 },
      });
    }
  });

  it('prices at the time, the tier and the cost that the line gives', async () => {
    const usage = { provider: 'openai', model: 'o3', input_tokens: 1_000_000 };
    const [then, cheap, own] = await price(
      JSON.stringify({ usage, timestamp: '2025-06-01T00:00:00Z' }),
      JSON.stringify({ usage, service_tier: 'flex' }),
      JSON.stringify({ usage, cost_usd: '0.1234567890125' }),
    );
    expect(then).toMatchObject({ cost_usd: '10.00' });
    expect(cheap).toMatchObject({ cost_usd: '1.00' });
    expect(own).toMatchObject({ cost_usd: '0.123456789012', price_source: 'caller' });
  });

  it('gives null, not 0, where there is no price or no usage', async () => {
    const [unknown, nameless, silent] = await price(
      '{"usage":{"provider":"openai","model":"gpt-99","input_tokens":5}}',
      '{"provider":"aws","body":{"usage":{"inputTokens":5,"outputTokens":1}}}',
      '{"provider":"openai","model":"gpt-4o","body":{"object":"thread","id":"x"}}',
    );
    expect(unknown).toMatchObject({ cost_usd: null, unpriced: true, meters: [], price_source: '' });
    expect(nameless).toMatchObject({
      model: '',
      usage: { input_tokens: 5, output_tokens: 1 },
      unpriced: true,
    });
    expect(silent).toMatchObject({ cost_usd: null, unpriced: true, usage: {}, usage_absent: true });
  });

  it('charges nothing for what was refused', async () => {
    const [refused] = await price('{"provider":"openai","model":"gpt-4o","body":{"error":{"message":"no"}}}');
    expect(refused).toMatchObject({ cost_usd: '0.00', unpriced: false, meters: [] });
  });

  it('says what else it knows', async () => {
    const usage = { prompt_tokens: 1000, completion_tokens: 0, cost: 0.0002, num_search_queries: 3 };
    const [result] = await price(
      JSON.stringify({ provider: 'openrouter', body: { model: 'openai/gpt-4o-mini', usage } }),
    );
    expect(result).toMatchObject({
      reported_cost_usd: '0.0002',
      not_charged: [{ meter: 'web_searches', quantity: 3 }],
    });
  });

  it('answers each bad line with an error and goes on', async () => {
    const bad: readonly (readonly [string, string])[] = [
      ['{', 'invalid_json'],
      ['[1]', 'invalid_event'],
      ['"text"', 'invalid_event'],
      ['{"provider":"openai"}', 'missing_field'],
      ['{"body":{}}', 'missing_field'],
      ['{"provider":7,"body":{}}', 'invalid_type'],
      ['{"provider":"p","api_flavor":1,"body":{}}', 'invalid_type'],
      ['{"provider":"p","status":"x","body":{}}', 'invalid_type'],
      ['{"provider":"p","timestamp":"yesterday","body":{}}', 'invalid_value'],
      ['{"usage":[]}', 'invalid_type'],
      ['{"usage":{"provider":"p","model":"m","input_tokens":-1}}', 'out_of_range'],
      ['{"usage":{"provider":"p","model":"m","input_tokens":1e999}}', 'invalid_type'],
      ['{"usage":{"provider":"p","model":"m","input_tokens":9007199254740993}}', 'out_of_range'],
      [
        '{"usage":{"provider":"p","model":"m","input_tokens":1,"cache_read_tokens":2}}',
        'inconsistent_tokens',
      ],
      ['{"usage":{"provider":"p","model":"m","promt_tokens":1}}', 'unknown_field'],
      ['{"usage":{"provider":"p","model":"m","__proto__":{"input_tokens":1}}}', 'unknown_field'],
      [`{"provider":"p","model":"${'x'.repeat(257)}","body":{}}`, 'too_long'],
    ];
    const results = await price(...bad.map(([line]) => line), '', JSON.stringify(CHAT));
    const codes = results.map((result) => (result as { error?: { code: string } }).error?.code);
    expect(codes).toEqual([...bad.map(([, code]) => code), undefined]);
  });

  it('survives answers that are made to harm', async () => {
    const deep = `${'{"usage":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const results = await price(
      `{"provider":"openai","body":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      `{"provider":"openai","body":${deep}}`,
      JSON.stringify({ provider: 'openai', body: `data: ${deep}\n\ndata: ${deep}\n\n` }),
      '{"provider":"openai","body":{"__proto__":{"usage":{"prompt_tokens":5,"completion_tokens":1}},"model":"gpt-4o"}}',
      JSON.stringify(CHAT),
    );
    expect(results).toHaveLength(5);
    expect(results.at(-1)).toMatchObject({ cost_usd: '0.00018' });
  });

  it('gives up a line that never ends and goes on with the next', async () => {
    const endless = Readable.from(
      (function* pieces() {
        for (let length = 0; length <= LINE_LENGTH_MAX; length += 1_048_576) yield 'x'.repeat(1_048_576);
        yield `\n${JSON.stringify(CHAT)}`;
      })(),
      { objectMode: false },
    );
    const output = new PassThrough();
    const results = text(output);
    expect(await runPrice({}, { input: endless, output, clock })).toBe(1);
    output.end();
    const [first, second] = (await results).split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({ error: { code: 'too_long' } });
    expect(JSON.parse(second ?? '')).toMatchObject({ cost_usd: '0.00018' });
  });

  it('reads no further than its output is taken', async () => {
    const line = `${JSON.stringify(CHAT)}\n`.repeat(100);
    let taken = 0;
    const input = Readable.from(
      (function* lines() {
        for (; taken < 5000; taken += 1) yield line;
      })(),
      { objectMode: false },
    );
    const waiting: (() => void)[] = [];
    const stuck = new Writable({
      highWaterMark: 1024,
      write: (_chunk, _encoding, done) => waiting.push(done),
    });
    const running = runPrice({}, { input, output: stuck, clock });
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBeLessThan(50);
    stuck.destroy();
    expect(await running).toBe(0);
    expect(taken).toBeLessThan(50);
  });
});

describe('the process', () => {
  it('prices with the cards that it is given, and takes a bad line for no failure', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'price-'));
    const card = join(directory, 'card.yaml');
    writeFileSync(
      card,
      'name: mine\nversion: v1\nprices: [{ provider: vllm, model: m, per_request: 0.5 }]\n',
    );
    const child = startPrice([], ['--cards', card]);
    child.stdin.end('nonsense\n{"usage":{"provider":"vllm","model":"m","input_tokens":1}}\n');
    const [results, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    rmSync(directory, { recursive: true });
    expect(results.split('\n').map((line) => line.slice(0, 40))).toEqual([
      '{"error":{"code":"invalid_json","message',
      '{"provider":"vllm","model":"m","usage":{',
      '',
    ]);
    expect(status).toBe(0);
  });

  it('exits with 1 after a bad line if it is told to be strict', async () => {
    const child = startPrice([], ['--strict']);
    child.stdin.end('nonsense\n');
    const [, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect(status).toBe(1);
  });

  it('ends quietly when nobody reads its results any more', async () => {
    const child = startPrice([], []);
    const errors = text(child.stderr);
    child.stdin.on('error', () => {});
    const lines = `${JSON.stringify(CHAT)}\n`.repeat(20_000);
    child.stdin.end(lines);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [status] = await once(child, 'exit');
    expect({ status, errors: await errors }).toEqual({ status: 0, errors: '' });
  });

  it('needs little memory for many lines', async () => {
    const child = startPrice(['--max-old-space-size=48'], []);
    const lines = `${JSON.stringify(CHAT)}\n`.repeat(1000);
    const feed = Readable.from(
      (function* batches() {
        for (let batch = 0; batch < 200; batch += 1) yield lines;
      })(),
      { objectMode: false },
    );
    feed.pipe(child.stdin);
    let results = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 10) results += 1;
    });
    const [status] = await once(child, 'exit');
    expect({ status, results }).toEqual({ status: 0, results: 200_000 });
  }, 60_000);
});
