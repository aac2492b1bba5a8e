import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ArchiveManifest } from '../../packages/server/src/archive/manifest.ts';
import { MasterKey } from '../../packages/server/src/encryption/index.ts';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const place = temporaryDirectory();
const running = new Set<RunningServer>();
const CANARIES = ['canary-user-71', 'canary-model-82', 'canary-attribute-93', 'canary-team-64'];

afterAll(async () => {
  for (const server of running) await server.stop();
  place.remove();
});

const keys = ['first', 'second'].map((name) => {
  const file = join(place.path, `${name}.key`);
  const hex = randomBytes(32).toString('hex');
  writeFileSync(file, hex, { mode: 0o600 });
  return { file, hex };
});
const [first, second] = keys as [{ file: string; hex: string }, { file: string; hex: string }];

/** A configuration with a key, or without. */
function configured(name: string, keyFile: string | null): string {
  const path = join(place.path, `${name}.yaml`);
  const budget = '{ id: teams, amount_usd: 1000, period: month, per: team }';
  const lines = ['metrics: { archival_enabled: false }', `budgets: { items: [${budget}] }`];
  if (keyFile !== null) lines.push(`storage: { encryption_key_file: ${keyFile} }`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}
const withKey = configured('with', first.file);
const withOther = configured('other', second.file);
const without = configured('without', null);

async function start(data: string, config: string): Promise<RunningServer> {
  const server = await startServer(join(place.path, data), { args: ['--config', config] });
  running.add(server);
  return server;
}

async function stop(server: RunningServer): Promise<void> {
  await server.stop();
  running.delete(server);
}

function events(from: number, count: number): unknown[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `e${from + i}`,
    timestamp: new Date(Date.UTC(2026, 9, 1) + (from + i) * 1000).toISOString(),
    provider: 'openai',
    model: (from + i) % 2 === 0 ? 'gpt-4o' : CANARIES[1],
    user_id: CANARIES[0],
    team: CANARIES[3],
    attributes: { note: CANARIES[2] },
    input_tokens: from + i,
    output_tokens: 7,
  }));
}

/** Files of a data directory that hold one of some texts. */
function filesWith(data: string, texts: readonly string[]): string[] {
  const root = join(place.path, data);
  const found: string[] = [];
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    let content: Buffer;
    try {
      if (!lstatSync(join(root, name)).isFile()) continue;
      content = readFileSync(join(root, name));
    } catch (error) {
      // The engine takes parts away that it has merged.
      if ((error as { code?: string }).code === 'ENOENT') continue;
      throw error;
    }
    if (texts.some((text) => content.includes(text))) found.push(name);
  }
  return found;
}

interface BudgetView {
  readonly entries: readonly { readonly key: object; readonly reserved_usd?: string }[];
}

/** Holds some of the budget of a team. */
async function reserve(url: string, key: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/api/v1/budgets/reserve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amount_usd: '0.01', key: `${CANARIES[3]} ${key}`, labels: { team: CANARIES[3] } }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const questions = [
  '/api/v1/costs?from=2026-10-01&to=2026-11-01&by=model',
  '/api/v1/costs?from=2026-10-01&to=2026-11-01&by=team',
];

async function reports(url: string): Promise<unknown[]> {
  return Promise.all(
    questions.map(async (path) => {
      const response = await fetch(`${url}${path}`);
      expect(response.status).toBe(200);
      return response.json();
    }),
  );
}

