/**
 * Where the tables of the ledger lie on a cluster. The migrations know nothing of it:
 * they are written once, for one server, and `statements.ts` makes of them what a
 * cluster needs.
 *
 * A large table is sharded. All others are everywhere: every server has all of their
 * rows, so that they join and are asked as on one server.
 */

import type { LedgerConnection } from '../connection.ts';

/** Where the rows of a table are. */
export type Placement =
  /** Each row is on one shard, chosen by an expression. */
  | { readonly kind: 'sharded'; readonly key: string }
  /** Each row is on every server. */
  | { readonly kind: 'everywhere' };

/**
 * The sharded tables. An identity is on one shard for good, whichever server takes it and however often it is sent,
 * so what tells whether a row is there can be asked of one shard.
 */
const shardingKeys: ReadonlyMap<string, string> = new Map([['events', 'cityHash64(tenant, id)']]);

/** Where a table is. A table that is named after a sharded one, e.g. `events_rerated`, is a copy of it and lies as it does. */
export function placementOf(table: string): Placement {
  for (const [name, key] of shardingKeys) {
    if (table === name || table.startsWith(`${name}_`)) return { kind: 'sharded', key };
  }
  return { kind: 'everywhere' };
}

/** The table that holds the rows of a sharded one on each shard. */
export function localName(table: string): string {
  return `${table}_local`;
}

/** The table that has the rows, where a statement of the system's tables has to name it. */
export function tableWithRows({ cluster }: Pick<LedgerConnection, 'cluster'>, table: string): string {
  return cluster !== null && placementOf(table).kind === 'sharded' ? localName(table) : table;
}

/** SQL of a table of the system, on every machine of a cluster. */
export function everywhere({ cluster }: Pick<LedgerConnection, 'cluster'>, table: string): string {
  return cluster === null ? `system.${table}` : `clusterAllReplicas(${cluster}, system.${table})`;
}
