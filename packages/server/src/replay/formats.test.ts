import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TraceFormat, traceFormats } from './formats.ts';
import type { ReplayRow, Trace, TraceOptions } from './trace.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'formats-'));
});
afterAll(() => rm(folder, { recursive: true }));

const nowMs = Date.UTC(2026, 10, 20);

async function openTrace(
  format: TraceFormat,
  content: string | Uint8Array,
  options: Partial<TraceOptions> = {},
): Promise<Trace> {
  const path = join(folder, `${format}.trace`);
  await writeFile(path, content);
  return traceFormats[format]({ path, nowMs, ...options });
}

async function rowsOf(trace: Trace): Promise<ReplayRow[]> {
  const rows: ReplayRow[] = [];
  for await (const block of trace.rows()) rows.push(...block);
  return rows;
}

const idOf = (content: string, row: number): string =>
  `${createHash('sha256').update(content).digest('hex').slice(0, 32)}-${row}`;

describe('azure', () => {
  const content =
    'TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:17:03.9799600,4808,10\r\n2023-11-16 18:17:04.0319600,3180,8\r\n';

  it('reads rows with their times to the digit, under ids of content and row', async () => {
    const trace = await openTrace('azure', content);
    const rows = await rowsOf(trace);
    expect(rows[0]).toEqual({
      row: 2,
      instant: { epochSeconds: 1_700_158_623, nanoseconds: 979_960_000 },
      event: {
        id: idOf(content, 2),
        timestamp: '2023-11-16T18:17:03.9799600Z',
        provider: 'azure',
        model: 'unknown',
        input_tokens: 4808,
        output_tokens: 10,
      },
    });
    expect([rows.length, trace.eventsTotal, trace.defaultStart]).toEqual([2, 2, null]);
    expect(trace.origin).toEqual(rows[0]?.instant);
    expect(await rowsOf(trace)).toEqual(rows);
    expect(await rowsOf(await openTrace('azure', gzipSync(content)))).toEqual(rows);
  });

  it('takes provider and model as given, columns in any order, and a zone offset', async () => {
    const later = 'GeneratedTokens,TIMESTAMP,ContextTokens\n7,2024-05-10 00:00:00.009930+02:00,9\n';
    const [row] = await rowsOf(await openTrace('azure', later, { provider: 'openai', model: 'gpt-4o' }));
    expect(row?.event).toMatchObject({
      provider: 'openai',
      model: 'gpt-4o',
      input_tokens: 9,
      output_tokens: 7,
    });
    expect(row?.instant).toEqual({ epochSeconds: Date.UTC(2024, 4, 9, 22) / 1000, nanoseconds: 9_930_000 });
  });

  it.each(['', 'TIMESTAMP,ContextTokens,GeneratedTokens', 'TIMESTAMP,ContextTokens,GeneratedTokens\n\n'])(
    'finds no row in %j',
    async (text) => {
      expect((await openTrace('azure', text)).eventsTotal).toBe(0);
    },
  );

  it.each([
    ['TIMESTAMP,ContextTokens\n', 1],
    ['a,b,c\n2023-11-16 18:17:03,1,1\n', 1],
    [`${content}2023-11-16 18:17:04,-1,8\n`, 4],
    [`${content}2023-11-16 18:17:04,1.5,8\n`, 4],
    [`${content}2023-11-16 18:17:04,1,\n`, 4],
    [`${content}2023-11-16 18:17:04,1\n`, 4],
    [`${content}2023-13-16 18:17:04,1,1\n`, 4],
    [`${content}yesterday,1,1\n`, 4],
    [`${content}2023-11-16 18:17:04,99999999999999999,1\n`, 4],
  ])('refuses %j with its row', async (text, badRow) => {
    await expect(openTrace('azure', text)).rejects.toMatchObject({ failure: 'bad_row', row: badRow });
  });
});

