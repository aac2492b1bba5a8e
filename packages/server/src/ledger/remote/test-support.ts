/**
 * A ClickHouse server for tests: ClickHouse's HTTP interface over TCP, with user and
 * password, settings in the URL and faults on demand, in front of the embedded engine,
 * which does the work. No server binary is at hand where the tests run.
 */

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { systemClock } from '../../clock.ts';
import { silentLog } from '../../log.ts';
import { type EngineSupervisor, superviseEngine } from '../engine/supervisor.ts';
import type { LedgerAddress } from './address.ts';

const limits = {
  memoryBytesMax: 900_000_000,
  threadsMax: 2,
  queryMemoryBytesMax: 400_000_000,
  querySecondsMax: 20,
};

/** What goes wrong with one statement. */
export type Fault =
  /** The connection breaks before anything is done. */
  | 'broken before'
  /** It is done, and the connection breaks before the answer. */
  | 'broken after'
  /** It is done, and no answer ever comes. */
  | 'silent after'
  /** Nothing is done until `release` is called, and no answer comes. */
  | 'late'
  /** It is done twice, as a proxy does that repeats a request. */
  | 'twice'
  /** Half of the answer comes. */
  | 'cut'
  /** The answer begins with 200 and ends with an exception. */
  | 'fails in mid-answer'
  | 'status 500'
  | 'status 503';

interface Planned {
  readonly fault: Fault;
  readonly of: RegExp;
}

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Buffer;
}

const OWN_PARAMETERS = new Set([
  'query',
  'query_id',
  'database',
  'session_id',
  'role',
  'default_format',
  'enable_http_compression',
  'wait_end_of_query',
]);
/** The embedded engine does without these, which need a server. */
const SERVER_ONLY = new Set(['async_insert', 'distributed_ddl_output_mode', 'session_timezone']);
const DATA = /^\s*INSERT\s+INTO\s+([\w.]+)\s*(?:\(([\w, ]+)\))?\s*FORMAT\s+(\w+)\s*$/i;

/** The server. */
export class TestRemote {
  readonly #directory = mkdtempSync(join(tmpdir(), 'bellwether-remote-'));
  readonly #engine: EngineSupervisor;
  readonly #server: Server;
  readonly #planned: Planned[] = [];
  readonly #held: (() => void)[] = [];
  /** Ids of inserts that go on. */
  readonly #running = new Set<string>();
  #isAway = false;
  /** Faults that have happened. */
  readonly happened: Fault[] = [];
  /** Settings that came with the last statement. */
  lastSettings: Readonly<Record<string, string>> = {};
  password = 'secret "word"';
  /** Said instead of the engine's own version if it is not empty. */
  version = '';

