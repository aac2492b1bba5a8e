/**
 * What a statement of the ledger is on a cluster. The server speaks to the ledger as
 * if it were one server; this makes the definitions and removals in it those of
 * replicated and distributed tables. Questions and inserts stay as they are, since a
 * distributed table has the name that the migrations give.
 *
 * A statement that is not known here is refused: one that ran on one server of many,
 * or on all of them where it meant one part, would do harm in silence.
 */

import type { Migration } from '../migrate.ts';
import { LEDGER_DATABASE } from '../names.ts';
import { replicatedSettings, withSettings } from '../remote/tables.ts';
import { statementsOf } from '../sql-text.ts';
import { localName, placementOf } from './placement.ts';

/** Makes the statements for a cluster of one statement for a server. */
export type ToCluster = (statement: string) => readonly string[];

const NAME = String.raw`(?:\w+\.)?(\w+)`;
const CREATE = new RegExp(
  String.raw`^CREATE TABLE (IF NOT EXISTS )?${NAME}\s*\(([\s\S]*)\)\s*ENGINE\s*=\s*(\w*MergeTree)\s*(?:\(([^()]*)\))?\s*([\s\S]*)$`,
  'i',
);
const COPY = new RegExp(String.raw`^CREATE TABLE (IF NOT EXISTS )?${NAME} AS ${NAME}$`, 'i');
const DROP = new RegExp(String.raw`^DROP TABLE (IF EXISTS )?${NAME}( SYNC)?$`, 'i');
const ALTER = new RegExp(String.raw`^ALTER TABLE ${NAME}\s+([\s\S]*)$`, 'i');
const REPLACE = new RegExp(String.raw`^REPLACE PARTITION (\d+) FROM ${NAME}$`, 'i');
const DELETE = new RegExp(String.raw`^DELETE FROM ${NAME}\s+(WHERE [\s\S]*)$`, 'i');
const VIEW = new RegExp(String.raw`^CREATE VIEW (IF NOT EXISTS )?${NAME} (AS[\s\S]*)$`, 'i');
const DATABASE = /^CREATE DATABASE IF NOT EXISTS \w+$/i;
/** Everything that defines or removes, known here or not. */
const DEFINES =
  /^(?:CREATE|ALTER|DROP|DELETE|UPDATE|TRUNCATE|RENAME|EXCHANGE|ATTACH|DETACH|OPTIMIZE|SYSTEM|BACKUP|RESTORE|GRANT|REVOKE|MOVE|UNDROP)\b/i;

/** What the statements of a cluster are made with. */
interface Cluster {
  readonly name: string;
  /** The clause that has every machine do it. */
  readonly on: string;
  readonly tails: ReadonlyMap<string, Tail>;
}

/** Makes the translation for a cluster, whose name is an identifier. The migrations say how a copied table is sorted. */
export function toCluster(name: string, migrations: readonly Migration[]): ToCluster {
  const cluster: Cluster = { name, on: `ON CLUSTER ${name}`, tails: tailsOf(migrations) };
  return (statement) => {
    const text = statement.trim();
    if (!DEFINES.test(text)) return [text];
    const statements = define(cluster, text) ?? alter(cluster, text) ?? remove(cluster, text);
    if (statements === null) throw refusal(text);
    return statements;
  };
}

function define(cluster: Cluster, text: string): readonly string[] | null {
  if (DATABASE.test(text)) return [`${text} ${cluster.on}`];
  const view = VIEW.exec(text);
  if (view)
    return [`CREATE VIEW ${view[1] ?? ''}${LEDGER_DATABASE}.${view[2] ?? ''} ${cluster.on} ${view[3] ?? ''}`];
  const created = CREATE.exec(text);
  if (created) {
    const [, ifNotExists = '', table = '', columns = '', engine = '', parameters = '', rest = ''] = created;
    return create(cluster, ifNotExists + table, `(${columns})`, { engine, parameters, rest });
  }
  const copied = COPY.exec(text);
  if (copied === null) return null;
  const [, ifNotExists = '', table = '', original = ''] = copied;
  const tail = cluster.tails.get(original);
  if (tail === undefined || placementOf(table).kind !== placementOf(original).kind) throw refusal(text);
  const holder = placementOf(original).kind === 'sharded' ? localName(original) : original;
  return create(cluster, ifNotExists + table, `AS ${LEDGER_DATABASE}.${holder}`, tail);
}

