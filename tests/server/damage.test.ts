import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const base = temporaryDirectory();
const scratch = temporaryDirectory();
const EVENTS = 1500;

afterAll(() => {
  for (const directory of [base, scratch]) directory.remove();
});

function events(from: number, count: number): { id: string; input_tokens: number }[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `e${from + i}`,
    timestamp: new Date(Date.UTC(2026, 9, 1) + (from + i) * 60_000).toISOString(),
    provider: 'openai',
    model: 'gpt-4o',
    user_id: `u${(from + i) % 50}`,
    input_tokens: from + i,
    output_tokens: 7,
  }));
}

interface HealthAnswer {
  readonly checks: Readonly<Record<string, readonly { readonly status: string; readonly output?: string }[]>>;
}

/** What the server says of a check, once it says what is wanted or for so long. */
async function healthOf(
  server: RunningServer,
  wanted: (text: string) => boolean,
): Promise<string> {
  let text = '';
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = (await (await fetch(`${server.url}/health`)).json()) as HealthAnswer;
    text = JSON.stringify(answer.checks);
    if (wanted(text)) break;
    await setTimeout(100);
  }
  return text;
}

/** Sends everything again, waiting while the server brings identities back. */
async function resend(server: RunningServer, count = EVENTS): Promise<{ accepted: number; duplicates: number }> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { status, body } = await post(server.url, events(0, count));
    if (status === 200) return { accepted: Number(body.accepted), duplicates: Number(body.duplicates) };
    expect(status).toBe(503);
    await setTimeout(100);
  }
  throw new Error('the server takes nothing in');
}

async function verifyOf(directory: string): Promise<{ consistent: boolean; events: number }> {
  return JSON.parse((await runCli(['verify', '--data', directory, '--json'])).stdout);
}

/** A copy of the data directory that all damage is done to. */
function copyOf(name: string): string {
  const directory = join(scratch.path, name);
  cpSync(base.path, directory, { recursive: true, verbatimSymlinks: true });
  return directory;
}

beforeAll(async () => {
  const server = await startServer(base.path);
  for (let from = 0; from < EVENTS; from += 500)
    expect((await post(server.url, events(from, 500))).status).toBe(200);
  expect(await verifyOf(base.path)).toMatchObject({ consistent: true, events: EVENTS });
  await server.stop();
});

describe('identities that were lost', () => {
  it('come back from the ledger: what is sent again is a duplicate, what was changed a conflict', async () => {
    const directory = copyOf('lost-journal');
    rmSync(join(directory, 'journal'), { recursive: true });
    const server = await startServer(directory);
    expect(await resend(server)).toEqual({ accepted: 0, duplicates: EVENTS });
    const [first] = events(0, 1);
    expect((await post(server.url, { ...first, input_tokens: 999 })).status).toBe(409);
    expect((await post(server.url, { ...first, id: 'new' })).body.accepted).toBe(1);
    await server.stop();
    // And they stay known.
    const again = await startServer(directory);
    expect(await resend(again)).toEqual({ accepted: 0, duplicates: EVENTS });
    await again.stop();
  });
});