  private constructor() {
    this.#engine = superviseEngine({
      dataDirectory: this.#directory,
      limits,
      clock: systemClock,
      log: silentLog,
    });
    this.#server = createServer((incoming, response) => {
      this.#answer(incoming, response).catch(() => response.destroy());
    });
  }

  static async open(): Promise<TestRemote> {
    const remote = new TestRemote();
    await remote.#engine.ready;
    await new Promise<void>((resolve) => {
      remote.#server.listen(0, '127.0.0.1', resolve);
    });
    return remote;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The address of a database on it. */
  address(more: Partial<LedgerAddress> = {}): LedgerAddress {
    return {
      url: this.url,
      user: 'keeper',
      password: this.password,
      database: 'bellwether',
      cluster: null,
      tls: { ca: null, cert: null, key: null, verify: true },
      requestTimeoutMs: 2000,
      querySecondsMax: 20,
      queryMemoryBytesMax: 400_000_000,
      threadsMax: 2,
      ...more,
    };
  }

  /** Has the next statement that matches go wrong. */
  plan(fault: Fault, of: RegExp): void {
    this.#planned.push({ fault, of });
  }

  /** Faults that have not happened yet. */
  get planned(): number {
    return this.#planned.length;
  }

  /** Breaks every connection from now on, until it is back. */
  leave(): void {
    this.#isAway = true;
    this.#server.closeAllConnections();
  }

  comeBack(): void {
    this.#isAway = false;
  }

  /** The one number that a question past all faults is answered with; -1 if it is answered with an error. */
  async count(sql: string): Promise<number> {
    const { status, body } = await this.#forward(sql, new URLSearchParams());
    return status === 200 ? Number(body.toString('utf8')) : -1;
  }

  /** Does what came and was held back. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  async close(): Promise<void> {
    this.release();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    await this.#engine.stop();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#isAway) {
      incoming.destroy();
      return;
    }
    const { pathname, searchParams: search } = new URL(incoming.url ?? '/', this.url);
    if (pathname === '/ping') {
      response.end('Ok.\n');
      return;
    }
    const body = await buffer(incoming);
    if (!this.#isPermitted(incoming)) {
      const text = 'Code: 516. DB::Exception: keeper: Authentication failed. (AUTHENTICATION_FAILED)';
      response.writeHead(403, { 'x-clickhouse-exception-code': '516' }).end(text);
      return;
    }
    const inUrl = search.get('query');
    const sql = inUrl ?? body.toString('utf8');
    const at = this.#planned.findIndex(({ of }) => of.test(sql));
    const fault = at === -1 ? null : (this.#planned.splice(at, 1)[0]?.fault ?? null);
    if (fault !== null) this.happened.push(fault);
    const id = search.get('query_id') ?? '';
    const work = async (): Promise<Answer> => {
      this.#running.add(id);
      try {
        return await this.#execute(sql, inUrl === null ? Buffer.alloc(0) : body, search);
      } finally {
        this.#running.delete(id);
      }
    };
    await this.#respond(fault, work, response);
  }

  async #respond(fault: Fault | null, work: () => Promise<Answer>, response: ServerResponse): Promise<void> {
    if (fault === 'broken before') return void response.destroy();
    if (fault === 'status 500') return void response.writeHead(500).end('Bad day.');
    if (fault === 'status 503') return void response.writeHead(503, { 'retry-after': '1' }).end('Later.');
    if (fault === 'late') {
      this.#held.push(() => void work());
      return;
    }
    const { status, code, body } = await work();
    if (fault === 'silent after') return;
    if (fault === 'broken after') return void response.destroy();
    if (fault === 'twice') await work();
    const tag = 'abcdefghijklmnop';
    response.writeHead(status, {
      'content-type': 'text/plain',
      'x-clickhouse-exception-tag': tag,
      ...(code === undefined ? {} : { 'x-clickhouse-exception-code': code }),
      ...(fault === 'cut' ? { 'content-length': body.length + 100 } : {}),
    });
    if (fault === 'cut') {
      response.write(body.subarray(0, body.length >> 1), () => response.destroy());
      return;
    }
    if (fault === 'fails in mid-answer') {
      const message = 'Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)\n';
      response.write(body.subarray(0, body.lastIndexOf('\n', body.length >> 1) + 1));
      response.end(
        `__exception__\r\n${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}\r\n__exception__\r\n`,
      );
      return;
    }
    response.end(body);
  }

  #isPermitted({ headers }: IncomingMessage): boolean {
    const basic = `Basic ${Buffer.from(`keeper:${this.password}`).toString('base64')}`;
    if (headers.authorization === basic) return true;
    return (
      headers['x-clickhouse-user'] === 'keeper' &&
      headers['x-clickhouse-key'] === encodeURIComponent(this.password)
    );
  }

  async #execute(given: string, data: Buffer, search: URLSearchParams): Promise<Answer> {
    const settings: Record<string, string> = {};
    const parameters = new URLSearchParams();
    for (const [name, value] of search) {
      if (name.startsWith('param_')) parameters.set(name, value);
      else if (!OWN_PARAMETERS.has(name)) settings[name] = value;
    }
    this.lastSettings = settings;
    let sql = given;
    const insert = DATA.exec(sql);
    let file: string | null = null;
    if (insert !== null) {
      const [, table = '', columns = '', format = ''] = insert;
      file = join(this.#directory, `${randomUUID()}.data`);
      writeFileSync(file, data);
      sql = await this.#insertOf(table, columns, format, data, file);
    }
    if (this.version !== '') sql = sql.replace('SELECT version()', `SELECT '${this.version}'`);
    const ids = [...this.#running].map((id) => `'${id}'`).join(', ');
    sql = sql.replace(
      'FROM system.processes',
      `FROM (SELECT arrayJoin(CAST([${ids}], 'Array(String)')) AS initial_query_id)`,
    );
    try {
      return await this.#forward(withSettings(sql, settings), parameters);
    } finally {
      if (file !== null) rmSync(file, { force: true });
    }
  }

  /** An insert of data as one that reads them from a file, so that settings can go along. */
  async #insertOf(
    table: string,
    columns: string,
    format: string,
    data: Buffer,
    file: string,
  ): Promise<string> {
    const source = `file('${file}', '${format}')`;
    if (format === 'Native') return `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${source}`;
    if (format === 'Parquet') {
      const names = (await this.#columnsOf(source)).map(({ name }) => name).join(', ');
      return `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${source}`;
    }
    const lines = data.toString('utf8').trimEnd().split('\n');
    const used = new Set(lines.flatMap((line) => Object.keys(JSON.parse(line) as object)));
    const known = (await this.#columnsOf(table)).filter(({ name }) => used.has(name));
    const structure = known.map(({ name, type }) => `${name} ${type}`).join(', ');
    const names = known.map(({ name }) => name).join(', ');
    return `INSERT INTO ${table} (${names}) SELECT ${names} FROM file('${file}', '${format}', '${structure.replaceAll("'", "\\'")}')`;
  }

  async #columnsOf(source: string): Promise<{ readonly name: string; readonly type: string }[]> {
    const { body } = await this.#forward(
      `DESCRIBE TABLE ${source} FORMAT JSONEachRow`,
      new URLSearchParams(),
    );
    const lines = body.toString('utf8').trimEnd().split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as { name: string; type: string });
  }

  #forward(sql: string, parameters: URLSearchParams): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { socketPath: this.#engine.socketPath, method: 'POST', path: `/?${parameters.toString()}` },
        (answer) => {
          buffer(answer).then((body) => {
            const code = answer.headers['x-clickhouse-exception-code'];
            resolve({
              status: answer.statusCode ?? 500,
              code: typeof code === 'string' ? code : undefined,
              body,
            });
          }, reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(sql);
    });
  }
}

/** Puts the settings of the URL into the statement; those that stand there already hold. */
function withSettings(sql: string, settings: Readonly<Record<string, string>>): string {
  if (!/^\s*(?:SELECT|WITH|INSERT)\b/i.test(sql)) return sql;
  const format = /\s+FORMAT\s+\w+\s*$/i.exec(sql)?.[0] ?? '';
  const statement = format === '' ? sql : sql.slice(0, -format.length);
  const last = /\bSETTINGS\b(?=[^()]*$)/i.exec(statement);
  const own = last === null ? '' : statement.slice(last.index);
  const added = Object.entries(settings)
    .filter(([name]) => !SERVER_ONLY.has(name) && !new RegExp(String.raw`\b${name}\s*=`).test(own))
    .map(([name, value]) => `${name} = ${/^-?\d+$/.test(value) ? value : `'${value}'`}`);
  if (added.length === 0) return sql;
  return `${statement}${last === null ? ' SETTINGS ' : ', '}${added.join(', ')}${format}`;
}
