/**
 * The child process that holds the embedded engine. It answers ClickHouse's HTTP
 * interface on a Unix socket inside the data directory, which only the user that
 * runs the server can open. Living apart from the server means that a crash of the
 * engine, its memory and its heavy queries leave ingest alone.
 *
 * Started by the supervisor with one argument, the JSON of `EngineProcessOptions`.
 * It ends as soon as the server does, however the server ends.
 */

import { chmodSync, createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Session } from 'chdb';
import { BackgroundThreads } from './background-threads.ts';
import { KEY_VARIABLE, MERGE_THREADS_MAX } from './engine-config.ts';
import { drainPipe, feedPipe, makePipe } from './pipe.ts';
import { type InsertStatement, readInsert, readRequest, splitFormat } from './protocol.ts';
import { SessionPool } from './session-pool.ts';

/** What the supervisor tells the engine. */
export interface EngineProcessOptions {
  readonly databasePath: string;
  readonly socketPath: string;
  readonly configPath: string;
  /** Where the data of a binary insert are put for the engine to read. */
  readonly insertPath: string;
  /** Command-line settings of the engine, e.g. `--max_threads=2`. */
  readonly settings: readonly string[];
  /** The encrypted disk's directory, or null. With it the supervisor's first message has the key, and no data go through files. */
  readonly encryptedPath: string | null;
  readonly readSessions: number;
}

/** Formats whose pieces may be sent as they come, since each row stands alone. */
const streamedFormats = new Set(['JSONEachRow', 'JSONCompactEachRow', 'TabSeparated', 'TSVRaw', 'CSV']);

/**
 * After so many bytes of an answer garbage is collected: its pieces lie outside of V8's heap, which is small and
 * sees no reason to. Measured on an export of 500,000 events as JSON, that is 90 MiB less.
 */
const COLLECT_BYTES = 8 * 1024 * 1024;

/** Formats of whole files, which the binding would hold in memory: the engine writes them to a file. */
const fileFormats = new Set(['Parquet']);

/** A whole file has many rows: they go from it into the table in small pieces, one after another, for as long as it takes. */
const FILE_INSERT_SETTINGS = `max_execution_time = 0, max_threads = 1, max_insert_threads = 1, max_block_size = 8192,
  min_insert_block_size_rows = 8192, min_insert_block_size_bytes = 4194304, input_format_parquet_max_block_size = 8192,
  input_format_parquet_prefer_block_bytes = 4194304, input_format_parquet_memory_low_watermark = 4194304,
  input_format_parquet_memory_high_watermark = 33554432`;

const options = JSON.parse(process.argv[2] ?? '{}') as EngineProcessOptions;
const open = (): Session =>
  new Session(options.databasePath, {
    connectionArgs: [`--config-file=${options.configPath}`, ...options.settings],
  });

forgetAnswers();
if (options.encryptedPath !== null) {
  mkdirSync(options.encryptedPath, { recursive: true, mode: 0o700 });
  process.chdir(options.encryptedPath);
  process.env[KEY_VARIABLE] = await keyOfSupervisor();
  makePipe(options.insertPath);
}

/** Rows are inserted one batch after another, so that a batch is never held up by a query. */
const writers = new SessionPool([open()]);
const readers = new SessionPool(Array.from({ length: options.readSessions }, open));
// The engine has read it.
delete process.env[KEY_VARIABLE];

const merges = new BackgroundThreads(MERGE_THREADS_MAX);

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => refuse(response, error));
});
rmSync(options.socketPath, { force: true });
server.listen(options.socketPath, () => {
  chmodSync(options.socketPath, 0o600);
  process.send?.({ ready: true });
});
process.on('SIGTERM', () => process.exit(0));
// The server is dead. An orderly exit waits for what the engine has begun (once it took five minutes), and until then
// no other engine can have the data, which survive this.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// The terminal sends its interrupt to the whole group; the server decides when the engine stops.
process.on('SIGINT', () => undefined);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/ping') {
    response.end('Ok.\n');
    return;
  }
  const url = request.url ?? '/';
  const named = readInsert(readRequest(url, Buffer.alloc(0)).sql);
  if (named !== null && goesByFile(named)) {
    await writers.use((session) => insertByFile(session, named, request));
    merges.lower();
    response.end();
    return;
  }
  const statement = readRequest(url, await buffer(request));
  const insert = readInsert(statement.sql);
  if (insert !== null) {
    await writers.use((session) => insertData(session, insert, statement.data));
    merges.lower();
    response.end();
    return;
  }
  const { sql, format } = splitFormat(statement.sql);
  if (fileFormats.has(format)) {
    await readers.use((session) => answerByFile(session, { sql, format }, statement.parameters, response));
    return;
  }
  if (!/^\s*(?:SELECT|WITH)\b/i.test(sql) || !streamedFormats.has(format)) {
    const pool = /^\s*(?:SELECT|WITH|SHOW|DESCRIBE|EXISTS|EXPLAIN|CHECK)\b/i.test(sql) ? readers : writers;
    const result = await pool.use((session) => session.queryBindAsync(sql, statement.parameters, { format }));
    response.end(result.bytes());
    return;
  }
  // There is one session of statements in order, that of the inserts.
  await (statement.inSession ? writers : readers).use(async (session) => {
    const stream = session.queryStreamBind(sql, statement.parameters, { format });
    response.on('close', () => stream.cancel());
    let bytes = 0;
    for await (const chunk of stream) {
      const piece = chunk.raw();
      bytes += piece.length;
      if (bytes > COLLECT_BYTES) {
        bytes = 0;
        globalThis.gc?.();
      }
      if (response.destroyed) return;
      if (!response.write(piece)) await drained(response);
    }
    response.end();
  });
}

