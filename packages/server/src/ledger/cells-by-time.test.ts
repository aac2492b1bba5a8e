/** That cells which were computed by an earlier version are what they were, sorted otherwise, whenever the move is broken off. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { connectEmbedded, type LedgerConnection } from './connection.ts';
import { superviseEngine } from './engine/supervisor.ts';
import { type Migration, migrate, qualify, readMigrations } from './migrate.ts';
import { statementsOf } from './sql-text.ts';

const MOVE = 12;
const directory = mkdtempSync(join(tmpdir(), 'bellwether-cells-'));
const limits = {
  memoryBytesMax: 500_000_000,
  threadsMax: 1,
  queryMemoryBytesMax: 300_000_000,
  querySecondsMax: 20,
};
const engine = superviseEngine({ dataDirectory: directory, limits, clock: systemClock, log: silentLog });
const migrations = readMigrations();
const move = migrations.find(({ version }) => version === MOVE) as Migration;
let connection: LedgerConnection;

beforeAll(async () => {
  await engine.ready;
  connection = connectEmbedded(engine.socketPath);
  await migrate(
    connection,
    migrations.filter(({ version }) => version < MOVE),
  );
  // Minutes, hours and days of two months; a few are of a version that was never published.
  for (const width of [60, 3600, 86_400])
    await connection.command(
      `INSERT INTO bellwether.rollup_models (width, at, version, tenant, provider, model, requests, cost, latency_sketch)
       SELECT ${width}, toDateTime(1790000000 - 1790000000 % ${width} + number % 30 * ${width}, 'UTC') AS start, 1 + number % 4, '', 'p', concat('m', toString(number % 5)),
         count(), sum(toDecimal128(number, 12) / 1000), quantilesDDState(0.01, 0.5, 0.9, 0.95, 0.99)(toNullable(toFloat64(number)))
       FROM numbers(2000) GROUP BY start, number % 4, number % 5`,
    );
  await connection.command(
    `INSERT INTO bellwether.rollup_users (width, at, version, user_id, requests)
     SELECT 86400, toDateTime(1790000000 - 1790000000 % 86400 - number % 9 * 86400, 'UTC'), 2, concat('u', toString(number)), number FROM numbers(500)`,
  );
}, 60_000);
afterAll(async () => {
  await connection.close();
  await engine.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function cellsOf(prefix: 'rollup' | 'cells'): Promise<unknown[]> {
  const models = await connection.query(
    `SELECT width, toUnixTimestamp(at) AS start, version, model, requests, toString(cost) AS usd, finalizeAggregation(latency_sketch) AS quantiles
     FROM bellwether.${prefix}_models ORDER BY ALL`,
  );
  const users = await connection.query(
    `SELECT width, toUnixTimestamp(at) AS start, version, user_id, requests FROM bellwether.${prefix}_users ORDER BY ALL`,
  );
  return [...models, ...users];
}

it('are the same after a move that was broken off anywhere and begun again', async () => {
  const before = await cellsOf('rollup');
  expect(before).toHaveLength(3 * 60 + 500);
  const statements = statementsOf(move.sql);
  for (const through of [1, 2, 3, 4, statements.length])
    for (const statement of statements.slice(0, through)) await connection.command(qualify(statement));
  expect(await migrate(connection, migrations)).toEqual(
    migrations.filter(({ version }) => version >= MOVE).map(({ name }) => name),
  );
  expect(await cellsOf('cells')).toEqual(before);
  const [left] = await connection.query<{ tables: string[] }>(
    `SELECT groupArray(name) AS tables FROM system.tables WHERE database = 'bellwether' AND match(name, '^rollup_(models|backends|owners|deployments|users)$')`,
  );
  expect(left?.tables).toEqual([]);
  expect(await migrate(connection, migrations)).toEqual([]);
}, 60_000);
