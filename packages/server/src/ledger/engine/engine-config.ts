/**
 * The configuration file of the embedded engine. What matters for the ledger's
 * promises stands here and not in table definitions, so that no table can miss it:
 * every inserted and every merged part is synced to disk before it counts.
 */

/** What the engine may use. */
export interface EngineLimits {
  /** Memory of the whole engine, in bytes. */
  readonly memoryBytesMax: number;
  /** Threads of one query. */
  readonly threadsMax: number;
  /** Memory of one query, in bytes. */
  readonly queryMemoryBytesMax: number;
  /** Duration of one query, in seconds. */
  readonly querySecondsMax: number;
}

/** The environment variable that the engine reads its key from while it starts. */
export const KEY_VARIABLE = 'BELLWETHER_ENGINE_KEY';

/** The directory of the encrypted disk in the engine's own, `engine/` in the data directory. */
export const ENCRYPTED_FOLDER = 'encrypted';

/** Merges that go on at once. */
const BACKGROUND_POOL = 2;
/** Threads that merge: for each of the pool the engine takes up to two merges, by its default ratio. */
export const MERGE_THREADS_MAX = BACKGROUND_POOL * 2;

/**
 * An encrypted disk. The engine takes the key from its environment: any other way puts it into a file or into the
 * metadata of a table. The path is relative, to the directory that the engine runs in: of an encrypted disk this version
 * of it syncs the directories by their path below the path of the disk, twice over, which is right for this path only.
 */
const ENCRYPTED_DISK = `
  <storage_configuration>
    <disks>
      <plain><type>local</type><path>./</path></plain>
      <sealed>
        <type>encrypted</type><disk>plain</disk>
        <algorithm>AES_256_CTR</algorithm><key_hex from_env="${KEY_VARIABLE}"/>
      </sealed>
    </disks>
    <policies><sealed><volumes><main><disk>sealed</disk></main></volumes></sealed></policies>
  </storage_configuration>`;

/**
 * The XML of the configuration file. Caches and background pools are small: the
 * ledger's queries read few columns of few parts, and an idle server should idle.
 *
 * @param encrypted true if the tables lie on an encrypted disk, which is the directory that the engine runs in.
 */
export function engineConfigXml(limits: EngineLimits, encrypted = false): string {
  return `<clickhouse>${encrypted ? ENCRYPTED_DISK : ''}
  <merge_tree>
    ${encrypted ? '<storage_policy>sealed</storage_policy>' : ''}
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
    <min_rows_to_fsync_after_merge>1</min_rows_to_fsync_after_merge>
    <cleanup_delay_period>5</cleanup_delay_period>
    <cleanup_delay_period_random_add>0</cleanup_delay_period_random_add>
    <max_cleanup_delay_period>5</max_cleanup_delay_period>
    <number_of_free_entries_in_pool_to_execute_mutation>0</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>0</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>0</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
  <background_pool_size>${BACKGROUND_POOL}</background_pool_size>
  <background_schedule_pool_size>2</background_schedule_pool_size>
  <mark_cache_size>33554432</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <index_mark_cache_size>0</index_mark_cache_size>
  <max_server_memory_usage>${limits.memoryBytesMax}</max_server_memory_usage>
  <asynchronous_metrics_update_period_s>3600</asynchronous_metrics_update_period_s>
</clickhouse>
`;
}

/** The settings of every session, as the engine's command line takes them. */
export function engineSettings(limits: EngineLimits, encrypted = false): string[] {
  return [
    // What does not fit into memory would be put into files outside of the encrypted disk.
    ...(encrypted
      ? ['--max_bytes_ratio_before_external_group_by=0', '--max_bytes_ratio_before_external_sort=0']
      : []),
    `--max_threads=${limits.threadsMax}`,
    `--max_memory_usage=${limits.queryMemoryBytesMax}`,
    `--max_execution_time=${limits.querySecondsMax}`,
    '--max_insert_threads=1',
    // One thread parses an insert: more would hold several pieces of it in memory and compete with ingest.
    '--input_format_parallel_parsing=0',
    // Money is printed as decimal text, which JSON numbers would round.
    '--output_format_json_quote_decimals=1',
    '--output_format_json_quote_64bit_integers=0',
    // Events of many months may come in one batch when a trace is replayed.
    '--max_partitions_per_insert_block=0',
    '--log_queries=0',
  ];
}