describe('a server with a key', () => {
  it('answers as one without, and leaves nothing of the events readable, running or stopped', {
    timeout: 120_000,
  }, async () => {
    const [sealed, plain] = [await start('sealed', withKey), await start('plain', without)];
    for (const server of [sealed, plain])
      for (let from = 0; from < 4000; from += 500)
        expect((await post(server.url, events(from, 500))).body['accepted']).toBe(500);
    for (const { url } of [sealed, plain])
      await expect
        .poll(async () => (await reports(url))[0], { timeout: 60_000 })
        .toMatchObject({ total: { requests: 4000 } });
    expect(await reports(sealed.url)).toEqual(await reports(plain.url));
    for (const server of [sealed, plain]) {
      const reserved = await reserve(server.url, 'first');
      expect(reserved.status).toBe(200);
      // Asked again it is the same, which it is found by in the state.
      expect((await reserve(server.url, 'first')).body['reservation']).toBe(reserved.body['reservation']);
    }
    const budgets = async (url: string) => {
      const view = (await (await fetch(`${url}/api/v1/budgets`)).json()) as { budgets: BudgetView[] };
      return view.budgets.map(({ entries }) => entries.map(({ key, reserved_usd: held }) => [key, held]));
    };
    expect(await budgets(sealed.url)).toEqual(await budgets(plain.url));
    expect(JSON.stringify(await budgets(sealed.url))).toContain(CANARIES[3]);
    const parquet = await fetch(`${sealed.url}/api/v1/export/events?format=parquet`);
    const bytes = Buffer.from(await parquet.arrayBuffer());
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
    expect(filesWith('sealed', CANARIES)).toEqual([]);
    await stop(sealed);
    await stop(plain);
    expect(filesWith('sealed', CANARIES)).toEqual([]);
    expect(filesWith('sealed', [first.hex])).toEqual([]);
    expect(sealed.output()).not.toContain(first.hex);
    // Without a key there are some: the search can find them.
    expect(filesWith('plain', CANARIES)).not.toEqual([]);
  });

  it('keeps what waits in its journal sealed, and loses nothing when it is killed', {
    timeout: 180_000,
  }, async () => {
    let sent = 4000;
    for (let round = 0; round < 3; round += 1) {
      const server = await start('sealed', withKey);
      const answers = Array.from({ length: 12 }, (_, i) => post(server.url, events(sent + i * 100, 100)));
      // Some are acknowledged, some are under way.
      await Promise.all(answers.slice(0, 4 + round));
      const ends = Promise.allSettled(answers);
      await server.kill();
      running.delete(server);
      await ends;
      expect(filesWith('sealed', CANARIES)).toEqual([]);
      const again = await start('sealed', withKey);
      for (let i = 0; i < 12; i += 1) {
        const { status } = await post(again.url, events(sent + i * 100, 100));
        expect(status).toBe(200);
      }
      sent += 1200;
      await stop(again);
    }
    const verified = await runCli(['verify', '--config', withKey, '--data', join(place.path, 'sealed')]);
    expect(verified.stdout + verified.stderr).toContain(`${sent.toLocaleString('en-US')} events`);
    expect(verified.code).toBe(0);
  });

  it('is refused other data, and the data other servers', { timeout: 60_000 }, async () => {
    const cases = [
      ['sealed', without, 'is encrypted with the key'],
      ['sealed', withOther, 'and storage.encryption_key_file has the key'],
      ['plain', withKey, 'holds data that are not encrypted'],
    ] as const;
    for (const [data, config, message] of cases) {
      const path = join(place.path, data);
      for (const command of [
        ['serve', '--port', '0'],
        ['report', 'cost'],
      ]) {
        const { code, stderr } = await runCli([...command, '--config', config, '--data', path]);
        expect(stderr).toContain(message);
        expect(stderr).not.toMatch(/\n\s+at /);
        expect(code).not.toBe(0);
      }
    }
  });

  it('has backups that stay encrypted and need its key', { timeout: 120_000 }, async () => {
    const [data, backups] = [join(place.path, 'sealed'), join(place.path, 'backups')];
    mkdirSync(backups);
    const made = await runCli(['backup', backups, '--config', withKey, '--data', data]);
    expect(made).toMatchObject({ code: 0 });
    expect(filesWith('backups', CANARIES)).toEqual([]);
    const target = join(place.path, 'restored');
    for (const config of [without, withOther]) {
      const { code, stderr } = await runCli(['restore', backups, '--config', config, '--data', target]);
      expect(stderr).toContain('is encrypted with the key');
      expect(code).not.toBe(0);
    }
    expect(await runCli(['restore', backups, '--config', withKey, '--data', target])).toMatchObject({
      code: 0,
    });
    const before = await start('sealed', withKey);
    const expected = await reports(before.url);
    await stop(before);
    const after = await start('restored', withKey);
    expect(await reports(after.url)).toEqual(expected);
    await stop(after);
  });

  it('takes the events of one without from its archive', { timeout: 120_000 }, async () => {
    const [plain, archive] = [join(place.path, 'plain'), join(place.path, 'archive')];
    expect(await runCli(['archive', archive, '--config', without, '--data', plain])).toMatchObject({
      code: 0,
    });
    const moved = await start('moved', withKey);
    const args = ['archive', 'restore', archive, '--url', moved.url, '--config', withKey];
    expect(await runCli(args)).toMatchObject({ code: 0 });
    const found = await reports(moved.url);
    // What came back is known at once, and after a restart too.
    expect((await post(moved.url, events(0, 500))).body).toMatchObject({ accepted: 0, duplicates: 500 });
    await stop(moved);
    const again = await start('moved', withKey);
    expect((await post(again.url, events(0, 500))).body).toMatchObject({ accepted: 0, duplicates: 500 });
    await stop(again);
    expect(filesWith('moved', CANARIES)).toEqual([]);
    const source = await start('plain', without);
    expect(found).toEqual(await reports(source.url));
    await stop(source);
  });

  it('puts no export among its data', { timeout: 60_000 }, async () => {
    const data = join(place.path, 'moved');
    const common = ['--config', withKey, '--data', data];
    const exported = await runCli(['export', 'events', '--out', join(data, 'e.csv'), ...common]);
    expect(exported.stderr).toContain('an export is not encrypted');
    const focus = await runCli([
      'export',
      'focus',
      '--format',
      'parquet',
      '--out',
      join(place.path, 'f'),
      ...common,
    ]);
    expect(focus.stderr).toContain('take csv or json');
    for (const { code } of [exported, focus]) expect(code).not.toBe(0);
  });
});

