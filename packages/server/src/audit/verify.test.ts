import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { StoredEntry } from './entry.ts';
import { hashEntry } from './entry.ts';
import { copyOf, firstBreak, listAll, openLog, START_MS, tamper, verify, writtenLog } from './test-log.ts';

/** A seeded generator (mulberry32): the same numbers on every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const columns = ['time', 'actor', 'action', 'target', 'details', 'previous_hash', 'hash', 'seal'];

describe('verify', () => {
  it('finds a whole log whole', async () => {
    const dataDir = await writtenLog(4);
    const entries = await listAll(dataDir);
    expect(await verify(dataDir)).toEqual({
      intact: true,
      entries: 4,
      last: { sequence: 4, hash: entries[3]?.hash },
      broken: null,
      warnings: [],
    });
    const empty = await writtenLog(0);
    expect(await verify(empty)).toEqual({ intact: true, entries: 0, last: null, broken: null, warnings: [] });
  });

  it.each([
    ['a change', 'UPDATE audit_entries SET actor = actor || 1 WHERE sequence = 3', '3 altered'],
    ['a deletion', 'DELETE FROM audit_entries WHERE sequence = 3', '3 missing'],
    ['a deletion of several', 'DELETE FROM audit_entries WHERE sequence IN (2, 3)', '2 missing'],
    ['a missing beginning', 'DELETE FROM audit_entries WHERE sequence < 3', '1 missing'],
    ['a missing tail', 'DELETE FROM audit_entries WHERE sequence > 3', '4 missing'],
    ['a missing log', 'DELETE FROM audit_entries', '1 missing'],
    ['a missing head', 'DELETE FROM audit_head', '5 head'],
    ['a head set back', 'UPDATE audit_head SET sequence = 4', '5 head'],
    [
      'a tail cut off with its head set back',
      'DELETE FROM audit_entries WHERE sequence > 3; UPDATE audit_head SET (sequence, hash) = (SELECT sequence, hash FROM audit_entries WHERE sequence = 3)',
      '3 head',
    ],
    [
      'two entries that changed places',
      'UPDATE audit_entries SET sequence = 99 WHERE sequence = 2; UPDATE audit_entries SET sequence = 2 WHERE sequence = 3; UPDATE audit_entries SET sequence = 3 WHERE sequence = 99',
      '2 altered',
    ],
    [
      'numbers closed up after a deletion',
      'DELETE FROM audit_entries WHERE sequence = 2; UPDATE audit_entries SET sequence = sequence - 1 WHERE sequence > 2',
      '2 altered',
    ],
  ])('finds %s', async (_what, sql, expected) => {
    const dataDir = await writtenLog(5);
    tamper(dataDir, sql);
    expect(await firstBreak(dataDir)).toBe(expected);
  });

  it('finds a chain made anew from a changed entry on, by whoever does not have the key', async () => {
    const dataDir = await writtenLog(5);
    const database = new DatabaseSync(join(dataDir, 'state.db'));
    const rows = database.prepare('SELECT *, previous_hash AS previousHash FROM audit_entries').all();
    database.close();
    const statements: string[] = [];
    let previousHash = '0'.repeat(64);
    for (const row of rows as unknown as StoredEntry[]) {
      const changed = { ...row, previousHash, actor: row.sequence >= 3 ? 'mallory' : row.actor };
      const hash = hashEntry(changed);
      statements.push(
        `UPDATE audit_entries SET actor = '${changed.actor}', previous_hash = '${previousHash}', hash = '${hash}' WHERE sequence = ${row.sequence}`,
      );
      previousHash = hash;
    }
    tamper(dataDir, ...statements, `UPDATE audit_head SET hash = '${previousHash}'`);
    expect(await firstBreak(dataDir)).toBe('3 forged');
  });

  it('finds a database that was rolled back to an older copy of itself', async () => {
    const dataDir = await writtenLog(3);
    const older = copyOf(dataDir);
    const log = await openLog(dataDir);
    await log.append({ actor: 'server', action: 'server.stopped', target: 'x' });
    await log.close();
    copyFileSync(join(older, 'state.db'), join(dataDir, 'state.db'));
    expect(await firstBreak(dataDir)).toBe('4 missing');
    // It stays found after the log went on.
    const reopened = await openLog(dataDir);
    const entry = await reopened.append({ actor: 'server', action: 'server.started', target: 'x' });
    await reopened.close();
    expect(entry.sequence).toBe(5);
    expect(await firstBreak(dataDir)).toBe('4 missing');
  });

  it.each([
    ['the head', (dataDir: string) => rmSync(join(dataDir, 'audit.head')), '3 head', '4 unlinked'],
    [
      'a genuine head',
      (dataDir: string) => writeFileSync(join(dataDir, 'audit.head'), '{}'),
      '3 head',
      '4 unlinked',
    ],
    ['the key', (dataDir: string) => rmSync(join(dataDir, 'audit.key')), '1 key_missing', '1 forged'],
    [
      'a genuine key',
      (dataDir: string) => writeFileSync(join(dataDir, 'audit.key'), 'x'),
      '1 key_missing',
      '1 forged',
    ],
    [
      'its own key',
      (dataDir: string) => writeFileSync(join(dataDir, 'audit.key'), 'ab'.repeat(32)),
      '1 forged',
      '1 forged',
    ],
    [
      'its own head in the database',
      (dataDir: string) => tamper(dataDir, "UPDATE audit_head SET seal = 'x'"),
      '3 head',
      '4 unlinked',
    ],
  ])('finds a log without %s, also after it went on', async (_what, damage, before, after) => {
    const dataDir = await writtenLog(3);
    damage(dataDir);
    expect(await firstBreak(dataDir)).toBe(before);
    const log = await openLog(dataDir);
    for (let round = 0; round < 3; round++) {
      await log.append({ actor: 'server', action: 'server.started', target: 'x' });
    }
    await log.close();
    expect(await firstBreak(dataDir)).toBe(after);
    expect((await listAll(dataDir)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('accepts an outer head that is behind, as a crash leaves it', async () => {
    const dataDir = await writtenLog(3);
    const head = readFileSync(join(dataDir, 'audit.head'));
    const log = await openLog(dataDir);
    await log.append({ actor: 'server', action: 'server.started', target: 'x' });
    writeFileSync(join(dataDir, 'audit.head'), head);
    expect(await firstBreak(dataDir)).toBe('intact');
    await log.append({ actor: 'server', action: 'server.stopped', target: 'x' });
    await log.close();
    expect(await firstBreak(dataDir)).toBe('intact');
  });

  it('compares with an anchor that was kept elsewhere', async () => {
    const dataDir = await writtenLog(4);
    const [, second] = await listAll(dataDir);
    const anchor = { sequence: 2, hash: String(second?.hash) };
    expect(await firstBreak(dataDir, anchor)).toBe('intact');
    expect(await firstBreak(dataDir, { ...anchor, hash: 'a'.repeat(64) })).toBe('2 anchor');
    expect(await firstBreak(dataDir, { ...anchor, sequence: 9 })).toBe('5 missing');
    // A log that was replaced whole, key and all, is whole in itself.
    const replaced = await writtenLog(4);
    expect(await firstBreak(replaced)).toBe('intact');
    tamper(replaced, 'UPDATE audit_entries SET time = time WHERE sequence = 1');
    expect(await firstBreak(replaced, { sequence: 2, hash: 'b'.repeat(64) })).toBe('2 anchor');
  });

  it('warns of what weakens the protection', async () => {
    const dataDir = await writtenLog(1);
    tamper(dataDir);
    chmodSync(join(dataDir, 'audit.key'), 0o644);
    const { intact, warnings } = await verify(dataDir);
    expect(intact).toBe(true);
    expect(warnings).toEqual([
      'audit.key may be read by others (mode 644); 600 keeps it to its owner.',
      'The trigger audit_entries_are_not_changed is missing or was changed.',
      'The trigger audit_entries_are_not_deleted is missing or was changed.',
      'The trigger audit_entries_are_only_added is missing or was changed.',
      'The trigger audit_head_is_not_deleted is missing or was changed.',
      'The trigger audit_head_is_one is missing or was changed.',
      'The trigger audit_head_only_advances is missing or was changed.',
    ]);
  });

  it('is not disturbed by entries that are added while it runs', async () => {
    const dataDir = await writtenLog(600);
    const log = await openLog(dataDir);
    const verifying = log.verify();
    for (let round = 0; round < 50; round++) {
      await log.append({ actor: 'server', action: 'server.started', target: 'x' });
    }
    const verdict = await verifying;
    await log.close();
    expect(verdict).toMatchObject({ intact: true, broken: null });
    expect(verdict.entries).toBeGreaterThanOrEqual(600);
  });
});

describe('any one change', () => {
  it('of one byte of a stored field is found, at its entry', async () => {
    const dataDir = await writtenLog(8);
    const random = generator(1);
    const found: string[] = [];
    const expected: string[] = [];
    for (let round = 0; round < 60; round++) {
      const copy = copyOf(dataDir);
      const [sequence, column] = [1 + random(8), columns[random(columns.length)] ?? ''];
      const database = new DatabaseSync(join(copy, 'state.db'));
      const row = database
        .prepare(`SELECT ${column} AS field FROM audit_entries WHERE sequence = ${sequence}`)
        .get();
      database.close();
      const bytes = Buffer.from(String(row?.['field']));
      const at = random(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(7));
      tamper(
        copy,
        `UPDATE audit_entries SET ${column} = CAST(x'${bytes.toString('hex')}' AS TEXT) WHERE sequence = ${sequence}`,
      );
      const { broken } = await verify(copy);
      found.push(`${column} of ${broken?.sequence}`);
      expected.push(`${column} of ${sequence}`);
    }
    expect(found).toEqual(expected);
  });

  it('of one byte of the files is found, or changes no entry', async () => {
    const dataDir = await writtenLog(12);
    const original = await listAll(dataDir);
    const random = generator(2);
    let detected = 0;
    const unnoticed: string[] = [];
    for (let round = 0; round < 150; round++) {
      const copy = copyOf(dataDir);
      const name = round % 10 === 0 ? 'audit.head' : round % 10 === 1 ? 'audit.key' : 'state.db';
      const bytes = readFileSync(join(copy, name));
      const at = random(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 + random(255));
      writeFileSync(join(copy, name), bytes);
      const outcome = await outcomeOf(copy);
      if (outcome === 'detected') detected++;
      else if (outcome !== JSON.stringify(original)) unnoticed.push(`${name} at ${at}`);
    }
    expect(unnoticed).toEqual([]);
    // Much of the database is free space, but not most of it.
    expect(detected).toBeGreaterThan(50);
  });
});

/** `detected`, or the entries that a log shows which is taken for whole. */
async function outcomeOf(dataDir: string): Promise<string> {
  try {
    if ((await firstBreak(dataDir)) !== 'intact') return 'detected';
    return JSON.stringify(await listAll(dataDir));
  } catch {
    return 'detected';
  }
}

it('uses the start time of the fake clock', async () => {
  const [first] = await listAll(await writtenLog(1));
  expect(Date.parse(String(first?.time))).toBe(START_MS);
});
