import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { silentLog } from '../../log.ts';
import { connectEmbedded, type LedgerConnection } from '../connection.ts';
import { superviseEngine } from '../engine/supervisor.ts';
import { qualify, readMigrations } from '../migrate.ts';
import { statementsOf } from '../sql-text.ts';
import { toCluster } from './statements.ts';

const translate = toCluster('ours', readMigrations());

describe('statements for a cluster', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-cluster-'));
  const limits = {
    memoryBytesMax: 500_000_000,
    threadsMax: 1,
    queryMemoryBytesMax: 200_000_000,
    querySecondsMax: 20,
  };
  const engine = superviseEngine({ dataDirectory: directory, limits, clock: systemClock, log: silentLog });
  let connection: LedgerConnection;

  beforeAll(async () => {
    await engine.ready;
    connection = connectEmbedded(engine.socketPath);
  }, 60_000);

  afterAll(async () => {
    await connection.close();
    await engine.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** As the engine's parser understands it; it rejects what it does not. */
  async function parsed(sql: string): Promise<string> {
    const [row] = await connection.query<{ text: string }>('SELECT formatQuery({sql:String}) AS text', {
      sql,
    });
    return row?.text ?? '';
  }

  it('are what the snapshot has, for every migration, and the engine can read them', async () => {
    const lines: string[] = [];
    for (const { name, sql } of readMigrations()) {
      lines.push(`-- ${name}`);
      for (const statement of statementsOf(sql))
        for (const made of translate(qualify(statement))) lines.push(`${await parsed(made)};`);
    }
    await expect(`${lines.join('\n\n')}\n`).toMatchFileSnapshot('migrations.snapshot.sql');
  });

  it.each([
    [
      'CREATE DATABASE IF NOT EXISTS bellwether',
      ['CREATE DATABASE IF NOT EXISTS bellwether ON CLUSTER ours'],
    ],
    [
      'DROP TABLE IF EXISTS bellwether.events_rerated SYNC',
      [
        'DROP TABLE IF EXISTS bellwether.events_rerated ON CLUSTER ours SYNC',
        'DROP TABLE IF EXISTS bellwether.events_rerated_local ON CLUSTER ours SYNC',
      ],
    ],
    [
      'ALTER TABLE bellwether.events REPLACE PARTITION 202611 FROM bellwether.events_rerated',
      [
        'SYSTEM SYNC REPLICA ON CLUSTER ours bellwether.events_rerated_local',
        'ALTER TABLE bellwether.events_local ON CLUSTER ours\n    (REPLACE PARTITION 202611 FROM bellwether.events_rerated_local)',
      ],
    ],
    [
      "ALTER TABLE bellwether.events UPDATE user_id = '' WHERE tenant = 'a' SETTINGS mutations_sync = 1",
      [
        "ALTER TABLE bellwether.events_local ON CLUSTER ours\n    (UPDATE user_id = '' WHERE tenant = 'a')\nSETTINGS mutations_sync = 1",
      ],
    ],
    [
      'ALTER TABLE bellwether.feedback MODIFY SETTING old_parts_lifetime = 1',
      ['ALTER TABLE bellwether.feedback ON CLUSTER ours\n    (MODIFY SETTING old_parts_lifetime = 1)'],
    ],
    [
      'DELETE FROM bellwether.events WHERE seq <= 5 SETTINGS mutations_sync = 1',
      ['DELETE FROM bellwether.events_local ON CLUSTER ours WHERE seq <= 5\nSETTINGS mutations_sync = 1'],
    ],
    [
      'DELETE FROM bellwether.rollup_stale WHERE since > 5',
      ['DELETE FROM bellwether.rollup_stale WHERE since > 5'],
    ],
  ])('translates %s', async (statement, wanted) => {
    const found: string[] = [];
    for (const made of translate(statement)) found.push(await parsed(made));
    expect(found).toEqual(wanted);
  });

  it('makes a copy of a sharded table that is sharded as it is', async () => {
    const [held = '', asked = ''] = translate('CREATE TABLE bellwether.events_rerated AS bellwether.events');
    expect(await parsed(held)).toBe(
      [
        'CREATE TABLE bellwether.events_rerated_local ON CLUSTER ours AS bellwether.events_local',
        "ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/bellwether/events_rerated_local', '{replica}')",
        'PARTITION BY toYYYYMM(timestamp)',
        'ORDER BY (tenant, toStartOfHour(timestamp), provider, model, timestamp)',
        'SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1',
      ].join('\n'),
    );
    expect(await parsed(asked)).toBe(
      [
        'CREATE TABLE bellwether.events_rerated ON CLUSTER ours AS bellwether.events_rerated_local',
        "ENGINE = Distributed('ours', 'bellwether', 'events_rerated_local', cityHash64(tenant, id))",
      ].join('\n'),
    );
  });

  it.each([
    "ALTER TABLE bellwether.events DROP PART 'all_1_1_0'",
    'OPTIMIZE TABLE bellwether.events FINAL',
    'TRUNCATE TABLE bellwether.events',
    'RENAME TABLE bellwether.a TO bellwether.b',
    'CREATE MATERIALIZED VIEW bellwether.v ENGINE = MergeTree ORDER BY x AS SELECT 1 AS x',
  ])('refuses %s, which would do something else on a cluster', (statement) => {
    expect(() => translate(statement)).toThrow('This statement has no meaning on a cluster');
  });

  it('leaves questions and inserts as they are', () => {
    const question = 'SELECT count() FROM bellwether.events';
    const insert = 'INSERT INTO bellwether.events (seq) SELECT 1';
    expect([translate(question), translate(insert)]).toEqual([[question], [insert]]);
  });
});
