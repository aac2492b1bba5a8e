/**
 * The connection to the ledger's engine. Embedded or remote, it is the same client
 * over the same protocol: only the address differs.
 */

import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type NativeBlock, writeNativeBlock } from './native-block.ts';
import type { LedgerRow } from './row.ts';

/**
 * Values for the `{name:Type}` placeholders of a statement. A list goes as JSON text:
 * `JSONExtract({names:String}, 'Array(String)')`, since the embedded engine takes scalars only.
 */
export type QueryParameters = Readonly<Record<string, string | number | boolean>>;

/** What the server asks of the engine. */
export interface LedgerConnection {
  /** Runs a SELECT and gives its rows. */
  query<Row>(sql: string, parameters?: QueryParameters): Promise<Row[]>;
  /** The same, once every insert that was sent before has ended, even one whose answer was given up. */
  queryAfterInserts<Row>(sql: string, parameters?: QueryParameters): Promise<Row[]>;
  /** Runs a SELECT and gives its rows as they come, in groups. */
  stream<Row>(sql: string, parameters?: QueryParameters): AsyncIterable<Row[]>;
  /** Runs a statement that gives nothing back. */
  command(sql: string): Promise<void>;
  /** Inserts rows that are already written as JSON, one a line. */
  insertJsonLines(table: string, lines: readonly Uint8Array[]): Promise<void>;
  /** Inserts rows of the ledger. */
  insertRows(table: string, rows: readonly LedgerRow[]): Promise<void>;
  /** Inserts a block of the Native format. */
  insertNative(table: string, block: NativeBlock): Promise<void>;
  /** True if the engine answers. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** The database that holds the ledger. */
export const LEDGER_DATABASE = 'bellwether';

/** How long the engine may take over one statement before the connection is given up. */
const REQUEST_TIMEOUT_MS = 120_000;

/** The session of inserts: the engine runs the statements of one session one after another. */
const INSERT_SESSION = 'bellwether-inserts';

/** Connects to the embedded engine's socket. */
export function connectEmbedded(
  socketPath: string,
  requestTimeoutMs: number = REQUEST_TIMEOUT_MS,
): LedgerConnection {
  const connectTo = (): ClickHouseClient =>
    createClient({
      url: 'http://localhost',
      http_agent: new SocketAgent(socketPath),
      database: LEDGER_DATABASE,
      request_timeout: requestTimeoutMs,
      log: { level: ClickHouseLogLevel.OFF },
    });
  // Inserts have sockets of their own, so that no number of questions holds them up.
  return wrap(connectTo(), connectTo());
}

/** Opens every connection to one Unix socket, whatever the URL says. */
class SocketAgent extends Agent {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    super({ keepAlive: true, maxSockets: 16 });
    this.#socketPath = socketPath;
  }

  override createConnection(): Socket {
    return connect(this.#socketPath);
  }
}

function wrap(client: ClickHouseClient, inserter: ClickHouseClient): LedgerConnection {
  return {
    async query(sql, parameters = {}) {
      const result = await client.query({
        query: sql,
        query_params: { ...parameters },
        format: 'JSONEachRow',
      });
      return result.json();
    },
    async queryAfterInserts(sql, parameters = {}) {
      const result = await inserter.query({
        query: sql,
        query_params: { ...parameters },
        format: 'JSONEachRow',
        session_id: INSERT_SESSION,
      });
      return result.json();
    },
    async *stream<Row>(sql: string, parameters: QueryParameters = {}) {
      const result = await client.query({
        query: sql,
        query_params: { ...parameters },
        format: 'JSONEachRow',
      });
      for await (const rows of result.stream<Row>()) yield rows.map((row) => row.json<Row>());
    },
    async command(sql) {
      await client.command({ query: sql });
    },
    async insertJsonLines(table, lines) {
      const values = Readable.from(lines, { objectMode: false });
      const query = `INSERT INTO ${table} FORMAT JSONEachRow`;
      const result = await inserter.exec({ query, values, session_id: INSERT_SESSION });
      result.stream.resume();
    },
    async insertRows(table, rows) {
      await this.insertNative(table, await writeNativeBlock(rows));
    },
    async insertNative(table, { columns, bytes }) {
      const values = Readable.from([bytes], { objectMode: false });
      const query = `INSERT INTO ${table} (${columns.join(', ')}) FORMAT Native`;
      const result = await inserter.exec({ query, values, session_id: INSERT_SESSION });
      result.stream.resume();
    },
    async ping() {
      return (await client.ping()).success;
    },
    async close() {
      await Promise.all([client.close(), inserter.close()]);
    },
  };
}
