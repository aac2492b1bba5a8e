import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommanderError } from 'commander';
import { systemClock } from '../clock.ts';
import { type EventSink, startEventSink } from '../replay/testing/event-sink.ts';
import { CommandFailure } from './command-failure.ts';
import { replayCommand } from './replay.ts';

let folder = '';
let path = '';
let sink: EventSink;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-replay-'));
  path = join(folder, 'trace.csv');
  await writeFile(
    path,
    'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.97,4808,10\n2023-11-16 18:17:04,3180,8\n',
  );
  sink = await startEventSink();
});
afterAll(async () => {
  await sink.close();
  await rm(folder, { recursive: true });
});

/** Runs the command line `replay …`; the status is what the process would end with. */
async function run(...words: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    clock: systemClock,
  };
  const command = replayCommand({}, io)
    .exitOverride()
    .configureOutput({ writeOut: (text) => out.push(text), writeErr: (text) => err.push(text) });
  let status = 0;
  try {
    await command.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError)
      return { status: error.exitCode, stdout: out.join(''), stderr: err.join('') };
    if (!(error instanceof CommandFailure)) throw error;
    err.push(error.message);
    status = 1;
  }
  return { status, stdout: out.join(''), stderr: err.join('') };
}

describe('bellwether replay', () => {
  it('prints what it did, as text and as JSON', async () => {
    const first = await run(path, '--format', 'azure', '--url', sink.url);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toMatch(
      /^Replayed 2 rows in \d+\.\d s \([\d,]+\/s\): 2 new, 0 already there; 7,988 input and 18 output tokens\.\n$/,
    );
    const again = await run(path, '--format', 'azure', '--url', sink.url, '--json');
    expect(JSON.parse(again.stdout)).toEqual({
      file: path,
      format: 'azure',
      rows: 2,
      accepted: 0,
      duplicates: 2,
      input_tokens: 7988,
      output_tokens: 18,
      seconds: expect.any(Number),
    });
  });

  it('passes every option on', async () => {
    const other = await startEventSink();
    const options =
      '--provider openai --model gpt-4o --start 2026-11-01 --speed 1000 --batch 1 --concurrency 1 --limit 1 --gzip --history --token t --seed 5';
    const { status } = await run(path, '--format', 'azure', '--url', other.url, ...options.split(' '));
    expect(status).toBe(0);
    expect([...other.stored.values()].map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { provider: 'openai', model: 'gpt-4o', timestamp: '2026-11-01T00:00:00Z' },
    ]);
    expect(other.requests).toMatchObject([
      { path: '/v1/events?live=false', headers: { authorization: 'Bearer t', 'content-encoding': 'gzip' } },
    ]);
    await other.close();
  });

  it.each([
    [['--format', 'azure'], /missing required argument 'file'/],
    [['FILE'], /required option '--format <name>' not specified/],
    [['FILE', '--format', 'xml'], /Allowed choices are azure, mooncake, servegen, ndjson/],
    [['FILE', '--format', 'azure', '--speed', '0'], /It takes a number above 0, or max/],
    [['FILE', '--format', 'azure', '--batch', '0'], /It takes an integer from 1 to 10000/],
    [['FILE', '--format', 'azure', '--concurrency', '1000'], /It takes an integer from 1 to 64/],
    [
      ['FILE', '--format', 'azure', '--start', 'soon'],
      /--start takes RFC 3339, a date such as 2026-11-01, or now/,
    ],
    [['FILE', '--format', 'mooncake'], /Row 1: is not valid JSON. Nothing was sent/],
    [['/nonexistent', '--format', 'azure'], /\/nonexistent does not exist/],
  ])('ends with status 1 and a reason: %j', async (words, reason) => {
    const seen = sink.requests.length;
    const { status, stdout, stderr } = await run(...words.map((word) => (word === 'FILE' ? path : word)));
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(reason);
    expect(sink.requests.length).toBe(seen);
  });

  it('has help with examples', async () => {
    const { status, stdout } = await run('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('--format azure --model gpt-4o');
  });
});
