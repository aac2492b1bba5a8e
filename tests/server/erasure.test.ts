import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, runCli, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const data = temporaryDirectory();
const outside = temporaryDirectory();
const backups = join(outside.path, 'backups');
const config = join(outside.path, 'bellwether.yaml');
const CANARY = 'canary-7f3ac1d09b42';
const SESSION = 'session-5e11aa90c7d3';
const SECRET = 'attribute-90bb12f4e6a8';
const EVENTS = 400;
/** One of now, which a budget counts. */
const NOW = { id: 'now', timestamp: Date.now(), provider: 'openai', model: 'gpt-4o', user_id: CANARY };
const ALL = EVENTS + 1;
const OFTEN = EVENTS / 20;
const MINE = OFTEN + 1;
let server: RunningServer;

function events(): Record<string, unknown>[] {
  return Array.from({ length: EVENTS }, (_, i) => ({
    id: `e${i}`,
    timestamp: new Date(Date.UTC(2026, 9, 1) + i * 900_000).toISOString(),
    provider: 'openai',
    model: 'gpt-4o',
    tenant: i % 40 === 0 ? 'b' : 'a',
    user_id: i % 20 === 0 ? CANARY : `u${i % 7}`,
    session_id: i % 20 === 0 ? SESSION : `s${i}`,
    attributes: i % 20 === 0 ? { note: SECRET } : { note: 'plain' },
    input_tokens: 1000 + i,
    output_tokens: 7,
  }));
}

/** The files below a directory that hold one of the texts as they are. */
function filesWithTraces(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => [CANARY, SESSION, SECRET].some((text) => readFileSync(path).includes(text)));
}

async function exported(url: string): Promise<string> {
  return (await fetch(`${url}/api/v1/export/events?format=json`)).text();
}

async function costs(url: string): Promise<unknown> {
  return (await fetch(`${url}/api/v1/costs?by=tenant,day`)).json();
}

async function verified(directory: string): Promise<unknown> {
  return JSON.parse((await runCli(['verify', '--data', directory, '--json'])).stdout);
}

