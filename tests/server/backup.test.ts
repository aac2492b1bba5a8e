import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Backups } from '../../packages/server/src/backup/backups.ts';
import { dataItems } from '../../packages/server/src/backup/data-items.ts';
import { finishRestore } from '../../packages/server/src/backup/finish-restore.ts';
import { FILES, readBackupManifest } from '../../packages/server/src/backup/manifest.ts';
import { backupIds } from '../../packages/server/src/backup/repository.ts';
import { fakeClock, systemClock } from '../../packages/server/src/clock.ts';
import { loadConfig } from '../../packages/server/src/config/index.ts';
import { silentLog } from '../../packages/server/src/log.ts';
import { openStores, type Stores } from '../../packages/server/src/stores.ts';
import {
  cli,
  inherited,
  metric,
  post,
  runCli,
  type RunningServer,
  startServer,
  temporaryDirectory,
} from './running-server.ts';

const data = temporaryDirectory();
const backups = temporaryDirectory();
const elsewhere = temporaryDirectory();

afterAll(() => {
  for (const directory of [data, backups, elsewhere]) directory.remove();
});

function events(from: number, count: number): unknown[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `e${from + i}`,
    timestamp: new Date(Date.UTC(2026, 9, 1) + (from + i) * 1000).toISOString(),
    provider: 'openai',
    model: 'gpt-4o',
    user_id: `u${(from + i) % 50}`,
    input_tokens: from + i,
    output_tokens: 7,
  }));
}

