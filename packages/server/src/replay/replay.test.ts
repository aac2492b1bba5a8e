import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { type ReplayOptions, replay } from './replay.ts';
import { type EventSink, type SinkOptions, startEventSink } from './testing/event-sink.ts';

const dataFolder = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
const hasData = existsSync(dataFolder);
if (!hasData) console.warn(`${dataFolder} is absent: the tests on published traces are left out.`);

let folder = '';
const sinks: EventSink[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'replay-'));
});
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
});
afterAll(() => rm(folder, { recursive: true }));

async function sinkFor(options: SinkOptions = {}): Promise<EventSink> {
  const sink = await startEventSink(options);
  sinks.push(sink);
  return sink;
}

function optionsFor(sink: EventSink, path: string, more: Partial<ReplayOptions> = {}): ReplayOptions {
  return {
    path,
    format: 'azure',
    url: sink.url,
    speed: 'max',
    batchRows: 100,
    concurrency: 4,
    clock: systemClock,
    signal: new AbortController().signal,
    stderr: { write: () => undefined },
    retry: { attemptsMax: 30, attemptsUnansweredMax: 30, firstPauseMs: 1, pauseMaxMs: 3, retryAfterMaxMs: 3 },
    ...more,
  };
}

async function fileOf(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** An Azure trace of that many rows, a second apart, with 100 + n input and n output tokens. */
function azureTrace(rows: number): string {
  const lines = ['TIMESTAMP,ContextTokens,GeneratedTokens'];
  for (let n = 1; n <= rows; n += 1) {
    lines.push(`2023-11-16 ${new Date(n * 1000).toISOString().slice(11, 19)}.0000001,${100 + n},${n}`);
  }
  return lines.join('\n');
}

const storedEvents = (sink: EventSink): Record<string, unknown>[] =>
  [...sink.stored.values()].map((text) => JSON.parse(text) as Record<string, unknown>);

describe('replay', () => {
  it('sends every row once, and nothing more when it is done again', async () => {
    const path = await fileOf('twice.csv', azureTrace(1050));
    const sink = await sinkFor();
    const wanted = { rows: 1050, rowsTotal: 1050, inputTokens: 656_775, outputTokens: 551_775 };
    expect(await replay(optionsFor(sink, path))).toMatchObject({ ...wanted, accepted: 1050, duplicates: 0 });
    const stored = new Map(sink.stored);
    expect(await replay(optionsFor(sink, path))).toMatchObject({ ...wanted, accepted: 0, duplicates: 1050 });
    expect(sink.stored).toEqual(stored);
    expect(storedEvents(sink)[0]?.['timestamp']).toBe('2023-11-16T00:00:01.0000001Z');
  });

  it('loses and doubles nothing over a bad connection, with an interrupted first run', async () => {
    const path = await fileOf('faults.csv', azureTrace(2000));
    const stop = new AbortController();
    const faults = [{ status: 429 }, 'cut after', { status: 507 }, 'cut before', { status: 503 }] as const;
    const sink = await sinkFor({
      misbehave: (request) => {
        if (request === 12) stop.abort();
        return request % 4 === 0 ? faults[(request / 4) % faults.length] : undefined;
      },
    });
    await expect(replay(optionsFor(sink, path, { signal: stop.signal }))).rejects.toMatchObject({
      failure: 'interrupted',
      message: expect.stringMatching(/^The replay was interrupted\. \d+ of 2,000 rows are stored; /),
    });
    expect(sink.stored.size).toBeLessThan(2000);
    const { accepted, duplicates } = await replay(optionsFor(sink, path));
    expect(accepted + duplicates).toBe(2000);
    expect(sink.stored.size).toBe(2000);
    expect(storedEvents(sink).reduce((sum, event) => sum + Number(event['output_tokens']), 0)).toBe(
      2_001_000,
    );
  });

  it('moves the first row to the start that is given, and the others with it, to the nanosecond', async () => {
    const path = await fileOf('start.csv', azureTrace(3));
    const sink = await sinkFor();
    const start = { epochSeconds: Date.UTC(2026, 10, 1) / 1000, nanoseconds: 7 };
    await replay(optionsFor(sink, path, { start }));
    expect(storedEvents(sink).map(({ timestamp }) => timestamp)).toEqual([
      '2026-11-01T00:00:00.000000007Z',
      '2026-11-01T00:00:01.000000007Z',
      '2026-11-01T00:00:02.000000007Z',
    ]);
  });

  it('puts a trace of relative times on its fixed day, so that a second run repeats it', async () => {
    const path = await fileOf('relative.jsonl', '{"timestamp":1500,"input_length":1,"output_length":2}\n');
    const sink = await sinkFor();
    for (let run = 0; run < 2; run += 1) await replay(optionsFor(sink, path, { format: 'mooncake' }));
    expect(storedEvents(sink).map(({ timestamp }) => timestamp)).toEqual(['2025-01-01T00:00:01.500Z']);
    const start = { epochSeconds: 1_700_000_000, nanoseconds: 0 };
    const other = await sinkFor();
    await replay(optionsFor(other, path, { format: 'mooncake', start }));
    expect(storedEvents(other)[0]?.['timestamp']).toBe('2023-11-14T22:13:21.500Z');
  });

  it('sends at the speed that is asked for', async () => {
    const path = await fileOf('speed.csv', azureTrace(3));
    const sink = await sinkFor();
    await replay(optionsFor(sink, path, { speed: 4 }));
    // A machine that is late sends those together that are due by then, but not all at once.
    expect(sink.requests.length).toBeGreaterThan(1);
    expect(sink.stored.size).toBe(3);
  });

  it('passes the token, asks for history, compresses and stops at the limit', async () => {
    const path = await fileOf('passed.csv', azureTrace(500));
    const sink = await sinkFor();
    const more = {
      token: 'secret',
      history: true,
      gzip: true,
      rowsMax: 250,
      provider: 'openai',
      model: 'gpt-4o',
    };
    expect(await replay(optionsFor(sink, path, more))).toMatchObject({ rows: 250, rowsTotal: 250 });
    expect(sink.requests.map(({ events }) => events).toSorted((a, b) => a - b)).toEqual([50, 100, 100]);
    expect(sink.requests[0]).toMatchObject({
      path: '/v1/events?live=false',
      headers: { authorization: 'Bearer secret', 'content-encoding': 'gzip' },
    });
    expect(storedEvents(sink)[0]).toMatchObject({ provider: 'openai', model: 'gpt-4o' });
  });

  it('refuses a file with a bad row before anything is sent', async () => {
    const path = await fileOf('bad.csv', `${azureTrace(5000)}\n2023-11-16 20:00:00,x,1\n`);
    const sink = await sinkFor();
    await expect(replay(optionsFor(sink, path))).rejects.toMatchObject({
      failure: 'bad_row',
      row: 5002,
      message: `${path}: Row 5002: ContextTokens is not a non-negative integer. Nothing was sent.`,
    });
    expect(sink.requests.length).toBe(0);
  });

  it('names the row of the file that the server refuses', async () => {
    const path = await fileOf('refused.csv', azureTrace(300));
    const sink = await sinkFor({ nowMs: Date.UTC(2023, 10, 16, 0, 4, 10) });
    await expect(replay(optionsFor(sink, path, { concurrency: 1 }))).rejects.toMatchObject({
      failure: 'refused',
      row: 252,
      message: expect.stringMatching(
        /: Row 252: The server answered 422 timestamp_in_future: .* 200 of 300 rows are stored; replaying the file again/,
      ),
    });
  });

  it('says that a file was replayed with other options', async () => {
    const path = await fileOf('conflict.csv', azureTrace(10));
    const sink = await sinkFor();
    await replay(optionsFor(sink, path));
    await expect(replay(optionsFor(sink, path, { model: 'gpt-4o' }))).rejects.toMatchObject({
      failure: 'refused',
      row: 2,
      message: expect.stringContaining('The file was replayed before with other options'),
    });
    expect(storedEvents(sink).every(({ model }) => model === 'unknown')).toBe(true);
  });

  it('says that there is no server, and that an address is none', async () => {
    const path = await fileOf('nowhere.csv', azureTrace(10));
    const sink = await sinkFor();
    await sink.close();
    const retry = {
      attemptsMax: 2,
      attemptsUnansweredMax: 2,
      firstPauseMs: 1,
      pauseMaxMs: 1,
      retryAfterMaxMs: 1,
    };
    await expect(replay(optionsFor(sink, path, { retry }))).rejects.toMatchObject({
      failure: 'unreachable',
      message: expect.stringMatching(
        /Gave up after 2 attempts: .*ECONNREFUSED.* No row was stored by this replay\.$/,
      ),
    });
    await expect(replay(optionsFor(sink, path, { url: 'localhost:9091' }))).rejects.toMatchObject({
      failure: 'refused',
      message: 'localhost:9091 is not an http or https address.',
    });
  });
});

describe.skipIf(!hasData && process.env['CI'] === undefined)('replay of published traces', () => {
  it('finds what the Azure code trace holds, and finds it once', async () => {
    const path = join(dataFolder, 'azure-llm-2023/AzureLLMInferenceTrace_code.csv.gz');
    const sink = await sinkFor();
    const wanted = { rows: 8819, inputTokens: 18_059_974, outputTokens: 245_896 };
    expect(await replay(optionsFor(sink, path))).toMatchObject({ ...wanted, accepted: 8819, duplicates: 0 });
    expect(await replay(optionsFor(sink, path))).toMatchObject({ ...wanted, accepted: 0, duplicates: 8819 });
    const sums = storedEvents(sink).reduce<[number, number]>(
      ([input, output], event) => [
        input + Number(event['input_tokens']),
        output + Number(event['output_tokens']),
      ],
      [0, 0],
    );
    expect([sink.stored.size, ...sums]).toEqual([8819, 18_059_974, 245_896]);
    expect(storedEvents(sink)[0]?.['timestamp']).toBe('2023-11-16T18:17:03.9799600Z');
  });

  it('finds what the Mooncake trace holds', async () => {
    const path = join(dataFolder, 'mooncake/synthetic_trace.jsonl.gz');
    const lines = gunzipSync(await readFile(path))
      .toString('utf8')
      .trim()
      .split('\n');
    const input = lines.reduce(
      (sum, line) => sum + (JSON.parse(line) as { input_length: number }).input_length,
      0,
    );
    const sink = await sinkFor();
    const summary = await replay(optionsFor(sink, path, { format: 'mooncake', prefixCache: true }));
    expect(summary).toMatchObject({ rows: 3993, accepted: 3993, inputTokens: input });
    const cached = storedEvents(sink).reduce((sum, event) => sum + Number(event['cache_read_tokens']), 0);
    expect(cached / input).toBeGreaterThan(0.1);
    expect(cached / input).toBeLessThan(0.9);
  });

  it('expands the first windows of the ServeGen trace', async () => {
    const path = join(dataFolder, 'servegen/client_windows_10min.csv.gz');
    const sink = await sinkFor();
    const summary = await replay(
      optionsFor(sink, path, { format: 'servegen', rowsMax: 3000, batchRows: 1000 }),
    );
    expect(summary).toMatchObject({ rows: 3000, accepted: 3000 });
    const events = storedEvents(sink);
    expect(new Set(events.map(({ model }) => model))).toEqual(new Set(['m-large']));
    expect(events.every(({ timestamp }) => String(timestamp).startsWith('2025-01-01T00:0'))).toBe(true);
    expect(await replay(optionsFor(sink, path, { format: 'servegen', rowsMax: 3000 }))).toMatchObject({
      accepted: 0,
      duplicates: 3000,
    });
  });
});