beforeAll(async () => {
  writeFileSync(
    config,
    `backup: { directory: ${backups} }
retention: { archive_dir: ${join(data.path, 'archive')} }
budgets:
  - { id: users, amount_usd: 1000000, period: month, per: user }
`,
  );
  server = await startServer(data.path, { args: ['--config', config] });
  await post(server.url, [...events(), { ...NOW, input_tokens: 1000, output_tokens: 7 }]);
  await fetch(`${server.url}/v1/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'f1', request_id: 'e20', tenant: 'a', user_id: CANARY, quality_score: 1 }),
  });
  await verified(data.path);
});

afterAll(async () => {
  await server.stop();
  for (const directory of [data, outside]) directory.remove();
});

describe('the erasure of a user', () => {
  it('leaves no trace of whom, and every sum as it was', async () => {
    const archive = ['archive', join(data.path, 'archive'), '--before', '2026-10-04', '--data', data.path];
    expect(await runCli(archive)).toMatchObject({ code: 0 });
    const kept = ['export', 'events', '--out', join(data.path, 'kept.csv'), '--data', data.path];
    expect(await runCli(kept)).toMatchObject({ code: 0 });
    expect(await runCli(['backup', '--data', data.path, '--config', config])).toMatchObject({ code: 0 });
    const before = await costs(server.url);
    const budget = async () => (await fetch(`${server.url}/api/v1/budgets/users`)).text();
    expect(await budget()).toContain(CANARY);
    expect((await exported(server.url)).includes(CANARY)).toBe(true);
    expect(filesWithTraces(data.path).length).toBeGreaterThan(0);

    const args = ['erase', '--user', CANARY, '--data', data.path, '--config', config, '--json'];
    const erased = await runCli(args);
    expect(erased.stderr).toBe('erasing: ledger\nerasing: journal\nerasing: exports\nerasing: archive\n');
    expect(JSON.parse(erased.stdout)).toMatchObject({
      events: MINE,
      feedback: 1,
      archived_events: 15,
      exports_removed: 1,
      complete: true,
    });
    const after = await exported(server.url);
    for (const text of [CANARY, SESSION, SECRET]) expect(after.includes(text)).toBe(false);
    expect(await costs(server.url)).toEqual(before);
    expect(await verified(data.path)).toMatchObject({ consistent: true, events: ALL });
    // Budgets by user are counted anew a moment later.
    await expect.poll(() => filesWithTraces(data.path), { timeout: 20_000 }).toEqual([]);
    expect(await (await fetch(`${server.url}/api/v1/budgets/verify`)).json()).toMatchObject({
      consistent: true,
    });
    const audit = await runCli(['audit', 'list', '--data', data.path, '--json']);
    expect(audit.stdout).toContain('user.erased');
    expect(audit.stdout).not.toContain(CANARY);
    expect(server.output()).not.toContain(CANARY);
    const listed = await (await fetch(`${server.url}/api/v1/erasures`)).text();
    expect(JSON.parse(listed)).toMatchObject({ erasures: [{ scope: 'all' }] });
    // What is sent again is still known, and the user does not come back by it.
    expect((await post(server.url, events())).body).toMatchObject({ accepted: 0, duplicates: EVENTS });
  });

  it('holds again after a restore of an older backup, elsewhere', async () => {
    const target = join(outside.path, 'restored');
    expect(await runCli(['restore', backups, '--data', target])).toMatchObject({ code: 0 });
    const second = await startServer(target);
    for (let tries = 0; tries < 600 && !second.output().includes('carried out again'); tries += 1)
      await setTimeout(100);
    const text = await exported(second.url);
    for (const trace of [CANARY, SESSION, SECRET]) expect(text.includes(trace)).toBe(false);
    expect(text.includes('"u1"')).toBe(true);
    expect(await verified(target)).toMatchObject({ consistent: true, events: ALL });
    await second.stop();
    expect(filesWithTraces(target)).toEqual([]);
  });

  it('can be for one tenant', async () => {
    const other = (tenant: string) => ({
      id: `x-${tenant}`,
      timestamp: 1_790_000_000_000,
      provider: 'p',
      model: 'm',
      tenant,
      user_id: 'someone',
    });
    await post(server.url, [other('a'), other('b')]);
    const args = ['erase', '--user', 'someone', '--tenant', 'a', '--data', data.path, '--json'];
    expect(JSON.parse((await runCli(args)).stdout)).toMatchObject({ events: 1 });
    expect((await exported(server.url)).match(/"someone"/g)).toHaveLength(1);
  });

  it('refuses an empty user and unknown fields', async () => {
    for (const body of [{ user: '' }, {}, { user: 'x', who: 1 }]) {
      const answer = await fetch(`${server.url}/api/v1/erasures`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(400);
    }
  });
});

describe('pseudonyms', () => {
  it('stand for users in all that is stored, and the original id erases them', async () => {
    const directory = join(outside.path, 'pseudonyms');
    const key = join(outside.path, 'key');
    writeFileSync(key, `${'k'.repeat(40)}\n`);
    const file = join(outside.path, 'pseudonyms.yaml');
    writeFileSync(file, `identity: { pseudonym_key_file: ${key} }\n`);
    const third = await startServer(directory, { args: ['--config', file] });
    await post(third.url, events());
    await verified(directory);
    const pseudonym = `p_${createHmac('sha256', 'k'.repeat(40)).update(CANARY).digest('base64url').slice(0, 22)}`;
    const text = await exported(third.url);
    expect(text.includes(CANARY)).toBe(false);
    expect(text.split(pseudonym)).toHaveLength(OFTEN + 1);
    const args = ['erase', '--user', CANARY, '--data', directory, '--json'];
    expect(JSON.parse((await runCli(args)).stdout)).toMatchObject({ events: OFTEN });
    expect((await exported(third.url)).includes(pseudonym)).toBe(false);
    await third.stop();
  });
});
