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
  /**
   * Runs a SELECT that ends in its FORMAT and gives the bytes of the answer as they come. It may go on for as
   * long as its reader likes; an answer that is not whole ends in an error.
   */
  bytes(sql: string, parameters?: QueryParameters): AsyncIterable<Uint8Array>;
  /** Runs a statement that gives nothing back. */
  command(sql: string, parameters?: QueryParameters): Promise<void>;
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

/** The same for an answer that is written for long, or read slowly. */
const LONG_TIMEOUT_MS = 3_600_000;

/** The session of inserts: the engine runs the statements of one session one after another. */
const INSERT_SESSION = 'bellwether-inserts';

/** Connects to the embedded engine's socket. */
export function connectEmbedded(
  socketPath: string,
  requestTimeoutMs: number = REQUEST_TIMEOUT_MS,
): LedgerConnection {
  const connectTo = (timeoutMs = requestTimeoutMs): ClickHouseClient =>
    createClient({
      url: 'http://localhost',
      http_agent: new SocketAgent(socketPath),
      database: LEDGER_DATABASE,
      request_timeout: timeoutMs,
      log: { level: ClickHouseLogLevel.OFF },
    });
  // Inserts have sockets of their own, so that no number of questions holds them up.
  return wrap(connectTo(), connectTo(), connectTo(Math.max(requestTimeoutMs, LONG_TIMEOUT_MS)));
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

function wrap(
  client: ClickHouseClient,
  inserter: ClickHouseClient,
  patient: ClickHouseClient,
): LedgerConnection {
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
    async *bytes(sql, parameters = {}) {
      const { stream } = await patient.exec({ query: sql, query_params: { ...parameters } });
      for await (const chunk of stream) yield chunk as Uint8Array;
    },
    async command(sql, parameters = {}) {
      await patient.command({ query: sql, query_params: { ...parameters } });
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
      await Promise.all([client.close(), inserter.close(), patient.close()]);
    },
  };
}
