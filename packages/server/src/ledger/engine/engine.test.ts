import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { silentLog } from '../../log.ts';
import { connectEmbedded, type LedgerConnection } from '../connection.ts';
import { migrate, readMigrations } from '../migrate.ts';
import { writeNativeBlock } from '../native-block.ts';
import { NativeBytes } from '../native-bytes.ts';
import type { LedgerRow } from '../row.ts';
import { type EngineSupervisor, superviseEngine } from './supervisor.ts';

const limits = {
  memoryBytesMax: 700_000_000,
  threadsMax: 2,
  queryMemoryBytesMax: 400_000_000,
  querySecondsMax: 2,
};
let directory: string;
let engine: EngineSupervisor;
let connection: LedgerConnection;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "bellwether-engine's-"));
  engine = superviseEngine({ dataDirectory: directory, limits, clock: systemClock, log: silentLog });
  await engine.ready;
  connection = connectEmbedded(engine.socketPath);
});

afterAll(async () => {
  await connection.close();
  await engine.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('the embedded engine', () => {
  it('binds parameters to the letter, whatever they hold', async () => {
    const text = `a'b\\c\td\ne\\N é {x:String} 😀`;
    const rows = await connection.query(
      "SELECT {x:String} AS x, JSONExtract({list:String}, 'Array(String)') AS list, {n:UInt64} AS n",
      {
        x: text,
        list: JSON.stringify([text, "']"]),
        n: 7,
      },
    );
    expect(rows).toEqual([{ x: text, list: [text, "']"], n: 7 }]);
  });

  it('says what is wrong with a statement, with the code of the engine', async () => {
    await expect(connection.query('SELECT nothing_like_this')).rejects.toMatchObject({
      code: '47',
      type: 'UNKNOWN_IDENTIFIER',
    });
  });

  it('stops a query that takes too long while others go on', async () => {
    const heavy = connection.query(
      'SELECT sum(sleepEachRow(1)) FROM numbers(60) SETTINGS max_block_size = 1',
    );
    const outcome = heavy.catch((error: unknown) => error);
    expect(await connection.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await outcome).toMatchObject({ code: '159' });
  });

  it('streams rows in groups and lets go of a stream that is left early', async () => {
    let rows = 0;
    for await (const group of connection.stream<{ number: number }>('SELECT number FROM numbers(1000000)')) {
      rows += group.length;
      if (rows > 100_000) break;
    }
    expect(rows).toBeGreaterThan(100_000);
    for (let i = 0; i < 5; i++) expect(await connection.query('SELECT 2 AS two')).toEqual([{ two: 2 }]);
  });

  it('syncs every part to disk, inserted or merged', async () => {
    const names = ['fsync_after_insert', 'fsync_part_directory', 'min_rows_to_fsync_after_merge'];
    const rows = await connection.query<{ value: string }>(
      "SELECT value FROM system.merge_tree_settings WHERE name IN JSONExtract({names:String}, 'Array(String)')",
      { names: JSON.stringify(names) },
    );
    expect(rows.map((row) => row.value)).toEqual(['1', '1', '1']);
  });

  it('migrates once, and refuses a migration that was changed after it ran', async () => {
    const migrations = readMigrations();
    expect(await migrate(connection, migrations)).toEqual(migrations.map((migration) => migration.name));
    expect(await migrate(connection, migrations)).toEqual([]);
    const changed = migrations.map((migration) => ({ ...migration, sha256: 'other' }));
    await expect(migrate(connection, changed)).rejects.toThrow(/0001-events\.sql has run before/);
  });

  it('keeps every kind of value to the letter through a Native block, as it does through JSON', async () => {
    const base = { journal: 'j', live: true, received_at: '2026-11-20 01:02:03.045' };
    const rows: LedgerRow[] = [
      {
        ...base,
        seq: 1,
        id: 'a',
        timestamp: '1970-01-01 00:00:00.000000001',
        provider: 'p',
        model: 'm',
        status: 'success',
      },
      {
        ...base,
        seq: 2,
        live: false,
        id: `é😀"\\\t${'x'.repeat(200)}`,
        timestamp: '2262-04-11 23:47:15.999999999',
        provider: 'ü',
        model: 'm',
        status: 'error',
        input_tokens: 9_007_199_254_740_991,
        latency_ms: 0.1,
        quality_score: 1e-300,
        cost_usd: '999999999.000000000001',
        cache_hit: false,
        attributes: { 'k"': "v'", '': 'é' },
      },
      {
        ...base,
        seq: 3,
        id: 'c',
        timestamp: '2026-11-20 10:00:00',
        provider: 'p',
        model: '',
        status: '',
        cache_hit: true,
        attributes: {},
      },
    ];
    for (const table of ['by_json', 'by_native']) {
      await connection.command(`CREATE TABLE bellwether.${table} AS bellwether.events`);
    }
    await connection.insertJsonLines(
      'bellwether.by_json',
      rows.map((row) => Buffer.from(`${JSON.stringify(row)}\n`)),
    );
    await connection.insertNative('bellwether.by_native', await writeNativeBlock(rows));
    const read = (table: string) => connection.query(`SELECT * FROM bellwether.${table} ORDER BY seq`);
    expect(await read('by_native')).toEqual(await read('by_json'));
    expect(await read('by_native')).toMatchObject([
      { id: 'a' },
      { id: rows[1]?.id, cost_usd: '999999999.000000000001' },
      { cache_hit: true },
    ]);
  });

  it('answers after an insert whose answer was given up', async () => {
    // A row takes longer than this connection waits.
    await connection.command(
      'CREATE TABLE bellwether.slow (n UInt64, m UInt8 MATERIALIZED sleepEachRow(1)) ENGINE = MergeTree ORDER BY n',
    );
    const hasty = connectEmbedded(engine.socketPath, 300);
    await expect(hasty.insertJsonLines('bellwether.slow', [Buffer.from('{"n":1}\n')])).rejects.toThrow(
      /Timeout/,
    );
    expect(await connection.queryAfterInserts('SELECT n FROM bellwether.slow')).toEqual([{ n: 1 }]);
    await hasty.close();
  });

  it('takes inserts however many questions wait', async () => {
    await connection.command('CREATE TABLE bellwether.taken (n UInt64) ENGINE = MergeTree ORDER BY n');
    let answered = 0;
    const questions = Array.from({ length: 40 }, async () => {
      await connection.query('SELECT sleep(0.3)');
      answered += 1;
    });
    const bytes = new NativeBytes();
    bytes.varint(1);
    bytes.varint(1);
    bytes.text('n');
    bytes.text('UInt64');
    bytes.uint64(1);
    await connection.insertNative('bellwether.taken', { columns: ['n'], bytes: bytes.written });
    expect(answered).toBeLessThan(40 - 16);
    await Promise.all(questions);
  });

  it('comes back by itself after a crash, with what it had acknowledged', async () => {
    await connection.command('CREATE TABLE bellwether.kept (n UInt64) ENGINE = MergeTree ORDER BY n');
    await connection.insertJsonLines('bellwether.kept', [Buffer.from('{"n":1}\n{"n":2}\n')]);
    process.kill(engine.pid ?? 0, 'SIGKILL');
    await expect
      .poll(() => connection.query('SELECT sum(n) AS total FROM bellwether.kept').catch(() => []), {
        timeout: 15_000,
        interval: 100,
      })
      .toEqual([{ total: 3 }]);
    expect(engine.crashes).toBe(1);
  });
});
