import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishSalvage, isSound, salvage, setAsideBeside } from './salvage.ts';

const NOW_MS = Date.UTC(2026, 10, 21);
const ROWS = 5000;
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'salvage-'));
  path = join(directory, 'some.db');
  const db = new DatabaseSync(path);
  db.exec(`CREATE TABLE numbered (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
    CREATE TABLE named (name TEXT PRIMARY KEY, amount INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX by_length ON numbered (length(text));
    CREATE TRIGGER numbered_stay BEFORE DELETE ON numbered BEGIN SELECT RAISE(ABORT, 'kept'); END;
    PRAGMA user_version = 7; BEGIN`);
  for (let n = 1; n <= ROWS; n += 1) {
    db.prepare('INSERT INTO numbered VALUES (?, ?)').run(n, `text ${n} ${'x'.repeat(100)}`);
    db.prepare('INSERT INTO named VALUES (?, ?)').run(`name ${n}`, 9_007_199_254_740_993n + BigInt(n));
  }
  db.exec('COMMIT');
  db.close();
});

afterEach(() => rmSync(directory, { recursive: true }));

/** Fills a page, counted from 1, with nonsense. */
function spoil(page: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, (page - 1) * 4096, page * 4096);
  writeFileSync(path, bytes);
}

function count(table: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  const row = db.prepare(`SELECT count(*) AS rows FROM ${table}`).get() as { rows: number };
  db.close();
  return row.rows;
}

describe('salvage', () => {
  it('gives what is readable on both sides of a page that is not, and sets the damaged file aside', () => {
    spoil(Math.ceil(readFileSync(path).indexOf('text 2500 ') / 4096));
    const before = readFileSync(path);
    expect(isSound(path)).toBe(false);
    const { aside, rows, incomplete } = salvage(path, NOW_MS);
    expect(isSound(path)).toBe(true);
    // One leaf of 4 KiB holds at most 36 rows of that size.
    expect(count('numbered') + count('named')).toBeGreaterThan(2 * ROWS - 150);
    expect(incomplete).toEqual(['numbered']);
    expect(rows).toEqual({ numbered: count('numbered'), named: count('named') });
    expect(readFileSync(aside)).toEqual(before);
    expect(setAsideBeside(path)).toEqual(['some.db.damaged-2026-11-21T000000.000Z']);
    const db = new DatabaseSync(path);
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 7 });
    expect(() => db.exec('DELETE FROM numbered')).toThrow('kept');
    const large = db.prepare("SELECT amount FROM named WHERE name = 'name 1'");
    large.setReadBigInts(true);
    expect(large.get()).toEqual({ amount: 9_007_199_254_740_994n });
    db.close();
  });

  it('leaves an empty file where nothing is readable, for the owner to begin anew', () => {
    spoil(1);
    expect(salvage(path, NOW_MS)).toMatchObject({ rows: {}, incomplete: ['sqlite_schema'] });
    expect(readFileSync(path).length).toBe(0);
  });

  it('survives every page of a database being spoilt', () => {
    const whole = readFileSync(path);
    for (let page = 1; page <= whole.length / 4096; page += 23) {
      writeFileSync(path, whole);
      spoil(page);
      salvage(path, NOW_MS + page);
      expect(isSound(path)).toBe(true);
    }
  });

  it('is brought to its end if it was killed between its two steps', () => {
    const old = readFileSync(path);
    writeFileSync(`${path}-wal`, 'its log');
    writeFileSync(`${path}.salvaged`, 'new');
    expect(finishSalvage(path, NOW_MS)).toContain('.damaged-');
    expect(readFileSync(path, 'utf8')).toBe('new');
    // A log of the old database beside the new one would be taken for its own.
    expect(readdirSync(directory).toSorted()).toEqual([
      'some.db',
      'some.db.damaged-2026-11-21T000000.000Z',
      'some.db.damaged-2026-11-21T000000.000Z-wal',
    ]);
    expect(readFileSync(`${path}.damaged-2026-11-21T000000.000Z`)).toEqual(old);
    expect(finishSalvage(path, NOW_MS)).toBeNull();
  });
});