/** True of an insert whose data are put into a file as they come: they are never here as a whole. */
function goesByFile({ format }: InsertStatement): boolean {
  return format !== 'JSONEachRow' && options.encryptedPath === null;
}

/** Inserts data that come by a file, which need not reach the disk: it is gone before the answer. */
async function insertByFile(session: Session, insert: InsertStatement, data: Readable): Promise<void> {
  const path = options.insertPath;
  try {
    await pipeline(data, createWriteStream(path));
    await session.queryAsync(insertFrom(insert, `file(${quoted(path)}, '${insert.format}')`));
  } finally {
    await rm(path, { force: true });
  }
}

/** Inserts what a table function reads. */
function insertFrom({ table, columns, format }: InsertStatement, source: string): string {
  const settings = fileFormats.has(format) ? ` SETTINGS ${FILE_INSERT_SETTINGS}` : '';
  return `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${source}${settings}`;
}

/** Inserts data. The engine's binding hands over text only, so a binary format goes through a pipe. */
async function insertData(session: Session, insert: InsertStatement, data: Uint8Array): Promise<void> {
  if (insert.format === 'JSONEachRow') {
    await session.insert({ table: insert.table, values: data, format: insert.format });
    return;
  }
  // A pipe is read once, so the engine cannot look into it for the types first.
  const structure = await structureOf(session, insert);
  const source = `file(${quoted(options.insertPath)}, '${insert.format}', ${quoted(structure)})`;
  await feedPipe(options.insertPath, data, () => session.queryAsync(insertFrom(insert, source)));
}

/** The types of the columns of an insert, as a table function takes them. */
async function structureOf(session: Session, { table, columns }: InsertStatement): Promise<string> {
  const names = columns.split(',').map((name) => name.trim());
  const described = await session.queryAsync(`DESCRIBE TABLE ${table}`, { format: 'JSONEachRow' });
  const types = new Map(
    linesOf(described.bytes()).map((line) => {
      const { name, type } = JSON.parse(line) as { name: string; type: string };
      return [name, type];
    }),
  );
  return names.map((name) => `\`${name}\` ${types.get(name)}`).join(', ');
}

function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('utf8').split('\n').filter(Boolean);
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

let files = 0;

/** Removes the answers that a process which was killed has left. */
function forgetAnswers(): void {
  const folder = dirname(options.insertPath);
  for (const name of readdirSync(folder))
    if (name.startsWith(basename(options.insertPath)) && name.endsWith('.out')) rmSync(join(folder, name));
}

/** The key, which the supervisor sends first of all. */
function keyOfSupervisor(): Promise<string> {
  return new Promise((resolve) => {
    process.once('message', (message) => resolve((message as { key: string }).key));
  });
}

/** Has the engine write its answer to a file that is gone afterwards, and hands that on; or to a pipe, where nothing may reach the disk. */
async function answerByFile(
  session: Session,
  { sql, format }: { readonly sql: string; readonly format: string },
  parameters: Readonly<Record<string, string>>,
  response: ServerResponse,
): Promise<void> {
  files += 1;
  const path = `${options.insertPath}.${files}.out`;
  const write = (): Promise<unknown> =>
    session.queryBindAsync(`INSERT INTO FUNCTION file(${quoted(path)}, '${format}') ${sql}`, parameters, {});
  try {
    if (options.encryptedPath !== null) {
      makePipe(path);
      await drainPipe(path, write, (bytes) => sendPieces(bytes, response));
      response.end();
      return;
    }
    await write();
    await pipeline(createReadStream(path), response);
  } finally {
    await rm(path, { force: true });
  }
}

/** Sends what comes without ending the answer: only whoever knows that it is whole may do that. */
async function sendPieces(bytes: AsyncIterable<Uint8Array>, response: ServerResponse): Promise<void> {
  for await (const piece of bytes) {
    // Whoever has left is told of by no event any more.
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

function refuse(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (response.headersSent) {
    // The answer has begun, so only a cut connection can still say that it is not whole.
    response.destroy();
    return;
  }
  const code = /^Code: (\d+)\./.exec(message)?.[1] ?? '1002';
  response.writeHead(500, { 'x-clickhouse-exception-code': code });
  response.end(code === '1002' ? `Code: 1002. DB::Exception: ${message} (UNKNOWN_EXCEPTION)` : message);
}
