import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
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

interface IntegrityAnswer {
  readonly status: string;
  readonly message: string;
}

/** What the server says of damage once it has read everything. */
async function integrityOf(server: RunningServer): Promise<IntegrityAnswer> {
  for (let tries = 0; tries < 600; tries += 1) {
    const health = (await (await fetch(`${server.url}/health`)).json()) as {
      checks: Record<string, IntegrityAnswer>;
    };
    const check = health.checks.integrity;
    const isBusy = check === undefined || /being|starting|not run/.test(check.message);
    if (!isBusy) return check;
    await setTimeout(100);
  }
  throw new Error(`the server does not come to an end: ${server.output()}`);
}

/** Rows of the ledger; null if it cannot be asked for them. */
async function rowsOf(server: RunningServer): Promise<number | null> {
  const answer = (await (await fetch(`${server.url}/api/v1/costs`)).json()) as {
    total?: { requests: number };
  };
  return answer.total?.requests ?? null;
}

/** Sends everything again, waiting while the server brings identities back. */
async function resend(
  server: RunningServer,
  count = EVENTS,
): Promise<{ accepted: number; duplicates: number }> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { status, body } = await post(server.url, events(0, count));
    if (status === 200) return { accepted: Number(body.accepted), duplicates: Number(body.duplicates) };
    if (status !== 503) throw new Error(`the server answered ${status}`);
    await setTimeout(100);
  }
  throw new Error('the server takes nothing in');
}

async function verifyOf(directory: string): Promise<{ consistent: boolean; events: number }> {
  return JSON.parse((await runCli(['verify', '--data', directory, '--json'])).stdout);
}

/** Waits until the engine of a server that was killed has ended too. */
async function engineGone(directory: string): Promise<void> {
  const answers = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(join(directory, 'engine', 'engine.sock'));
      socket.on('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  while (await answers()) await setTimeout(50);
}

/** A copy of the data directory that all damage is done to. */
function copyOf(name: string): string {
  const directory = join(scratch.path, name);
  cpSync(base.path, directory, { recursive: true, verbatimSymlinks: true });
  return directory;
}

beforeAll(async () => {
  const server = await startServer(base.path);
  for (let from = 0; from < EVENTS - 500; from += 500) await post(server.url, events(from, 500));
  await verifyOf(base.path);
  await server.stop();
  // Killed, it leaves a log behind that SQLite has not taken into the database yet.
  const second = await startServer(base.path);
  await post(second.url, events(EVENTS - 500, 500));
  // What is compared has to be in the ledger first.
  await verifyOf(base.path);
  await second.kill();
  await engineGone(base.path);
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

/** Numbers from 0 to below 1 that are the same in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** All files below a directory, as paths within it. */
function filesBelow(directory: string, inside = ''): string[] {
  return readdirSync(join(directory, inside), { withFileTypes: true }).flatMap((entry) => {
    const path = join(inside, entry.name);
    if (entry.isDirectory()) return filesBelow(directory, path);
    return entry.isFile() ? [path] : [];
  });
}

type Damage = 'cut' | 'flip' | 'empty';

function damage(path: string, how: Damage, random: () => number): void {
  const bytes = readFileSync(path);
  if (how === 'empty') truncateSync(path, 0);
  else if (how === 'cut') truncateSync(path, Math.floor(random() * bytes.length));
  else {
    const at = Math.floor(random() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    // Another file under the name: the copies of a backup share nothing, but parts may.
    rmSync(path);
    writeFileSync(path, bytes);
  }
}

/** The files of the parts of events; those of the engine's other tables can be made again. */
const PART = 'engine/db/store/\\w+/[^/]+/2026\\d\\d_\\d+_\\d+_\\d+/';

/** What is done to which file, and whether that takes a backup to mend. */
const trials: readonly (readonly [name: string, how: Damage, pattern: RegExp, isLossy: boolean])[] = [
  ['the journal', 'cut', /^journal\/journal\.db$/, false],
  ['the journal', 'flip', /^journal\/journal\.db$/, false],
  ['the journal', 'empty', /^journal\/journal\.db$/, false],
  ['the log of the journal', 'cut', /^journal\/journal\.db-wal$/, false],
  ['the state', 'cut', /^state\.db$/, false],
  ['data of a part', 'flip', new RegExp(`${PART}.*\\.bin$`), true],
  ['the version of a part', 'empty', new RegExp(`${PART}metadata_version\\.txt$`), true],
];

describe('damage', () => {
  const random = seeded(5);
  it.each(trials)(
    'to %s, %s, is survived, and no row goes without a word',
    async (name, how, pattern, isLossy) => {
      const directory = copyOf(`${name}-${how}`);
      const files = filesBelow(directory).filter((path) => pattern.test(path));
      const victim = files[Math.floor(random() * files.length)];
      expect(victim).toBeDefined();
      damage(join(directory, victim ?? ''), how, random);
      const server = await startServer(directory);
      const { status, message } = await integrityOf(server);
      const before = await rowsOf(server);
      const { accepted, duplicates } = await resend(server);
      expect(accepted + duplicates).toBe(EVENTS);
      const verified = await verifyOf(directory);
      const after = await rowsOf(server);
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      await server.stop();
      rmSync(directory, { recursive: true });
      const isComplete = after === EVENTS && after === (before ?? 0) + accepted;
      const isCounted = /^custom_metrics_damaged\{.*\} [1-9]/m.test(metrics);
      const isLoud = status === 'unhealthy' && /restore a backup/.test(message) && isCounted;
      const seen = `${victim}: ${status}, ${message}, ${before} + ${accepted} = ${after}, ${verified.consistent}`;
      // A question that does not touch what is damaged is answered, and the damage is told all the same.
      expect({ isTold: isComplete || isLoud, isLoud, seen }).toEqual({ isTold: true, isLoud: isLossy, seen });
    },
  );
});