/** A table that holds rows, and for a sharded one the table that is asked. `what`: its name, `IF NOT EXISTS` before it. */
function create({ name, on }: Cluster, what: string, definition: string, tail: Tail): string[] {
  const table = what.replace(/^.* /, '');
  const condition = what.slice(0, -table.length);
  const placement = placementOf(table);
  const sharded = placement.kind === 'sharded';
  const holder = sharded ? localName(table) : table;
  const held = `CREATE TABLE ${condition}${LEDGER_DATABASE}.${holder} ${on} ${definition} ENGINE = ${replicated(holder, sharded, tail)}`;
  if (!sharded) return [held];
  const { key } = placement;
  const asked = `CREATE TABLE ${condition}${LEDGER_DATABASE}.${table} ${on} AS ${LEDGER_DATABASE}.${holder} ENGINE = Distributed('${name}', '${LEDGER_DATABASE}', '${holder}', ${key})`;
  return [held, asked];
}

function alter({ on }: Cluster, text: string): readonly string[] | null {
  const altered = ALTER.exec(text);
  if (altered === null) return null;
  const [, table = '', change = ''] = altered;
  if (placementOf(table).kind === 'everywhere') {
    // A replicated table hands its changes on by itself, and to tell every shard would make them several times. Its
    // settings alone are each machine's own.
    if (!/^(?:MODIFY|RESET) SETTING\b/i.test(change)) return [text];
    return [`ALTER TABLE ${LEDGER_DATABASE}.${table} ${on} ${change}`];
  }
  const holder = `${LEDGER_DATABASE}.${localName(table)}`;
  const replace = REPLACE.exec(change);
  if (replace) {
    const from = `${LEDGER_DATABASE}.${localName(replace[2] ?? '')}`;
    // The replica that exchanges the partition must have all of the new one first.
    return [
      `SYSTEM SYNC REPLICA ${on} ${from}`,
      `ALTER TABLE ${holder} ${on} REPLACE PARTITION ${replace[1]} FROM ${from}`,
    ];
  }
  if (/\b(?:DROP|DETACH|ATTACH|MOVE|FETCH|FREEZE) PART\b/i.test(change)) throw refusal(text);
  const ofColumns = /\b(?:ADD|DROP|MODIFY|RENAME|CLEAR) COLUMN\b/i.test(change);
  const ofOthers = /\b(?:ADD|DROP|CLEAR|MATERIALIZE) (?:INDEX|PROJECTION|STATISTICS|CONSTRAINT)\b/i.test(
    change,
  );
  if (ofColumns && ofOthers) throw refusal(text);
  const changes = [`ALTER TABLE ${holder} ${on} ${change}`];
  if (ofColumns && !/^CLEAR\b/i.test(change))
    changes.push(`ALTER TABLE ${LEDGER_DATABASE}.${table} ${on} ${change}`);
  return changes;
}

function remove({ on }: Cluster, text: string): readonly string[] | null {
  const dropped = DROP.exec(text);
  if (dropped) {
    const [, ifExists = '', table = '', sync = ''] = dropped;
    const sharded = placementOf(table).kind === 'sharded';
    const names = sharded ? [table, localName(table)] : [table];
    return names.map((name) => `DROP TABLE ${ifExists}${LEDGER_DATABASE}.${name} ${on}${sync}`);
  }
  const deleted = DELETE.exec(text);
  if (deleted === null) return null;
  const [, table = '', where = ''] = deleted;
  if (placementOf(table).kind === 'everywhere') return [text];
  return [`DELETE FROM ${LEDGER_DATABASE}.${localName(table)} ${on} ${where}`];
}

/** What stands behind the columns of a table. */
interface Tail {
  readonly engine: string;
  readonly parameters: string;
  readonly rest: string;
}

/**
 * The engine of a table that holds rows. Its path names database and table and no random id, so that a server that
 * joins the cluster later finds the others' rows.
 */
function replicated(table: string, sharded: boolean, { engine, parameters, rest }: Tail): string {
  const [group, replica] = sharded ? ['{shard}', '{replica}'] : ['everywhere', '{shard}-{replica}'];
  const path = `/clickhouse/tables/${group}/${LEDGER_DATABASE}/${table}`;
  const all = [`'${path}'`, `'${replica}'`, ...(parameters === '' ? [] : [parameters])].join(', ');
  return withSettings(`Replicated${engine}(${all})${rest === '' ? '' : `\n${rest}`}`, replicatedSettings);
}

function tailsOf(migrations: readonly Migration[]): ReadonlyMap<string, Tail> {
  const tails = new Map<string, Tail>();
  for (const { sql } of migrations) {
    for (const statement of statementsOf(sql)) {
      const created = CREATE.exec(statement);
      if (created === null) continue;
      const [, , table = '', , engine = '', parameters = '', rest = ''] = created;
      tails.set(table, { engine, parameters, rest });
    }
  }
  return tails;
}

function refusal(statement: string): Error {
  return new Error(`This statement has no meaning on a cluster: ${statement.slice(0, 200)}`);
}
