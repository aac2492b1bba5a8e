/**
 * The settings that go along with every statement to a remote ledger. They make a
 * foreign server behave as the embedded engine does, whatever its own defaults are.
 *
 * Source: ClickHouse documentation, "Session settings".
 */

import type { ClickHouseSettings } from '@clickhouse/client';
import type { LedgerAddress } from './address.ts';

/** A mode that the client's types do not know, although servers have had it since 23.8. */
const THROW_ONLY_ACTIVE: string = 'throw_only_active';

/** For every statement that is no insert of data. */
export function questionSettings(address: LedgerAddress): ClickHouseSettings {
  return {
    max_execution_time: address.querySecondsMax,
    max_memory_usage: String(address.queryMemoryBytesMax),
    max_threads: address.threadsMax,
    max_insert_threads: '1',
    input_format_parallel_parsing: 0,
    // Money is printed as decimal text, which JSON numbers would round.
    output_format_json_quote_decimals: 1,
    output_format_json_quote_64bit_integers: 0,
    max_partitions_per_insert_block: '0',
    session_timezone: 'UTC',
    // What is answered has happened: nothing is collected first to be written later.
    async_insert: 0,
    // Rows that were removed can come again from an archive, and would look like a block that was sent twice.
    insert_deduplicate: 0,
    ...(address.cluster === null ? {} : clusterSettings(address)),
  };
}

/**
 * For an insert of data.
 *
 * @param token by which the engine knows a block that it has taken already; null if it must take what comes.
 */
export function insertSettings(address: LedgerAddress, token: string | null): ClickHouseSettings {
  return {
    async_insert: 0,
    ...(token === null
      ? { insert_deduplicate: 0 }
      : { insert_deduplicate: 1, insert_deduplication_token: token }),
    ...(address.cluster === null ? {} : clusterSettings(address)),
  };
}

/**
 * For a cluster. An insert is answered when every shard it concerns has it, on a majority of its replicas, and one
 * insert after another, so that a question can be answered with all of them or refused.
 */
function clusterSettings({ requestTimeoutMs }: LedgerAddress): ClickHouseSettings {
  return {
    insert_quorum: 'auto',
    insert_quorum_parallel: 0,
    insert_quorum_timeout: Math.floor(requestTimeoutMs / 2),
    select_sequential_consistency: '1',
    distributed_foreground_insert: 1,
    // A subquery is asked once of all shards, and not by each shard of itself.
    distributed_product_mode: 'global',
    parallel_distributed_insert_select: '0',
    // A machine that is away does what it was told when it is back.
    distributed_ddl_output_mode: THROW_ONLY_ACTIVE as NonNullable<
      ClickHouseSettings['distributed_ddl_output_mode']
    >,
  };
}
