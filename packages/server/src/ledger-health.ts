/**
 * How a remote ledger is: its answer time and version, replicas that take nothing in
 * or lag behind, machines that do not answer, and room on its disks. Of a cluster
 * every machine is asked.
 */

import type { Clock } from './clock.ts';
import type { CheckOutcome, HealthCheck } from './health/index.ts';
import { LEDGER_DATABASE, type LedgerConnection } from './ledger/connection.ts';

const INTERVAL_MS = 15_000;
const TIMEOUT_MS = 10_000;
/** An answer that takes so long is slow. */
const SLOW_MS = 1000;
/** So far behind the others a replica may be. */
const DELAY_SECONDS_MAX = 300;
/** Free room of a disk, in percent, below which somebody should look, and below which inserts are about to fail. */
const FREE_PERCENT_LOW = 15;
const FREE_PERCENT_LEAST = 5;

interface Figures {
  readonly version: string;
  readonly machines: number;
  readonly readonly: number;
  readonly delay: number;
  readonly free: number;
}

/** A check of a remote ledger. Not critical, since events wait in the journal while it is away. */
export function clickHouseCheck(connection: LedgerConnection, clock: Clock): HealthCheck {
  return {
    name: 'clickhouse',
    component: 'storage',
    componentType: 'datastore',
    critical: false,
    intervalMs: INTERVAL_MS,
    timeoutMs: TIMEOUT_MS,
    run: async () => {
      const startedMs = clock.monotonicMs();
      if (!(await connection.ping())) return { status: 'unhealthy', message: 'It does not answer.' };
      const latencyMs = clock.monotonicMs() - startedMs;
      const observed = { value: Math.round(latencyMs * 10) / 10, unit: 'ms' };
      const figures = await readFigures(connection);
      return { ...judgeClickHouse(figures, await countMachines(connection), latencyMs), observed };
    },
  };
}

/** Judges what was read. `known`: the machines that the cluster should have. */
export function judgeClickHouse(figures: Figures, known: number, latencyMs: number): CheckOutcome {
  const problems: string[] = [];
  const { version, machines, readonly, delay, free } = figures;
  if (machines < known) problems.push(`${known - machines} of ${known} machines do not answer`);
  if (readonly > 0) problems.push(`${readonly} replicas take nothing in`);
  if (delay > DELAY_SECONDS_MAX) problems.push(`a replica is ${delay} s behind`);
  if (free < FREE_PERCENT_LOW) problems.push(`a disk has ${free.toFixed(1)} % free`);
  if (latencyMs >= SLOW_MS) problems.push(`it took ${Math.round(latencyMs)} ms to answer`);
  const what = `ClickHouse ${version} on ${machines} ${machines === 1 ? 'machine' : 'machines'}`;
  if (problems.length === 0) return { status: 'healthy', message: `${what}.` };
  const status = free < FREE_PERCENT_LEAST ? 'unhealthy' : 'degraded';
  return { status, message: `${what}: ${problems.join('; ')}.` };
}

async function readFigures(connection: LedgerConnection): Promise<Figures> {
  const { cluster } = connection;
  const all = (table: string): string =>
    cluster === null ? `system.${table}` : `clusterAllReplicas(${cluster}, system.${table})`;
  const [row] = await connection.query<Figures>(
    `SELECT version() AS version,
       (SELECT count() FROM ${all('one')}) AS machines,
       (SELECT countIf(is_readonly) FROM ${all('replicas')} WHERE database = '${LEDGER_DATABASE}') AS readonly,
       (SELECT toUInt64(max(absolute_delay)) FROM ${all('replicas')} WHERE database = '${LEDGER_DATABASE}') AS delay,
       (SELECT toFloat64(min(if(total_space = 0, 100, 100 * free_space / total_space))) FROM ${all('disks')}) AS free
     SETTINGS skip_unavailable_shards = 1`,
  );
  if (row === undefined) throw new Error('It gave no answer about itself.');
  return row;
}

async function countMachines(connection: LedgerConnection): Promise<number> {
  const { cluster } = connection;
  if (cluster === null) return 1;
  const [row] = await connection.query<{ machines: number }>(
    'SELECT count() AS machines FROM system.clusters WHERE cluster = {cluster:String}',
    { cluster },
  );
  return row?.machines ?? 0;
}
