/**
 * Starts the real PostgreSQL of the machine for a test, on a free port and an empty
 * directory. It refuses to run as root, so root starts it as the user `postgres`.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import { eventually } from '../metrics/prometheus-server.ts';
import { freePort } from './free-port.ts';

const HOME = '/usr/lib/postgresql';
export const PASSWORD = 'not a secret of anybody';

/** Where its programs are; `null` if it is not installed, which in CI is an error. */
export function postgresPrograms(): string | null {
  const versions = existsSync(HOME) ? readdirSync(HOME).toSorted((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(HOME, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
  if (found !== undefined) return found;
  if (process.env.CI) throw new Error('PostgreSQL is missing; it is needed in CI');
  console.warn('PostgreSQL is not installed: the tests that need it are skipped.');
  return null;
}

/** Who runs it: nobody else if this is not root. */
function runner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number => Number(spawnSync('id', [flag, 'postgres']).stdout.toString());
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** A PostgreSQL with the database and the user `bellwether`. */
export class PostgresServer {
  readonly port: number;
  readonly #bin: string;
  readonly #directory: string;
  readonly #who = runner();
  #process: ChildProcess | null = null;

  private constructor(bin: string, directory: string, port: number) {
    this.#bin = bin;
    this.#directory = directory;
    this.port = port;
  }

  /** Makes a cluster; `start` starts it. With `tls` it has a certificate for `localhost`, which it gives itself. */
  static async make(bin: string, options: { readonly tls?: boolean } = {}): Promise<PostgresServer> {
    const directory = mkdtempSync(join(tmpdir(), 'bellwether-postgres-'));
    const server = new PostgresServer(bin, directory, await freePort());
    const passwordFile = join(directory, 'password');
    writeFileSync(passwordFile, PASSWORD);
    server.#own(directory, passwordFile);
    server.#run(join(bin, 'initdb'), [
      '-D',
      server.#data,
      '-U',
      'bellwether',
      '--auth-host=scram-sha-256',
      '--auth-local=reject',
      `--pwfile=${passwordFile}`,
      '--no-sync',
      '--encoding=UTF8',
      '--locale=C',
    ]);
    if (options.tls === true) {
      server.#run('openssl', [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        join(server.#data, 'server.key'),
        '-out',
        server.certificate,
      ]);
    }
    return server;
  }

  get #data(): string {
    return join(this.#directory, 'data');
  }

  /** The certificate that it gives itself. */
  get certificate(): string {
    return join(this.#directory, 'server.crt');
  }

  get endpoint(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    const tls = existsSync(this.certificate)
      ? ['-c', 'ssl=on', '-c', `ssl_cert_file=${this.certificate}`, '-c', 'ssl_key_file=server.key']
      : [];
    this.#process = spawn(
      join(this.#bin, 'postgres'),
      [
        '-D',
        this.#data,
        '-p',
        String(this.port),
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'fsync=off',
        '-c',
        'timezone=Asia/Kolkata',
        ...tls,
      ],
      { ...this.#who, stdio: 'ignore', cwd: this.#directory },
    );
    await eventually('PostgreSQL to be ready', async () => {
      try {
        await this.query('SELECT 1', [], 'postgres');
        return true;
      } catch {
        return undefined;
      }
    });
    await this.query('CREATE DATABASE bellwether', [], 'postgres').catch(() => []);
  }

  /** Ends it, as a crash of its machine would. */
  async stop(): Promise<void> {
    const running = this.#process;
    if (running === null) return;
    const ended = new Promise((resolve) => {
      running.once('exit', resolve);
    });
    running.kill('SIGQUIT');
    await ended;
    this.#process = null;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Asks it something. */
  async query<Row extends QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
    database = 'bellwether',
  ): Promise<Row[]> {
    const where = { host: '127.0.0.1', port: this.port, user: 'bellwether', password: PASSWORD };
    const client = new Client({ ...where, database });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query("SET TIME ZONE 'UTC'");
      return (await client.query<Row>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  #own(...files: readonly string[]): void {
    const { uid, gid } = this.#who;
    if (uid !== undefined && gid !== undefined) for (const file of files) chownSync(file, uid, gid);
  }

  #run(program: string, args: readonly string[]): void {
    const { status, stderr, error } = spawnSync(program, args, { ...this.#who, cwd: this.#directory });
    if (error !== undefined || status !== 0)
      throw new Error(`${program} failed: ${error?.message ?? stderr.toString()}`);
  }
}
