/**
 * The connection to the ledger's engine. Embedded or remote, it is the same client
 * over the same protocol: only the address differs.
 */

import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { connectionOver } from './client-connection.ts';
import { lend } from './lent-table.ts';
import { LEDGER_DATABASE } from './names.ts';
import type { NativeBlock } from './native-block.ts';
import type { RememberedTable } from './remembered.ts';
import type { LedgerRow } from './row.ts';

export { LEDGER_DATABASE } from './names.ts';

/**
 * Values for the `{name:Type}` placeholders of a statement. A list goes as JSON text:
 * `JSONExtract({names:String}, 'Array(String)')`, since the embedded engine takes scalars only.
 */
export type QueryParameters = Readonly<Record<string, string | number | boolean>>;

/** A Parquet file: its path, or how its bytes are read where what lies there is something else. */
export type ParquetFile = string | { readonly open: () => AsyncIterable<Uint8Array> };

/** True if {@link LedgerConnection.withParquet} lends a file as a table, with the columns of one. */
export function isLentAsTable({ kind }: LedgerConnection, file: ParquetFile): boolean {
  return kind === 'remote' || typeof file !== 'string';
}

/** What the server asks of the engine. */
export interface LedgerConnection {
  /** Whether the engine shares the machine and its files with the server. */
  readonly kind: 'embedded' | 'remote';
  /** The cluster that holds the tables; null for one engine. Parts of tables have no names of their own there. */
  readonly cluster: string | null;
  /** Runs a SELECT and gives its rows. */
  query<Row>(sql: string, parameters?: QueryParameters): Promise<Row[]>;
  /** The same for a statement about these tables alone, which is asked again only if something was written to one. */
  queryRemembered<Row>(tables: readonly RememberedTable[], sql: string): Promise<Row[]>;
  /** The same as `query`, once every insert that was sent before has ended, even one whose answer was given up. */
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
  /**
   * Inserts rows that are already written as JSON, one a line. With an `attempt` the engine knows them again, see
   * `insertNative`; without one it takes them however often they come.
   */
  insertJsonLines(table: string, lines: readonly Uint8Array[], attempt?: number): Promise<void>;
  /** Inserts rows of the ledger. `attempt`: another number makes it another insert, see `insertNative`. */
  insertRows(table: string, rows: readonly LedgerRow[], attempt?: number): Promise<void>;
  /**
   * Inserts a block of the Native format. A remote engine drops a block that it has taken before with the same attempt,
   * so that a request that is delivered twice, or late, adds nothing.
   */
  insertNative(table: string, block: NativeBlock, attempt?: number): Promise<void>;
  /**
   * Lends the rows of a local Parquet file to statements: `work` gets the SQL of their source, good while it runs. What
   * the engine cannot read itself, since it is remote or the file is given by its bytes, it gets as a table, which has
   * the columns of `events` and the file's values in those of its names.
   */
  withParquet<R>(file: ParquetFile, work: (source: string) => Promise<R>): Promise<R>;
  /** True if the engine answers. */
  ping(): Promise<boolean>;
  /** Ends every question that is under way or comes later in an error; inserts go on. */
  giveUpQuestions(): Promise<void>;
  /** Gives up everything that is under way. */
  close(): Promise<void>;
}

/** How long the engine may take over one statement before the connection is given up. */
const REQUEST_TIMEOUT_MS = 120_000;

/** The same for an answer that is written for long, or read slowly. */
export const LONG_TIMEOUT_MS = 3_600_000;

/**
 * A table that is gone soon need not outlast a power cut, be in any order, or be merged. Its parts are of one file each:
 * a file for each column has buffers of megabytes for each, on an encrypted disk twice.
 */
const LENT = `ENGINE = MergeTree ORDER BY tuple() SETTINGS fsync_after_insert = 0, fsync_part_directory = 0,
  min_bytes_for_wide_part = 1099511627776, min_rows_for_wide_part = 1000000000, max_bytes_to_merge_at_max_space_in_pool = 1`;

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
  const clients = {
    asking: connectTo(),
    inserting: connectTo(),
    patient: connectTo(Math.max(requestTimeoutMs, LONG_TIMEOUT_MS)),
  };
  const toText = (sql: string): string => sql;
  const connection: LedgerConnection = connectionOver(clients, {
    kind: 'embedded',
    cluster: null,
    toStatements: (sql) => [sql],
    toText,
    question: {},
    insert: () => ({ session_id: INSERT_SESSION }),
    // A question of the session waits for the inserts that were sent before it.
    afterInserts: async () => ({ session_id: INSERT_SESSION }),
    ask: (question) => question(),
    withParquet: (file, work) =>
      typeof file === 'string'
        ? work(`file('${file.replace(/[\\']/g, '\\$&')}', 'Parquet')`)
        : lend({ connection, client: clients.patient, toText, parquet: file.open(), engine: LENT }, work),
  });
  return connection;
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
