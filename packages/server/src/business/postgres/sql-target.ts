/**
 * The SQL server that business figures are written to. A connection lasts for one
 * run: a server that was away is found again by the next one.
 */

import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Client, type ClientConfig, escapeIdentifier } from 'pg';
import type { Outgoing } from '../../outgoing/index.ts';
import type { BusinessSettings } from '../settings.ts';
import type { SqlRow } from './day-rows.ts';
import { columnsOf, sqlMigrations, sqlTables } from './schema.ts';

/** Where and how. */
export interface SqlTargetOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly schema: string;
  readonly tls: 'off' | 'require' | 'verify';
  /** PEM file; empty for the authorities that Node knows. */
  readonly caFile: string;
  readonly outgoing: Outgoing;
}

/** The rows of one day, by table, in groups. */
export interface DayRows {
  readonly [table: string]: AsyncIterable<readonly SqlRow[]>;
}

const CONNECT_MS = 10_000;
const STATEMENT_MS = 60_000;
/** Rows of one statement. */
const BATCH_ROWS = 2000;
/** Any number will do, if nobody else takes it: two servers on one schema take turns. */
const LOCK = 7_235_390_114;

/** An open connection to the SQL server. */
export class SqlTarget {
  readonly #client: Client;
  readonly #schema: string;
  #isNew = false;

  private constructor(client: Client, schema: string) {
    this.#client = client;
    this.#schema = schema;
  }

  /** Connects, and brings the schema up to date. */
  static async open(
    options: SqlTargetOptions,
    settings: BusinessSettings,
    signal: AbortSignal,
  ): Promise<SqlTarget> {
    const { host, port, database, user, password, outgoing } = options;
    const socket = await outgoing.connect({ host, port, timeoutMs: CONNECT_MS, ownDependency: true, signal });
    // A server that has stopped answering must not hold up the end of this one.
    const giveUp = (): void => {
      socket.destroy();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', giveUp));
    const client = new Client({
      host,
      port,
      database,
      user,
      password,
      ssl: sslOf(options),
      stream: () => connected(socket),
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      application_name: 'bellwether',
    });
    // A connection that breaks makes the statement under way fail; without a listener it would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const target = new SqlTarget(client, escapeIdentifier(options.schema));
      await target.#migrate(settings);
      return target;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** True if the schema was made by this connection: then nothing is there yet. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Puts the rows of a day in place of those that are there, all or none. Rows that are the same stay as they are. */
  async writeDay(day: number, rows: DayRows): Promise<void> {
    await this.#inTransaction(async () => {
      for (const table of sqlTables) {
        const [first] = table.key;
        const columns = columnsOf(table);
        const place = `${this.#schema}.${table.name}`;
        await this.#client.query(
          `CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT ${columns.join(', ')} FROM ${place} LIMIT 0`,
        );
        for await (const group of rows[table.name] ?? [])
          for (let at = 0; at < group.length; at += BATCH_ROWS)
            await this.#client.query(
              'INSERT INTO incoming SELECT * FROM jsonb_populate_recordset(NULL::incoming, $1::jsonb)',
              [JSON.stringify(group.slice(at, at + BATCH_ROWS))],
            );
        const keys = table.key.map(([name]) => name);
        const others = columns.filter((name) => !keys.some((key) => key === name));
        const set = others.map((name) => `${name} = excluded.${name}`).join(', ');
        const before = others.map((name) => `t.${name}`).join(', ');
        const after = others.map((name) => `excluded.${name}`).join(', ');
        await this.#client.query(
          `INSERT INTO ${place} AS t (${columns.join(', ')}) SELECT ${columns.join(', ')} FROM incoming
           ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${set}, updated_at = now()
           WHERE (${before}) IS DISTINCT FROM (${after})`,
        );
        const from = new Date(day * 86_400_000).toISOString();
        const to = new Date((day + 1) * 86_400_000).toISOString();
        const gone = keys.map((name) => `i.${name} = t.${name}`).join(' AND ');
        const type = first[0] === 'hour' ? 'timestamptz' : 'date';
        await this.#client.query(
          `DELETE FROM ${place} AS t WHERE ${first[0]} >= $1::${type} AND ${first[0]} < $2::${type}
           AND NOT EXISTS (SELECT 1 FROM incoming AS i WHERE ${gone})`,
          first[0] === 'hour' ? [from, to] : [from.slice(0, 10), to.slice(0, 10)],
        );
        await this.#client.query('DROP TABLE incoming');
      }
    });
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  async #migrate({ weights }: BusinessSettings): Promise<void> {
    const schema = this.#schema;
    await this.#inTransaction(async () => {
      await this.#client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
      await this.#client.query(
        `CREATE TABLE IF NOT EXISTS ${schema}.schema_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
      );
      const { rows } = await this.#client.query<{ version: number }>(
        `SELECT version FROM ${schema}.schema_migrations`,
      );
      const applied = new Set(rows.map(({ version }) => version));
      this.#isNew = applied.size === 0;
      const newest = sqlMigrations.at(-1)?.version ?? 0;
      if ([...applied].some((version) => version > newest))
        throw new Error('the schema was made by a newer version of the server');
      for (const { version, name, sql } of sqlMigrations) {
        if (applied.has(version)) continue;
        await this.#client.query(sql.replaceAll('SCHEMA.', `${schema}.`));
        await this.#client.query(`INSERT INTO ${schema}.schema_migrations (version, name) VALUES ($1, $2)`, [
          version,
          name,
        ]);
      }
      await this.#client.query(
        `INSERT INTO ${schema}.business_settings (satisfaction_weight, performance_weight, cost_efficiency_weight) VALUES ($1, $2, $3)
         ON CONFLICT (one) DO UPDATE SET satisfaction_weight = excluded.satisfaction_weight,
         performance_weight = excluded.performance_weight, cost_efficiency_weight = excluded.cost_efficiency_weight`,
        [weights.satisfaction, weights.performance, weights.costEfficiency],
      );
    });
  }

  async #inTransaction(work: () => Promise<void>): Promise<void> {
    await this.#client.query('BEGIN');
    try {
      // Days are days in UTC, whatever the database's time zone is.
      await this.#client.query("SET LOCAL TIME ZONE 'UTC'");
      await this.#client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      await work();
      await this.#client.query('COMMIT');
    } catch (error) {
      await this.#client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
}

function sslOf({ tls, caFile }: SqlTargetOptions): ClientConfig['ssl'] {
  if (tls === 'off') return false;
  return {
    rejectUnauthorized: tls === 'verify',
    ...(caFile === '' ? {} : { ca: readFileSync(caFile, 'utf8') }),
  };
}

/** The client wants to connect its stream itself; this one is, through the guarded way out. */
function connected(socket: Socket): Socket {
  return Object.assign(socket, {
    connect(): Socket {
      setImmediate(() => socket.emit('connect'));
      return socket;
    },
  });
}
