import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { openStateDatabase, type StateDatabase, type StatePart } from './state-database.ts';

const CANARY = 'canary-33d1';
const key = new Uint8Array(32).fill(7);
const part: StatePart = {
  name: 'test',
  migrations: [
    {
      version: 1,
      name: 'first',
      sql: 'CREATE TABLE t (name TEXT PRIMARY KEY, note TEXT, bytes BLOB, at_ms INTEGER) STRICT',
    },
  ],
  sealed: [
    { table: 't', column: 'name' },
    { table: 't', column: 'note' },
    { table: 't', column: 'bytes' },
  ],
};

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'bellwether-sealed-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

function open(withKey: Uint8Array | null): StateDatabase {
  return openStateDatabase({ dataDir, clock: systemClock, parts: [part], key: withKey });
}

function put(state: StateDatabase, name: string, note: string | null): void {
  state.write(() =>
    state.connection
      .prepare("INSERT INTO t VALUES (sealed('t.name', ?), sealed('t.note', ?), sealed('t.bytes', ?), 5)")
      .run(name, note, Buffer.from(name)),
  );
}

function find(state: StateDatabase, name: string): unknown {
  const row = state.connection
    .prepare(
      "SELECT opened('t.name', name) AS name, opened('t.note', note) AS note, opened('t.bytes', bytes) AS bytes FROM t WHERE name = sealed('t.name', ?)",
    )
    .get(name);
  return row === undefined ? null : { ...row, bytes: Buffer.from(row['bytes'] as Uint8Array).toString() };
}

function traces(): string[] {
  return readdirSync(dataDir).filter((name) => readFileSync(join(dataDir, name)).includes(CANARY));
}

const whole = { name: CANARY, note: `${CANARY} note`, bytes: CANARY };

describe('sealed columns', () => {
  it('are found and read with the key, and leave nothing readable on the disk', () => {
    let state = open(key);
    put(state, CANARY, `${CANARY} note`);
    put(state, 'other', null);
    expect(find(state, CANARY)).toEqual(whole);
    expect(find(state, 'other')).toEqual({ name: 'other', note: null, bytes: 'other' });
    expect(traces()).toEqual([]);
    state.close();
    expect(traces()).toEqual([]);
    state = open(key);
    expect(find(state, CANARY)).toEqual(whole);
    expect(() => put(state, CANARY, null)).toThrow(/UNIQUE/);
    state.close();
    state = open(new Uint8Array(32));
    expect(find(state, CANARY)).toBeNull();
    expect(() => state.connection.prepare("SELECT opened('t.name', name) FROM t").all()).toThrow(
      /damaged, or of another key/,
    );
    state.close();
  });

  it('are as they are without a key, and are sealed by the first opening with one', () => {
    let state = open(null);
    put(state, CANARY, `${CANARY} note`);
    expect(find(state, CANARY)).toEqual(whole);
    state.close();
    expect(traces()).toEqual(['state.db']);
    state = open(key);
    expect(traces()).toEqual([]);
    expect(find(state, CANARY)).toEqual(whole);
    state.close();
    expect(traces()).toEqual([]);
    state = open(key);
    expect(find(state, CANARY)).toEqual(whole);
    state.close();
  });
});