describe('mooncake', () => {
  const lines = [
    { timestamp: 0, input_length: 1100, output_length: 5, hash_ids: [1, 2, 3] },
    { timestamp: 27.5, input_length: 1500, output_length: 6, hash_ids: [1, 2, 4] },
    { timestamp: 3000, input_length: 600, output_length: 7, hash_ids: [1, 2] },
    { timestamp: 3000, input_length: 600, output_length: 8, hash_ids: [9, 1] },
  ];
  const content = lines.map((line) => JSON.stringify(line)).join('\n');

  it('reads rows with times from the zero of the trace', async () => {
    const trace = await openTrace('mooncake', content);
    const rows = await rowsOf(trace);
    expect(rows.map(({ row, instant }) => [row, instant.epochSeconds, instant.nanoseconds])).toEqual([
      [1, 0, 0],
      [2, 0, 27_500_000],
      [3, 3, 0],
      [4, 3, 0],
    ]);
    expect(rows[1]?.event).toEqual({
      id: idOf(content, 2),
      timestamp: 27.5,
      provider: 'moonshot_ai',
      model: 'unknown',
      input_tokens: 1500,
      output_tokens: 6,
    });
    expect(trace.origin).toEqual({ epochSeconds: 0, nanoseconds: 0 });
    expect(trace.defaultStart).toEqual({ epochSeconds: 1_735_689_600, nanoseconds: 0 });
  });

  it('takes blocks that an earlier row had, from the head of the prompt on, for cache reads', async () => {
    const rows = await rowsOf(await openTrace('mooncake', content, { prefixCache: true }));
    // The third prompt is shorter than its two blocks; in the fourth the known block is not at the head.
    expect(rows.map(({ event }) => event.cache_read_tokens)).toEqual([0, 1024, 600, 0]);
  });

  it.each([
    '[]',
    '{',
    'null',
    '{"timestamp":"0","input_length":1,"output_length":1}',
    '{"timestamp":0,"input_length":1.5,"output_length":1}',
    '{"timestamp":-1,"input_length":1,"output_length":1}',
    '{"timestamp":0,"input_length":1}',
  ])('refuses %j with its row', async (line) => {
    await expect(openTrace('mooncake', `${content}\n\n${line}\n`)).rejects.toMatchObject({
      failure: 'bad_row',
      row: 6,
    });
  });

  it('needs hash ids only to estimate the cache', async () => {
    const line = '{"timestamp":0,"input_length":1,"output_length":1}';
    expect((await openTrace('mooncake', line)).eventsTotal).toBe(1);
    await expect(openTrace('mooncake', line, { prefixCache: true })).rejects.toMatchObject({ row: 1 });
  });
});

describe('ndjson', () => {
  it('keeps events as they are, with their own id or the row’s', async () => {
    const own = {
      id: 'mine',
      timestamp: '2026-11-01T00:00:00.000000001Z',
      provider: 'openai',
      model: 'gpt-4o',
      cost_usd: '0.1',
      attributes: { a: 'b' },
    };
    const without = { timestamp: 1_700_000_000_000.25, input_tokens: 3, model: 'm' };
    const content = `${JSON.stringify(own)}\n  \n${JSON.stringify(without)}\n`;
    const rows = await rowsOf(await openTrace('ndjson', content, { provider: 'p', model: 'other' }));
    expect(rows.map(({ row, event }) => ({ row, event }))).toEqual([
      { row: 1, event: own },
      { row: 3, event: { ...without, provider: 'p', id: idOf(content, 3) } },
    ]);
    expect(rows[1]?.instant).toEqual({ epochSeconds: 1_700_000_000, nanoseconds: 250_000 });
  });

  it.each([
    ['{', 'is not valid JSON.'],
    ['7', 'An event must be a JSON object, not a number.'],
    ['null', 'An event must be a JSON object, not null.'],
    ['{"timestamp":0,"provider":"p"}', 'model'],
    ['{"timestamp":0,"provider":"p","model":"m","extra":1}', '"extra" is not a field of the event'],
    ['{"timestamp":0,"provider":"p","model":"m","input_tokens":-1}', 'input_tokens'],
    ['{"timestamp":0,"provider":"p","model":"m","__proto__":{"a":1}}', '__proto__'],
    ['{"timestamp":"2027-01-01T00:00:00Z","provider":"p","model":"m"}', 'timestamp'],
  ])('refuses %j with its row', async (line, message) => {
    const opening = openTrace('ndjson', `{"timestamp":0,"provider":"p","model":"m"}\n${line}\n`);
    await expect(opening).rejects.toMatchObject({ failure: 'bad_row', row: 2 });
    await expect(opening).rejects.toThrow(message);
  });
});

describe('a trace of lines', () => {
  it('has other ids when the content differs in one byte', async () => {
    const line = '{"timestamp":0,"provider":"p","model":"m"}\n';
    const ids = await Promise.all(
      [line, `${line}\n`].map(async (content, index) => {
        const path = join(folder, `other-${index}`);
        await writeFile(path, content);
        return (await rowsOf(await traceFormats.ndjson({ path, nowMs })))[0]?.event.id;
      }),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('refuses to go on with a file that was written to since it was checked', async () => {
    const trace = await openTrace('ndjson', '{"timestamp":0,"provider":"p","model":"m"}\n');
    await appendFile(join(folder, 'ndjson.trace'), '{"timestamp":1,"provider":"p","model":"m"}\n');
    await expect(rowsOf(trace)).rejects.toThrow('was written to while it was being read.');
  });
});