/** A hash of every row of every table of the ledger, by table. */
async function tableHashes(stores: Stores): Promise<Record<string, string>> {
  const { connection } = stores.ledger;
  const tables = await connection.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = 'bellwether' ORDER BY name`,
  );
  const hashes: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await connection.query<{ hash: string; rows: number }>(
      `SELECT count() AS rows, toString(sum(toUInt128(sipHash64(*)))) AS hash FROM bellwether.${name}`,
    );
    hashes[name] = `${row?.rows} ${row?.hash}`;
  }
  return hashes;
}

async function withStores<R>(directory: string, work: (stores: Stores) => Promise<R>): Promise<R> {
  const { config } = loadConfig({ environment: {}, overrides: { 'storage.data_dir': directory } });
  const stores = await openStores({ config, clock: systemClock, log: silentLog, actor: 'command line' });
  try {
    await stores.ledger.ready;
    await stores.ledger.settle(20_000);
    return await work(stores);
  } finally {
    await stores.close();
  }
}

describe('a backup under load', () => {
  const acknowledged: { readonly from: number; readonly beforeBackup: boolean }[] = [];
  let server: RunningServer;
  let made: { code: number; stdout: string; stderr: string };

  beforeAll(async () => {
    server = await startServer(data.path);
    const load = { isDone: false, isBackedUp: false };
    let next = 0;
    const sender = async (): Promise<void> => {
      while (!load.isDone) {
        const from = next;
        next += 100;
        const beforeBackup = !load.isBackedUp;
        const answer = await post(server.url, events(from, 100));
        if (answer.status === 200) acknowledged.push({ from, beforeBackup });
      }
    };
    const senders = [sender(), sender(), sender()];
    while (acknowledged.length < 50) await setTimeout(20);
    // What is acknowledged before the command is asked for has to be in the backup.
    load.isBackedUp = true;
    made = await runCli(['backup', backups.path, '--data', data.path, '--json']);
    load.isDone = true;
    await Promise.all(senders);
  });

  it('is made by the running server, with progress, and checked', async () => {
    expect(made.stderr).toMatch(/taking a snapshot\ncopying: 0 of \d+ files.*\n/);
    expect(made.stderr).toMatch(/checking: (\d+) of \1 files/);
    expect(made.code).toBe(0);
    const report = JSON.parse(made.stdout) as {
      id: string;
      events: number;
      new_bytes: number;
      bytes: number;
    };
    expect(report.new_bytes).toBe(report.bytes);
    expect(report.events).toBeGreaterThanOrEqual(
      acknowledged.filter(({ beforeBackup }) => beforeBackup).length * 100,
    );
    expect(await metric(server.url, 'custom_metrics_backups_total', { result: 'made' })).toBe(1);
    const verified = await runCli(['backup', 'verify', backups.path]);
    expect(verified.stdout).toContain(`${report.id} is whole: ${report.events} events`);
    const listed = await runCli(['backup', 'list', backups.path, '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      backups: [{ id: report.id, problem: null, encrypted: false }],
    });
    expect(existsSync(join(data.path, 'backup-snapshot'))).toBe(false);
  });

  it('is restored elsewhere: consistent, row for row, and what is sent again is not doubled', async () => {
    const restored = await runCli([
      'restore',
      backups.path,
      '--data',
      join(elsewhere.path, 'data'),
      '--json',
    ]);
    expect(restored).toMatchObject({ code: 0 });
    const { events: count } = JSON.parse(restored.stdout) as { events: number };
    const second = await startServer(join(elsewhere.path, 'data'));
    const verify = async () => runCli(['verify', '--data', join(elsewhere.path, 'data'), '--json']);
    expect(JSON.parse((await verify()).stdout)).toMatchObject({ consistent: true, events: count });
    let [accepted, duplicates] = [0, 0];
    let lost = 0;
    for (const { from, beforeBackup } of acknowledged) {
      const { body } = await post(second.url, events(from, 100));
      if (beforeBackup) lost += Number(body.accepted);
      accepted += Number(body.accepted);
      duplicates += Number(body.duplicates);
    }
    expect(lost).toBe(0);
    expect(duplicates).toBe(count);
    expect(accepted + duplicates).toBe(acknowledged.length * 100);
    expect(JSON.parse((await verify()).stdout)).toMatchObject({
      consistent: true,
      events: accepted + duplicates,
    });
    const changed = await post(second.url, { ...(events(0, 1)[0] as object), input_tokens: 999 });
    expect(changed.status).toBe(409);
    await second.stop();
    await server.stop();
  });

  it('taken of a stopped server gives every table back, hash for hash, and copies only what is new', async () => {
    const before = await withStores(data.path, tableHashes);
    const again = await runCli(['backup', backups.path, '--data', data.path, '--json']);
    expect(again.code).toBe(0);
    const third = await runCli(['backup', backups.path, '--data', data.path, '--json']);
    const report = JSON.parse(third.stdout) as { bytes: number; new_bytes: number };
    // The journal's database and the engine's own bookkeeping are written anew, the rows are not.
    expect(report.new_bytes).toBeLessThan(report.bytes);
    const target = join(elsewhere.path, 'again');
    expect(await runCli(['restore', backups.path, '--data', target])).toMatchObject({ code: 0 });
    expect(await withStores(target, tableHashes)).toEqual(before);
  });

  it('is made by the clock, and only so many are kept', async () => {
    const directory = join(elsewhere.path, 'scheduled');
    await withStores(data.path, async (stores) => {
      const clock = fakeClock(Date.UTC(2026, 10, 21));
      const ends: unknown[] = [];
      const made = new Backups({
        enabled: true,
        directory,
        intervalMs: 3_600_000,
        keep: 1,
        encryptionKey: null,
        dataDirectory: data.path,
        ledger: stores.ledger,
        journal: stores.journal,
        clock,
        log: silentLog,
        audit: { append: async () => null as never },
        actor: 'test',
        onEnd: (end) => ends.push(end),
      });
      const pass = async (minutes: number): Promise<void> => {
        for (let minute = 0; minute < minutes; minute += 1) {
          clock.advance(60_000);
          // What the timer began goes on by itself, in real time.
          while (stores.ledger.longWork.current !== null) await setTimeout(5);
          await setTimeout(1);
        }
      };
      await made.start();
      await pass(2);
      expect(ends).toHaveLength(1);
      const [first] = backupIds(directory);
      await pass(58);
      expect(backupIds(directory)).toEqual([first]);
      await pass(2);
      expect(ends).toHaveLength(2);
      await made.close();
      expect(backupIds(directory)).toHaveLength(1);
      expect(backupIds(directory)[0]).not.toBe(first);
    });
  });
});

/** What a data directory holds, by path. */
function contentOf(directory: string): Record<string, string> {
  const content: Record<string, string> = {};
  const walk = (path: string): void => {
    for (const name of readdirSync(join(directory, path))) {
      const inside = join(path, name);
      const stat = lstatSync(join(directory, inside));
      if (stat.isSymbolicLink()) content[inside] = `-> ${readlinkSync(join(directory, inside))}`;
      else if (stat.isDirectory()) walk(inside);
      else
        content[inside] = createHash('sha256')
          .update(readFileSync(join(directory, inside)))
          .digest('hex');
    }
  };
  for (const item of dataItems)
    if (existsSync(join(directory, item))) {
      if (lstatSync(join(directory, item)).isDirectory()) walk(item);
      else
        content[item] = createHash('sha256')
          .update(readFileSync(join(directory, item)))
          .digest('hex');
    }
  return content;
}

/** Restores a backup and kills that so long after its first word; gives how long it went on. */
async function restoreUntil(work: string, id: string, killMs: number): Promise<number> {
  const args = [cli, 'restore', backups.path, '--id', id, '--replace', '--data', work];
  const child = spawn(process.execPath, args, {
    env: inherited,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stderr.once('data', resolve));
  const begunMs = performance.now();
  const timer = Number.isFinite(killMs)
    ? systemClock.setTimeout(() => child.kill('SIGKILL'), killMs)
    : undefined;
  await ended;
  systemClock.clearTimeout(timer);
  return performance.now() - begunMs;
}

describe('a restore', () => {
  it('that is killed at any moment leaves the old data or the new, never a mixture', async () => {
    const [first = ''] = backupIds(backups.path);
    const work = join(elsewhere.path, 'killed');
    cpSync(data.path, work, { recursive: true, verbatimSymlinks: true });
    const old = contentOf(work);
    const manifest = await readBackupManifest(join(backups.path, first));
    const restored = Object.fromEntries([
      ...manifest.files.map(({ path, sha256 }) => [path, sha256]),
      ...manifest.links.map(({ path, target }) => [path, `-> ${target}`]),
    ]);
    const outcomes = { old: 0, new: 0, mixed: 0 };
    // The first is left alone, to see how long one takes.
    const wholeMs = await restoreUntil(work, first, Number.POSITIVE_INFINITY);
    for (let round = 0; round < 20; round += 1) {
      rmSync(work, { recursive: true });
      cpSync(data.path, work, { recursive: true, verbatimSymlinks: true });
      // The last two have time enough, however slow the machine has become.
      await restoreUntil(work, first, (wholeMs * (round + 1)) / (round < 18 ? 19 : 2));
      finishRestore(work);
      const found = comparable(contentOf(work));
      if (isDeepStrictEqual(found, comparable(restored))) outcomes.new += 1;
      else if (isDeepStrictEqual(found, comparable(old))) outcomes.old += 1;
      else outcomes.mixed += 1;
    }
    expect(outcomes.mixed).toBe(0);
    expect(outcomes.old + outcomes.new).toBe(20);
    expect(outcomes.old).toBeGreaterThan(0);
    expect(outcomes.new).toBeGreaterThan(0);
  });

  it('goes on where it was killed, whatever was in place by then', async () => {
    // Every prefix of the renames that a restore makes.
    for (let done = 0; done <= 3; done += 1) {
      const work = join(elsewhere.path, `prefix-${done}`);
      const staged = join(work, 'restore-staging');
      mkdirSync(staged, { recursive: true });
      for (const [at, name] of ['state.db', 'audit.key', 'audit.head'].entries()) {
        writeFileSync(join(work, name), at < done ? 'new' : 'old');
        if (at >= done) writeFileSync(join(staged, name), 'new');
      }
      writeFileSync(join(work, 'state.db-wal'), 'old');
      writeFileSync(join(work, 'erasures.json'), 'old');
      writeFileSync(
        join(work, 'restore.json'),
        JSON.stringify({ backup: 'b', items: ['state.db', 'audit.key', 'audit.head'] }),
      );
      expect(finishRestore(work)).toBe('b');
      expect(readdirSync(work).toSorted()).toEqual(['audit.head', 'audit.key', 'state.db']);
      for (const name of readdirSync(work)) expect(readFileSync(join(work, name), 'utf8')).toBe('new');
      expect(finishRestore(work)).toBeNull();
    }
  });

  it('refuses what is not whole before it touches anything, and data that are there', async () => {
    const copy = join(elsewhere.path, 'damaged');
    cpSync(backups.path, copy, { recursive: true, verbatimSymlinks: true });
    const [id = ''] = backupIds(copy);
    const target = join(elsewhere.path, 'untouched');
    cpSync(data.path, target, { recursive: true, verbatimSymlinks: true });
    const before = comparable(contentOf(target));
    const refused = await runCli(['restore', copy, '--id', id, '--data', target]);
    expect(refused.stderr).toContain('--replace');
    const manifest = await readBackupManifest(join(copy, id));
    const victim = manifest.files.find(({ bytes }) => bytes > 1000);
    const path = join(copy, id, FILES, victim?.path ?? '');
    const bytes = readFileSync(path);
    bytes[500] = (bytes[500] ?? 0) ^ 1;
    rmSync(path);
    writeFileSync(path, bytes);
    const damaged = await runCli(['restore', copy, '--id', id, '--replace', '--data', target]);
    expect(damaged.code).toBe(1);
    expect(damaged.stderr).toContain(`${victim?.path} of the backup is not what was written`);
    expect(comparable(contentOf(target))).toEqual(before);
    const text = readFileSync(join(copy, id, 'manifest.json'), 'utf8');
    const evil = text.replace('"state.db"', '"../state.db"');
    writeFileSync(join(copy, id, 'manifest.json'), evil);
    const changed = await runCli(['restore', copy, '--id', id, '--replace', '--data', target]);
    expect(changed.stderr).toContain('is not what was written');
    writeFileSync(join(copy, id, 'manifest.sha256'), createHash('sha256').update(evil).digest('hex'));
    const leading = await runCli(['restore', copy, '--id', id, '--replace', '--data', target]);
    expect(leading.stderr).toContain('names a file that no backup has');
    expect(comparable(contentOf(target))).toEqual(before);
  });

  it('is refused while a server uses the data', async () => {
    const target = join(elsewhere.path, 'used');
    cpSync(data.path, target, { recursive: true, verbatimSymlinks: true });
    const used = await startServer(target);
    rmSync(join(target, 'server.json'));
    const refused = await runCli(['restore', backups.path, '--replace', '--data', target]);
    expect(refused.stderr).toContain('stop it first');
    expect((await post(used.url, events(1_000_000, 1))).status).toBe(200);
    await used.stop();
  });
});

/** The files of a data directory without the audit log, to which a restore adds an entry. */
function comparable(content: Record<string, string>): Record<string, string> {
  // A log of SQLite that is empty says nothing.
  const skipped = /^(?:state\.db|audit\.head|engine\/engine\.(?:xml|sock)|journal\/journal\.db-wal)/;
  return Object.fromEntries(
    Object.entries(content)
      .filter(([path]) => !skipped.test(path))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
