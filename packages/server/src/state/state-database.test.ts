import { copyFileSync, fsyncSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { openStateDatabase, type StateDatabase, type StatePart } from './state-database.ts';

const part: StatePart = {
  name: 'test',
  migrations: [{ version: 1, name: 'first', sql: 'CREATE TABLE t (n INTEGER) STRICT' }],
};

let dataDir: string;
let state: StateDatabase;
/** Syncs that were asked for, each with what ends it. */
let syncs: { readonly done: () => void; readonly failed: () => void }[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'bellwether-state-'));
  syncs = [];
  state = openStateDatabase({
    dataDir,
    clock: systemClock,
    parts: [part],
    syncFile: (descriptor) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          fsyncSync(descriptor);
          resolve();
        };
        const failed = (): void => reject(Object.assign(new Error('EIO'), { syscall: 'fsync', code: 'EIO' }));
        syncs.push({ done, failed });
      }),
  });
});
afterEach(() => {
  state.close();
  rmSync(dataDir, { recursive: true });
});

function put(n: number): void {
  state.commit(() => state.connection.prepare('INSERT INTO t VALUES (?)').run(n));
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  await new Promise(setImmediate);
  return settled;
}

/** The numbers in the database without its log, as they are after the log was lost. */
function withoutLog(): unknown[] {
  const copy = join(dataDir, 'copy.db');
  copyFileSync(join(dataDir, 'state.db'), copy);
  const connection = new DatabaseSync(copy);
  try {
    return connection
      .prepare('SELECT n FROM t ORDER BY n')
      .all()
      .map(({ n }) => n);
  } finally {
    connection.close();
  }
}

describe('a commit that is synced later', () => {
  it('is waited for; those who wait meanwhile share the next sync', async () => {
    await state.synced();
    expect(syncs.length).toBe(0);
    put(1);
    const first = state.synced();
    put(2);
    const [second, third] = [state.synced(), state.synced()];
    expect(await isSettled(first)).toBe(false);
    syncs[0]?.done();
    await first;
    expect(await isSettled(second)).toBe(false);
    syncs[1]?.done();
    await Promise.all([second, third]);
    await state.synced();
    expect(syncs.length).toBe(2);
  });

  it('is not taken for synced after a failure, before it is in the database itself', async () => {
    put(1);
    const waiting = state.synced();
    syncs[0]?.failed();
    await expect(waiting).rejects.toMatchObject({ name: 'StateError', code: 'unusable' });
    const reader = new DatabaseSync(join(dataDir, 'state.db'));
    reader.exec('BEGIN; SELECT count(*) FROM t');
    put(2);
    // While somebody reads what is older, not all can be written back.
    await expect(state.synced()).rejects.toMatchObject({ code: 'unusable' });
    reader.exec('COMMIT');
    reader.close();
    await state.synced();
    expect(withoutLog()).toEqual([1, 2]);
    put(3);
    const next = state.synced();
    syncs[1]?.done();
    await next;
    expect(syncs.length).toBe(2);
  });
});
