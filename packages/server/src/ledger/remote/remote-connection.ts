/**
 * The connection to a ClickHouse server or cluster. It speaks to it as the server
 * speaks to the embedded engine; what the embedded engine has in its configuration
 * goes along as settings, so that nothing depends on how a foreign server is set up.
 */

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { connectionOver, type Ways } from '../client-connection.ts';
import { toCluster } from '../cluster/statements.ts';
import { type LedgerConnection, LONG_TIMEOUT_MS } from '../connection.ts';
import { lend } from '../lent-table.ts';
import { readMigrations } from '../migrate.ts';
import { inDatabase } from '../sql-text.ts';
import type { LedgerAddress } from './address.ts';
import { insertSettings, questionSettings } from './settings.ts';
import { toServer } from './tables.ts';

/** Sockets to the server at once, for each kind of work. */
const SOCKETS_MAX = 16;
/** ClickHouse's code of a replica that has not got yet what a majority has. */
const REPLICA_LAGS = '289';
/** Questions are asked so often while the replica that got them lags. */
const ASKS_MAX = 4;

/** Says that an insert that was given up is still under way, so that what it adds is not known yet. */
export class InsertUnderWay extends Error {
  constructor() {
    super('An insert that was given up is still under way.');
  }
}

/**
 * Connects.
 *
 * @param writer names who inserts, e.g. the journal: its inserts are known by it, also after a restart.
 */
export function connectRemote(address: LedgerAddress, writer: string): LedgerConnection {
  const { cluster, database } = address;
  const toText = (sql: string): string => inDatabase(sql, database);
  const connectTo = (timeoutMs: number, settings: ClickHouseSettings): ClickHouseClient =>
    clientOf(address, timeoutMs, settings);
  const longMs = Math.max(address.requestTimeoutMs, LONG_TIMEOUT_MS);
  const clients = {
    asking: connectTo(address.requestTimeoutMs, questionSettings(address)),
    inserting: connectTo(address.requestTimeoutMs, questionSettings(address)),
    patient: connectTo(longMs, questionSettings(address)),
  };
  const prefix = `bellwether-insert-${writer}-`;
  const ways: Ways = {
    kind: 'remote',
    cluster,
    toText,
    toStatements: cluster === null ? toServer : toCluster(cluster, readMigrations()),
    question: {},
    insert: (data, attempt) => ({
      query_id: `${prefix}${randomUUID()}`,
      clickhouse_settings: insertSettings(address, attempt === undefined ? null : tokenOf(data, attempt)),
    }),
    async afterInserts() {
      if (await isUnderWay(clients.inserting, cluster, prefix)) throw new InsertUnderWay();
      return {};
    },
    ask: askAgain,
    withParquet: (file, work) => {
      const parquet = typeof file === 'string' ? createReadStream(file) : file.open();
      return lend({ connection, client: clients.patient, toText, parquet }, work);
    },
  };
  const connection = connectionOver(clients, ways);
  return connection;
}

function clientOf(address: LedgerAddress, timeoutMs: number, settings: ClickHouseSettings): ClickHouseClient {
  const { origin, pathname, protocol } = new URL(address.url);
  const { ca, cert, key, verify } = address.tls;
  const kept = { keepAlive: true, maxSockets: SOCKETS_MAX };
  const agent =
    protocol === 'https:'
      ? new HttpsAgent({
          ...kept,
          rejectUnauthorized: verify,
          ...(ca === null ? {} : { ca }),
          ...(cert === null ? {} : { cert }),
          ...(key === null ? {} : { key }),
        })
      : new HttpAgent(kept);
  return createClient({
    url: origin,
    ...(pathname === '/' ? {} : { pathname }),
    http_agent: agent,
    username: address.user,
    password: address.password,
    // The database may not be there yet, and every table is named with its own.
    database: 'default',
    request_timeout: timeoutMs,
    clickhouse_settings: settings,
    log: { level: ClickHouseLogLevel.OFF },
  });
}

/** The same rows in the same order have the same token, as long as it is the same attempt. */
function tokenOf(data: readonly Uint8Array[], attempt: number): string {
  const hash = createHash('sha256');
  for (const piece of data) hash.update(piece);
  return `${hash.digest('hex').slice(0, 40)}-${attempt}`;
}

async function isUnderWay(
  client: ClickHouseClient,
  cluster: string | null,
  prefix: string,
): Promise<boolean> {
  const source = cluster === null ? 'system.processes' : `clusterAllReplicas(${cluster}, system.processes)`;
  const result = await client.query({
    query: `SELECT count() AS running FROM ${source} WHERE startsWith(initial_query_id, {prefix:String})`,
    query_params: { prefix },
    format: 'JSONEachRow',
    clickhouse_settings: { skip_unavailable_shards: 1 },
  });
  const [row] = await result.json<{ running: number }>();
  return (row?.running ?? 0) > 0;
}

async function askAgain<R>(question: () => Promise<R>): Promise<R> {
  for (let asked = 1; ; asked += 1) {
    try {
      return await question();
    } catch (error) {
      // Another replica may get the next one.
      if ((error as { code?: string }).code !== REPLICA_LAGS || asked === ASKS_MAX) throw error;
    }
  }
}