describe('an archive of a server with a key', () => {
  const [data, archive] = [join(place.path, 'moved'), join(place.path, 'sealed-archive')];
  const common = ['--config', withKey, '--data', data];
  const withBoth = join(place.path, 'both.yaml');
  const bothFile = join(place.path, 'both.key');

  function part(directory: string): { path: string; key?: string } {
    const { days } = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as ArchiveManifest;
    const [only] = days['2026-10-01'] ?? [];
    if (only === undefined) throw new Error('There is no file of the day.');
    return {
      path: join(directory, only.file),
      ...(only.key === undefined ? {} : { key: only.key }),
    };
  }

  async function bringBack(name: string, config: string): Promise<Awaited<ReturnType<typeof runCli>>> {
    const target = join(place.path, name);
    const server = await start(name, config);
    await stop(server);
    return runCli(['archive', 'restore', archive, '--config', config, '--data', target]);
  }

  it('is encrypted, and comes back with it', { timeout: 120_000 }, async () => {
    const made = await runCli(['archive', archive, ...common]);
    expect(made).toMatchObject({ code: 0 });
    expect(filesWith('sealed-archive', CANARIES)).toEqual([]);
    const { path, key } = part(archive);
    expect(readFileSync(path).subarray(0, 4).toString()).toBe('BWF1');
    expect(key).toMatch(/^[0-9a-f]{16}$/);
    // Again it has nothing to add, which it finds by reading it.
    expect((await runCli(['archive', archive, ...common])).stdout).toContain(
      '0 days written, 1 had been there',
    );
    expect(await bringBack('back', withKey)).toMatchObject({ code: 0 });
    const [back, moved] = [await start('back', withKey), await start('moved', withKey)];
    expect(await reports(back.url)).toEqual(await reports(moved.url));
    await stop(back);
    await stop(moved);
  });

  it('says that it needs the key, and that it was changed', { timeout: 120_000 }, async () => {
    const copied = join(place.path, 'never');
    const decrypt = (directory: string, config: string) =>
      runCli(['archive', 'decrypt', directory, copied, '--config', config]);
    const other = await decrypt(archive, withOther);
    expect(other.stderr).toMatch(/part-000001\.parquet is encrypted with the key [0-9a-f]{16}, and storage/);
    const none = await decrypt(archive, without);
    expect(none.stderr).toMatch(/part-000001\.parquet is encrypted with the key [0-9a-f]{16}; name its file/);
    const plain = join(place.path, 'plain');
    const refused = await runCli(['archive', 'restore', archive, '--config', without, '--data', plain]);
    expect(refused.stderr).toContain('; name its file');
    const copy = join(place.path, 'changed-archive');
    cpSync(archive, copy, { recursive: true });
    const { path } = part(copy);
    const bytes = readFileSync(path);
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const hashed = await decrypt(copy, withKey);
    expect(hashed.stderr).toContain('is not what the manifest says');
    // Whoever can change the file can change the manifest too.
    const manifest = readFileSync(join(copy, 'manifest.json'), 'utf8');
    const { days } = JSON.parse(manifest) as ArchiveManifest;
    const hash = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(
      join(copy, 'manifest.json'),
      manifest.replace(days['2026-10-01']?.[0]?.sha256 ?? 'none', hash),
    );
    const forged = await runCli(['archive', 'restore', copy, ...common]);
    expect(forged.stderr).toContain('is damaged, or was changed after it was encrypted');
    for (const { code } of [other, none, refused, hashed, forged]) expect(code).not.toBe(0);
    expect(existsSync(part(archive).path)).toBe(true);
  });

  it('is copied as plain Parquet, which is read without the key', { timeout: 120_000 }, async () => {
    const plain = join(place.path, 'plain-archive');
    expect(await runCli(['archive', 'decrypt', archive, plain, ...common])).toMatchObject({ code: 0 });
    const { path, key } = part(plain);
    const bytes = readFileSync(path);
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
    expect(key).toBeUndefined();
    const one = join(place.path, 'one.parquet');
    expect(await runCli(['archive', 'decrypt', part(archive).path, one, ...common])).toMatchObject({
      code: 0,
    });
    expect(readFileSync(one).equals(bytes)).toBe(true);
    const again = await runCli(['archive', 'decrypt', archive, plain, ...common]);
    expect(again.stderr).toContain('There is an archive in');
    const restore = ['archive', 'restore', plain, '--config', without, '--data', join(place.path, 'plain')];
    expect((await runCli(restore)).stdout).toMatch(
      /^0 rows of 1 day came back; 4,000 rows had been there already/,
    );
  });

  it('is brought under a newer key, and so is the data directory, and nothing needs the old one', {
    timeout: 180_000,
  }, async () => {
    writeFileSync(bothFile, `${second.hex}\n${first.hex}\n`, { mode: 0o600 });
    writeFileSync(
      withBoth,
      `metrics: { archival_enabled: false }\nstorage: { encryption_key_file: ${bothFile} }\nretention: { archive_dir: ${archive} }\n`,
    );
    const before = await start('moved', withKey);
    const expected = await reports(before.url);
    await stop(before);
    const doctor = ['doctor', '--config', withBoth, '--data', data];
    expect((await runCli(doctor)).stdout).toMatch(
      /Files of the archive .* not encrypted with the newest key: 1/,
    );
    const rotated = await start('moved', withBoth);
    expect(await reports(rotated.url)).toEqual(expected);
    const encrypt = ['archive', 'encrypt', archive, '--config', withBoth, '--data', data];
    expect((await runCli(encrypt)).stderr).toContain('stop it first');
    await stop(rotated);
    expect((await runCli(encrypt)).stdout).toContain('1 files of');
    expect((await runCli(encrypt)).stdout).toContain('0 files of');
    expect((await runCli(doctor)).stdout).not.toContain('WARNING  encryption');
    const entries = (action: string) =>
      runCli(['audit', 'list', '--data', data, '--action', action, '--json']).then(({ stdout }) =>
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { details: object }),
      );
    const [from, to] = [first, second].map(({ hex }) => new MasterKey(Buffer.from(hex, 'hex')).fingerprint);
    expect(await entries('encryption.key_rewrapped')).toMatchObject([
      // The doctor was the first to open the data with it.
      { actor: 'command line', details: { from, to } },
    ]);
    expect(await entries('archive.encrypted')).toMatchObject([
      { actor: 'command line', target: archive, details: { files: 1, from: [from], to } },
    ]);
    const old = await runCli(['verify', ...common]);
    expect(old.stderr).toContain('and storage.encryption_key_file has the key');
    const after = await start('moved', withOther);
    expect(await reports(after.url)).toEqual(expected);
    await stop(after);
    const again = ['archive', 'restore', archive, '--data', data];
    expect((await runCli([...again, '--config', withOther])).stdout).toContain('0 rows of 1 day came back');
    const copied = join(place.path, 'never');
    const byFirst = await runCli(['archive', 'decrypt', archive, copied, '--config', withKey]);
    expect(byFirst.stderr).toContain('is encrypted with the key');
    // Backups of before still need the first key, which the file has.
    const target = join(place.path, 'restored-by-both');
    const restore = ['restore', join(place.path, 'backups'), '--data', target];
    expect((await runCli([...restore, '--config', withOther])).stderr).toContain('is encrypted with the key');
    expect(await runCli([...restore, '--config', withBoth])).toMatchObject({ code: 0 });
    for (const config of [withBoth, withOther])
      expect(await runCli(['verify', '--data', target, '--config', config])).toMatchObject({ code: 0 });
  });
});
