import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../clock.ts';
import { auditActions } from './actions.ts';
import type { AuditRecord } from './log.ts';
import { DETAILS_BYTES_MAX, openAuditLog, openAuditReader } from './log.ts';
import { createSecretRegistry } from './redaction.ts';
import {
  firstBreak,
  listAll,
  openLog,
  START_MS,
  tamper,
  temporaryDirectory,
  verify,
  writtenLog,
} from './test-log.ts';

const record: AuditRecord = { actor: 'server', action: 'server.started', target: 'bellwether' };

describe('append', () => {
  it('stores an entry that can be read as it was recorded', async () => {
    const dataDir = temporaryDirectory();
    const log = await openLog(dataDir);
    const entry = await log.append({ ...record, details: { version: '0.1.0', port: 9091 } });
    expect(entry).toEqual({
      sequence: 1,
      time: '2026-11-20T10:00:00.000Z',
      actor: 'server',
      action: 'server.started',
      target: 'bellwether',
      details: { port: 9091, version: '0.1.0' },
      previousHash: '0'.repeat(64),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    const second = await log.append({ ...record, action: 'server.stopped' });
    expect([second.sequence, second.previousHash, second.details]).toEqual([2, entry.hash, {}]);
    await log.close();
    expect(await listAll(dataDir)).toEqual([entry, second]);
  });

  it('hashes an encoding that does not change, so that old logs stay verifiable', async () => {
    const log = await openLog(temporaryDirectory());
    const entry = await log.append({ ...record, details: { a: 'é', b: [1.5, null] } });
    await log.close();
    // SHA-256 of ["bellwether audit entry 1",1,"2026-11-20T10:00:00.000Z","server","server.started","bellwether",DETAILS,"000…"],
    // computed with another program.
    expect(entry.hash).toBe('b64d045f83714449d24e6811634d5ac2b82fe521856478667cb5f188cad9e051');
  });

  it('takes secrets out before anything is written', async () => {
    const dataDir = temporaryDirectory();
    const log = await openLog(dataDir);
    await log.append({
      actor: 'known-secret',
      action: 'config.loaded',
      target: 'https://me:canary-password@host/known-secret',
      details: { token: 'canary-token', note: 'has known-secret in it', 'known-secret': 1 },
    });
    const written = readdirSync(dataDir).map((file) => readFileSync(join(dataDir, file), 'latin1'));
    await log.close();
    expect(written.join('\n')).toContain('has *** in it');
    expect(written.join('\n')).not.toMatch(/known-secret|canary/);
  });

  it('keeps entries on one line, bounded and well-formed', async () => {
    const dataDir = temporaryDirectory();
    const log = await openLog(dataDir);
    await log.append({ ...record, actor: 'a\nb\u001b[31m\u0000\uD800', target: 'x'.repeat(5000) });
    await expect(
      log.append({ ...record, details: { a: 'x'.repeat(DETAILS_BYTES_MAX) } }),
    ).rejects.toMatchObject({
      name: 'StateError',
      code: 'details_too_large',
    });
    await log.close();
    const entries = await listAll(dataDir);
    expect(entries.map(({ actor, target }) => [actor, target.length])).toEqual([
      ['a\uFFFDb\uFFFD[31m\uFFFD\uFFFD', 1024],
    ]);
    expect(await firstBreak(dataDir)).toBe('intact');
  });

  it('goes on where the log ended, and takes turns with another process', async () => {
    const dataDir = await writtenLog(2);
    const [a, b] = [await openLog(dataDir), await openLog(dataDir)];
    const entries = await Promise.all([a, b, a, b].map(async (log) => log.append(record)));
    await a.close();
    await b.close();
    expect(entries.map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6]);
    expect(await verify(dataDir)).toMatchObject({ intact: true, entries: 6, warnings: [] });
  });
});

describe('list', () => {
  it('selects by time, action and page', async () => {
    const dataDir = await writtenLog(5);
    const log = await openLog(dataDir, fakeClock(START_MS + 60_000));
    await log.append(record);
    const targets = async (query: Parameters<typeof log.list>[0]): Promise<string[]> =>
      (await log.list(query)).map(({ target }) => target);
    expect(await targets({ from: '2026-11-20T10:00:01Z', to: '2026-11-20T11:00:03+01:00' })).toEqual([
      'file-2',
      'file-3',
    ]);
    expect(
      await targets({ from: '2026-11-20T10:00:01.0000001Z', to: '2026-11-20T10:00:02.0000001Z' }),
    ).toEqual(['file-3']);
    expect(await targets({ action: 'server.started' })).toEqual(['bellwether']);
    expect(await targets({ limit: 2 })).toEqual(['file-1', 'file-2']);
    expect(await targets({ limit: 2, after: 4 })).toEqual(['file-5', 'bellwether']);
    expect(await targets({ after: 6 })).toEqual([]);
    await expect(log.list({ limit: 0 })).rejects.toThrow(RangeError);
    await expect(log.list({ limit: 1001 })).rejects.toThrow(RangeError);
    await expect(log.list({ after: -1 })).rejects.toThrow(RangeError);
    await expect(log.list({ from: 'yesterday' })).rejects.toThrow(RangeError);
    await log.close();
  });

  it('marks entries that are not what was recorded, and shows what is left', async () => {
    const dataDir = await writtenLog(3);
    tamper(dataDir, "UPDATE audit_entries SET details = 'oops', actor = 'mallory' WHERE sequence = 2");
    const entries = await listAll(dataDir);
    expect(entries.map(({ actor, details, damaged }) => [actor, details, damaged])).toEqual([
      ['server', { number: 1 }, undefined],
      ['mallory', { text: 'oops' }, true],
      ['server', { number: 3 }, undefined],
    ]);
  });
});

describe('the files', () => {
  it('are for their owner only', async () => {
    const dataDir = await writtenLog(1);
    expect(readdirSync(dataDir).toSorted()).toEqual(['audit.head', 'audit.key', 'state.db']);
    expect(statSync(join(dataDir, 'audit.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dataDir, 'audit.key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('forbid changes even to who has the database open', async () => {
    const dataDir = await writtenLog(3);
    const database = new DatabaseSync(join(dataDir, 'state.db'));
    const statements = [
      "UPDATE audit_entries SET actor = 'x' WHERE sequence = 2",
      'DELETE FROM audit_entries WHERE sequence = 3',
      'DELETE FROM audit_entries',
      "INSERT OR REPLACE INTO audit_entries SELECT sequence, time, 'x', action, target, details, previous_hash, hash, seal FROM audit_entries WHERE sequence = 3",
      "INSERT INTO audit_entries VALUES (0, '', '', '', '', '{}', '', '', '')",
      'DELETE FROM audit_head',
      'UPDATE audit_head SET sequence = 2',
      "INSERT OR REPLACE INTO audit_head VALUES (1, 2, '', '')",
    ];
    const messages = statements.map((sql) => {
      try {
        database.exec(sql);
        return 'done';
      } catch (error) {
        return (error as Error).message;
      }
    });
    database.close();
    expect(messages).toEqual([
      'audit entries are never changed',
      'audit entries are never deleted',
      'audit entries are never deleted',
      'audit entries are only added at the end',
      'audit entries are only added at the end',
      'the head of the audit log is never deleted',
      'the head of the audit log only advances',
      'the audit log has one head',
    ]);
    expect(await firstBreak(dataDir)).toBe('intact');
  });

  it('are set aside when they are no database, and the server starts all the same', async () => {
    const dataDir = await writtenLog(2);
    writeFileSync(join(dataDir, 'state.db'), 'this is no database, and was one before somebody wrote to it');
    const log = await openLog(dataDir);
    expect(log.quarantined).toBe(join(dataDir, 'state.db.damaged-2026-11-20T100000.000Z'));
    expect(existsSync(String(log.quarantined))).toBe(true);
    // The outer head remembers that there were two entries: the new one leaves their place empty.
    const entry = await log.append(record);
    await log.close();
    expect(entry.sequence).toBe(3);
    expect(await firstBreak(dataDir)).toBe('1 missing');
  });

  it('are not made by a reader', () => {
    const dataDir = temporaryDirectory();
    expect(() => openAuditReader(dataDir)).toThrow(expect.objectContaining({ code: 'absent' }) as Error);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('are refused when a newer version wrote them, or another one of the same number', async () => {
    const dataDir = await writtenLog(1);
    const database = new DatabaseSync(join(dataDir, 'state.db'));
    database.exec("INSERT INTO schema_migrations VALUES ('audit', 2, 'from the future', '', '')");
    await expect(openLog(dataDir)).rejects.toMatchObject({ code: 'newer_schema' });
    database.exec(
      "DELETE FROM schema_migrations WHERE version = 2; UPDATE schema_migrations SET checksum = 'x'",
    );
    await expect(openLog(dataDir)).rejects.toMatchObject({ code: 'changed_migration' });
    database.close();
  });

  it('are refused in a directory that cannot be one', async () => {
    const dataDir = temporaryDirectory();
    writeFileSync(join(dataDir, 'file'), '');
    const opening = openAuditLog({
      dataDir: join(dataDir, 'file', 'data'),
      clock: fakeClock(0),
      secrets: createSecretRegistry(),
    });
    await expect(opening).rejects.toMatchObject({ name: 'StateError', code: 'unusable' });
  });
});

it('has actions that say noun and deed, and that the reference lists', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/reference/audit.md'), 'utf8');
  const [, table = ''] = page.split('| action | recorded when |');
  const listed = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| `([a-z]+\.[a-z_]+)` \| (.+) \|$/gm)].map(
    ([, name, text]) => [name, text],
  );
  expect(listed).toEqual(Object.entries(auditActions));
});
