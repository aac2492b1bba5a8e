/** What a remote ledger must be before it is used. */

import type { LedgerConnection } from '../connection.ts';

/** The oldest server that says it in a way that can be told apart when it fails in the middle of an answer. */
export const OLDEST_VERSION = [25, 11] as const;

/** Macros that replicated tables take the place of a server from. */
const MACROS = ['replica', 'shard'];

/** Why a remote ledger cannot be used, in words that are public. */
export class UnfitLedger extends Error {}

/**
 * Checks the version and, of a cluster, its name and macros.
 *
 * @throws UnfitLedger if it does not meet what is required.
 */
export async function requireFit(connection: LedgerConnection): Promise<void> {
  const [server] = await connection.query<{ version: string }>('SELECT version() AS version');
  const [major = 0, minor = 0] = (server?.version ?? '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_VERSION;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new UnfitLedger(
      `ClickHouse ${server?.version} is too old; ${oldestMajor}.${oldestMinor} or newer is needed.`,
    );
  }
  const { cluster } = connection;
  if (cluster === null) return;
  const [found] = await connection.query<{ shards: number }>(
    'SELECT uniqExact(shard_num) AS shards FROM system.clusters WHERE cluster = {cluster:String}',
    { cluster },
  );
  if ((found?.shards ?? 0) === 0)
    throw new UnfitLedger('The server knows no cluster of the configured name.');
  const macros = await connection.query<{ macro: string }>(
    "SELECT macro FROM system.macros WHERE macro IN ('shard', 'replica') ORDER BY macro",
  );
  const missing = MACROS.filter((macro) => !macros.some((has) => has.macro === macro));
  if (missing.length > 0)
    throw new UnfitLedger(
      `The server has no macro ${missing.join(' and no macro ')}; replicated tables need it.`,
    );
}
