import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { silentLog } from '../../log.ts';
import { connectEmbedded, type LedgerConnection } from '../connection.ts';
import { migrate, readMigrations } from '../migrate.ts';
import { writeNativeBlock } from '../native-block.ts';
import type { LedgerRow } from '../row.ts';
import { type EngineSupervisor, superviseEngine } from './supervisor.ts';

const limits = {
  memoryBytesMax: 700_000_000,
  threadsMax: 2,
  queryMemoryBytesMax: 400_000_000,
  querySecondsMax: 20,
};
const encryptionKey = randomBytes(32);
const CANARY = 'canary-4f1b';
let directory: string;
let engine: EngineSupervisor;
let connection: LedgerConnection;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "bellwether-&'engine-"));
  engine = superviseEngine({
    dataDirectory: directory,
    limits,
    encryptionKey,
    clock: systemClock,
    log: silentLog,
  });
  await engine.ready;
  connection = connectEmbedded(engine.socketPath);
  await migrate(connection, readMigrations());
}, 60_000);

afterAll(async () => {
  await connection.close();
  await engine.stop();
  rmSync(directory, { recursive: true, force: true });
});

const row = (n: number): LedgerRow => ({
  journal: 'j',
  live: true,
  seq: n,
  id: `${CANARY}-${n}`,
  timestamp: '2026-11-02 10:00:00.000000001',
  received_at: '2026-11-02 10:00:01.000',
  provider: 'openai',
  model: CANARY,
  user_id: CANARY,
});

/** The names of files that hold a text. */
function filesWith(text: string | Buffer): string[] {
  const found: string[] = [];
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const path = join(directory, name);
    if (lstatSync(path).isFile() && readFileSync(path).includes(text)) found.push(name);
  }
  return found;
}

describe('the engine on an encrypted disk', () => {
  it('takes Native blocks through a pipe, and answers in whole files through one', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => row(i));
    await connection.insertNative('bellwether.events', await writeNativeBlock(rows));
    expect(
      await connection.query('SELECT count() AS rows, any(user_id) AS user FROM bellwether.events'),
    ).toEqual([{ rows: 30_000, user: CANARY }]);
    const pieces: Uint8Array[] = [];
    for await (const piece of connection.bytes('SELECT id FROM bellwether.events FORMAT Parquet'))
      pieces.push(piece);
    const parquet = Buffer.concat(pieces);
    expect(parquet.subarray(0, 4).toString()).toBe('PAR1');
    expect(parquet.subarray(-4).toString()).toBe('PAR1');
  });

  it('goes on after an insert and a file that failed', async () => {
    const block = await writeNativeBlock([row(1)]);
    await expect(connection.insertNative('bellwether.nothing', block)).rejects.toMatchObject({ code: '60' });
    const failing = async (sql: string): Promise<void> => {
      for await (const _ of connection.bytes(sql)) void _;
    };
    await expect(
      failing('SELECT nothing_like_it FROM bellwether.events FORMAT Parquet'),
    ).rejects.toMatchObject({
      code: '47',
    });
    await expect(
      failing('SELECT throwIf(number = 9) FROM numbers(10) FORMAT Parquet'),
    ).rejects.toBeInstanceOf(Error);
    await connection.insertNative('bellwether.events', block);
    expect(await connection.query('SELECT count() AS rows FROM bellwether.events')).toEqual([
      { rows: 30_001 },
    ]);
  });

  it('lives on when whoever asked for a file leaves early', async () => {
    const rows = 'SELECT number, toString(number) AS text FROM numbers(1000000) FORMAT Parquet';
    for await (const piece of connection.bytes(rows)) if (piece.length > 0) break;
    for await (const piece of connection.bytes('SELECT 1 AS one FORMAT Parquet'))
      expect(piece.length).toBeGreaterThan(0);
    expect(engine.crashes).toBe(0);
  });

  it('puts nothing on the disk that does not fit into memory', async () => {
    const spilling = await connection.query<{ name: string; value: string }>(
      `SELECT name, value FROM system.settings WHERE name LIKE '%before_external%' AND toFloat64OrZero(value) != 0`,
    );
    expect(spilling).toEqual([]);
  });

  it('has neither what it holds nor its key in any file', () => {
    expect(filesWith(CANARY)).toEqual([]);
    expect(filesWith(encryptionKey)).toEqual([]);
    expect(filesWith(encryptionKey.toString('hex'))).toEqual([]);
    // The search itself finds what is there.
    expect(filesWith('BELLWETHER_ENGINE_KEY')).toEqual([join('engine', 'engine.xml')]);
  });

  it('has the key neither in its arguments nor in its environment, as others see them', () => {
    const hex = encryptionKey.toString('hex');
    for (const file of ['cmdline', 'environ']) {
      if (process.platform !== 'linux') continue;
      expect(readFileSync(`/proc/${engine.pid}/${file}`, 'utf8')).not.toContain(hex);
    }
  });
});
