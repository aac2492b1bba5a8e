import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { connectEmbedded, type LedgerConnection } from './connection.ts';
import { superviseEngine } from './engine/supervisor.ts';
import { migrate, readMigrations } from './migrate.ts';
import { connectRemote } from './remote/remote-connection.ts';
import { TestRemote } from './remote/test-support.ts';
import type { LedgerRow } from './row.ts';

/** A connection with what is behind it. */
interface Opened {
  readonly connection: LedgerConnection;
  close(): Promise<void>;
}

const limits = {
  memoryBytesMax: 900_000_000,
  threadsMax: 2,
  queryMemoryBytesMax: 400_000_000,
  querySecondsMax: 20,
};

async function openEmbedded(): Promise<Opened> {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-conformance-'));
  const engine = superviseEngine({ dataDirectory: directory, limits, clock: systemClock, log: silentLog });
  await engine.ready;
  const connection = connectEmbedded(engine.socketPath);
  return {
    connection,
    async close() {
      await connection.close();
      await engine.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function openRemote(database: string): Promise<Opened> {
  const remote = await TestRemote.open();
  const connection = connectRemote(remote.address({ database }), 'j');
  return {
    connection,
    async close() {
      await connection.close();
      await remote.close();
    },
  };
}

const row = (seq: number, more: Partial<LedgerRow> = {}): LedgerRow => ({
  journal: 'j',
  seq,
  live: true,
  received_at: '2026-11-21 12:00:00.123',
  id: `id-${seq}`,
  timestamp: '2026-11-20 23:59:59.123456789',
  provider: 'openai',
  model: 'gpt-5',
  tenant: 'a',
  ...more,
});

describe.each([
  ['the embedded engine', openEmbedded],
  ['a remote engine', () => openRemote('bellwether')],
  ['a remote engine, in a database of another name', () => openRemote('costs_2')],
] as const)('%s', (_, open) => {
  let opened: Opened;
  let connection: LedgerConnection;

  beforeAll(async () => {
    opened = await open();
    ({ connection } = opened);
  }, 60_000);
  afterAll(() => opened.close());

  const count = async (table: string): Promise<number> => {
    const [found] = await connection.query<{ rows: number }>(`SELECT count() AS rows FROM ${table}`);
    return found?.rows ?? -1;
  };

  it('brings its schema up to date once, also when that was broken off before it was noted', async () => {
    const migrations = readMigrations();
    expect(await migrate(connection, migrations)).toEqual(migrations.map(({ name }) => name));
    expect(await migrate(connection, migrations)).toEqual([]);
    const last = migrations.findIndex(({ name }) => name.includes('cells-by-time'));
    await connection.command(`TRUNCATE TABLE bellwether.migrations`);
    const before = migrations.slice(0, last);
    expect(await migrate(connection, before)).toEqual(before.map(({ name }) => name));
    expect(await migrate(connection, migrations)).toEqual(migrations.slice(last).map(({ name }) => name));
    expect(await migrate(connection, migrations)).toEqual([]);
    expect(await count('bellwether.events')).toBe(0);
  });

  it('refuses a migration that has another text than the one that ran', async () => {
    const [first, ...others] = readMigrations();
    if (first === undefined) throw new Error('There are no migrations.');
    const changed = [{ ...first, sha256: 'f'.repeat(64) }, ...others];
    await expect(migrate(connection, changed)).rejects.toThrow('has run before with another text');
  });

  it('keeps money, counts, instants and texts exactly', async () => {
    await connection.insertRows('bellwether.events', [
      row(1, {
        cost_usd: '12345678901234567890.123456789012',
        input_tokens: 9_007_199_254_740_991,
        user_id: `O'Brien "\\" \u{1F600} {x:String}\n`,
        attributes: { a: "it's", ключ: '\u0000' },
        cache_hit: false,
      }),
      row(2),
    ]);
    const rows = await connection.query(
      `SELECT toString(seq) AS seq, cost_usd, toString(input_tokens) AS input_tokens, user_id, attributes, cache_hit, received_at, timestamp
       FROM bellwether.events ORDER BY seq`,
    );
    expect(rows).toEqual([
      {
        seq: '1',
        cost_usd: '12345678901234567890.123456789012',
        input_tokens: '9007199254740991',
        user_id: `O'Brien "\\" \u{1F600} {x:String}\n`,
        attributes: { a: "it's", ключ: '\u0000' },
        cache_hit: false,
        received_at: '2026-11-21 12:00:00.123',
        timestamp: '2026-11-20 23:59:59.123456789',
      },
      {
        seq: '2',
        cost_usd: null,
        input_tokens: null,
        user_id: '',
        attributes: {},
        cache_hit: null,
        received_at: '2026-11-21 12:00:00.123',
        timestamp: '2026-11-20 23:59:59.123456789',
      },
    ]);
  });

  it('takes parameters of every kind, and none of them as SQL', async () => {
    const text = `'; DROP TABLE bellwether.events; -- \\ \t"`;
    const [found] = await connection.query(
      `SELECT {text:String} AS text, {n:UInt64} AS n, {f:Float64} AS f, {b:Bool} AS b,
       JSONExtract({list:String}, 'Array(String)') AS list`,
      { text, n: 7, f: 0.1, b: true, list: JSON.stringify([text, 'b']) },
    );
    expect(found).toEqual({ text, n: 7, f: 0.1, b: true, list: [text, 'b'] });
  });

  it('counts numbers of 64 bits as numbers and decimals as text', async () => {
    const [found] = await connection.query("SELECT toUInt64(5) AS n, toDecimal64('0.10', 2) AS d");
    expect(found).toEqual({ n: 5, d: '0.1' });
  });

  it('takes lines of JSON and answers after them', async () => {
    const lines = [1, 2, 3].map((id) =>
      Buffer.from(`${JSON.stringify({ id, from_at: 60 * id, to_at: 120 * id, repaired: 0 })}\n`),
    );
    await connection.insertJsonLines('bellwether.rollup_changes', lines);
    const rows = await connection.queryAfterInserts<{ id: number; to: number }>(
      'SELECT id, toUnixTimestamp(to_at) AS to FROM bellwether.rollup_changes ORDER BY id',
    );
    expect(rows).toEqual([
      { id: 1, to: 120 },
      { id: 2, to: 240 },
      { id: 3, to: 360 },
    ]);
  });

  it('answers through views', async () => {
    const line = {
      journal: 'j',
      seq: 9,
      received_at: '2026-11-21 12:00:00.000',
      id: 'f',
      tenant: 'a',
      request_id: 'id-1',
      timestamp: '2026-11-21 12:00:00.000000000',
      quality_score: 0.5,
    };
    await connection.insertJsonLines('bellwether.feedback', [Buffer.from(JSON.stringify(line))]);
    const rows = await connection.query('SELECT id, quality_score FROM bellwether.rated_events ORDER BY id');
    expect(rows).toEqual([
      { id: 'id-1', quality_score: 0.5 },
      { id: 'id-2', quality_score: null },
    ]);
  });

  it('streams rows, and bytes of other formats', async () => {
    let sum = 0;
    for await (const rows of connection.stream<{ number: number }>('SELECT number FROM numbers(100000)'))
      for (const { number } of rows) sum += number;
    expect(sum).toBe(4_999_950_000);
    const pieces: Uint8Array[] = [];
    for await (const piece of connection.bytes('SELECT number FROM numbers(3) FORMAT CSV'))
      pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe('0\n1\n2\n');
  });

  it('lends the rows of a Parquet file', async () => {
    const pieces: Uint8Array[] = [];
    const sql =
      "SELECT journal, seq, id, 'b' AS tenant, timestamp, cost_usd FROM bellwether.events FORMAT Parquet";
    for await (const piece of connection.bytes(sql)) pieces.push(piece);
    const path = join(mkdtempSync(join(tmpdir(), 'bellwether-lent-')), 'x.parquet');
    writeFileSync(path, Buffer.concat(pieces));
    const rows = await connection.withParquet(path, (source) =>
      connection.query(`SELECT seq, id, tenant, cost_usd FROM ${source} ORDER BY seq`),
    );
    expect(rows).toEqual([
      { seq: 1, id: 'id-1', tenant: 'b', cost_usd: '12345678901234567890.123456789012' },
      { seq: 2, id: 'id-2', tenant: 'b', cost_usd: null },
    ]);
    const [left] = await connection.query<{ tables: number }>(
      "SELECT count() AS tables FROM system.tables WHERE database = 'bellwether' AND name LIKE 'events_lent%'",
    );
    expect(left?.tables).toBe(0);
    rmSync(path);
  });

  it('puts a month that was built beside the table in its place', async () => {
    await connection.command('CREATE TABLE bellwether.events_rerated AS bellwether.events');
    await connection.command(
      "INSERT INTO bellwether.events_rerated SELECT * REPLACE ('rated' AS price_source) FROM bellwether.events",
    );
    await connection.command(
      'ALTER TABLE bellwether.events REPLACE PARTITION 202611 FROM bellwether.events_rerated',
    );
    await connection.command('DROP TABLE IF EXISTS bellwether.events_rerated SYNC');
    expect(await connection.query('SELECT DISTINCT price_source FROM bellwether.events')).toEqual([
      { price_source: 'rated' },
    ]);
  });

  it('removes rows, and they can come again', async () => {
    await connection.command('DELETE FROM bellwether.events WHERE seq = 2 SETTINGS mutations_sync = 1');
    expect(await count('bellwether.events')).toBe(1);
    await connection.insertRows('bellwether.events', [row(2)], 1);
    expect(await count('bellwether.events')).toBe(2);
  });

  it('tells the number of an error', async () => {
    await expect(connection.query('SELECT * FROM bellwether.nothing')).rejects.toMatchObject({ code: '60' });
    await expect(connection.command('ALTER TABLE bellwether.nothing DELETE WHERE 1')).rejects.toMatchObject({
      code: '60',
    });
    const read = async (): Promise<void> => {
      for await (const _ of connection.bytes('SELECT throwIf(1) FORMAT CSV'));
    };
    await expect(read()).rejects.toMatchObject({ code: '395' });
  });

  it('answers a ping', async () => {
    expect(await connection.ping()).toBe(true);
  });
});
