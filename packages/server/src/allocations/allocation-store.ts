/** The table of allocations, and the events they are made of. */

import { formatUsd, parseUsd } from '@bellwether/events';
import type { SelfHostedDefinition } from '../config/index.ts';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { matchesGlob } from '../pricing/model-match.ts';
import { type AllocatedHour, type Basis, fingerprintOf, type RequestGroup } from './hour.ts';

/** Groups of requests of one question: hours times the values that they are told apart by. */
const GROUPS_MAX = 200_000;

const TABLE = `${LEDGER_DATABASE}.allocations`;

/** What is stored of an hour. */
export interface StoredHour {
  readonly fingerprint: string;
  readonly basis: Basis;
  readonly used: number;
}

interface EngineGroup {
  readonly at: number;
  readonly model: string;
  readonly tenant: string;
  readonly team: string;
  readonly application: string;
  readonly charged: number;
  readonly requests: number;
  readonly tokens: string;
  readonly time: string;
}

/** A pool, and whether a model is its own: the first pool that matches has it. */
export function ownsModel(
  pools: readonly SelfHostedDefinition[],
  pool: SelfHostedDefinition,
  model: string,
): boolean {
  const owner = pools.find(
    ({ provider, models }) =>
      provider === pool.provider && models.some((pattern) => matchesGlob(pattern, model)),
  );
  return owner?.id === pool.id;
}

/** The requests of a provider by hour (epoch milliseconds). */
export async function readGroups(
  connection: LedgerConnection,
  provider: string,
  fromMs: number,
  toMs: number,
): Promise<Map<number, RequestGroup[]>> {
  const rows = await connection.query<EngineGroup>(
    `SELECT toUnixTimestamp(toStartOfHour(timestamp)) AS at, model, tenant, team, application,
     toUInt8(cost_usd IS NOT NULL) AS charged, count() AS requests,
     toString(sum(toUInt128(ifNull(input_tokens, 0)) + ifNull(output_tokens, 0))) AS tokens,
     toString(sum(toUInt128(round(ifNull(latency_ms, 0) * 1000)))) AS time
     FROM ${LEDGER_DATABASE}.events
     WHERE provider = {provider:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
     AND timestamp < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
     GROUP BY at, model, tenant, team, application, charged
     ORDER BY at, model, tenant, team, application, charged LIMIT ${GROUPS_MAX + 1}`,
    { provider, from: fromMs, to: toMs },
  );
  if (rows.length > GROUPS_MAX)
    throw new Error(
      `more than ${GROUPS_MAX} combinations of model, tenant, team and application in the hours asked for`,
    );
  const hours = new Map<number, RequestGroup[]>();
  for (const { at, charged, tokens, time, ...group } of rows) {
    const groups = hours.get(at * 1000) ?? [];
    groups.push({ ...group, charged: charged === 1, tokens: BigInt(tokens), timeUs: BigInt(time) });
    hours.set(at * 1000, groups);
  }
  return hours;
}

/** What is stored of the hours of a pool. */
export async function readStored(
  connection: LedgerConnection,
  pool: string,
  fromMs: number,
  toMs: number,
): Promise<Map<number, StoredHour>> {
  const rows = await connection.query<{ at: number; print: string; basis: Basis; share: number }>(
    `SELECT toUnixTimestamp(hour) AS at, argMax(fingerprint, revision) AS print,
     argMax(basis, revision) AS basis, argMax(used, revision) AS share
     FROM ${TABLE} WHERE pool = {pool:String} AND hour >= toDateTime({from:Int64}, 'UTC') AND hour < toDateTime({to:Int64}, 'UTC')
     GROUP BY at`,
    { pool, from: fromMs / 1000, to: toMs / 1000 },
  );
  return new Map(
    rows.map(({ at, print, basis, share }) => [at * 1000, { fingerprint: print, basis, used: share }]),
  );
}

/** Stores an hour under a new revision, as one block. */
export async function storeHour(
  connection: LedgerConnection,
  pool: SelfHostedDefinition,
  hourMs: number,
  revision: number,
  hour: AllocatedHour,
): Promise<void> {
  const { basis, used } = hour;
  const stamp = {
    pool: pool.id,
    hour: hourMs / 1000,
    revision,
    fingerprint: fingerprintOf(hour),
    basis,
    used,
  };
  const lines = hour.rows.map(({ costPicoUsd, ...row }) =>
    Buffer.from(
      `${JSON.stringify({ ...stamp, ...row, provider: pool.provider, cost_usd: formatUsd(costPicoUsd) })}\n`,
    ),
  );
  await connection.insertJsonLines(TABLE, lines);
}

/** The instant of the first request of a pool, at most so far back; `null` if there is none. */
export async function firstRequestMs(
  connection: LedgerConnection,
  provider: string,
  fromMs: number,
): Promise<number | null> {
  const [row] = await connection.query<{ requests: number; first: number }>(
    `SELECT count() AS requests, toUnixTimestamp(toStartOfHour(min(timestamp))) AS first FROM ${LEDGER_DATABASE}.events
     WHERE provider = {provider:String} AND timestamp >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')`,
    { provider, from: fromMs },
  );
  return row === undefined || row.requests === 0 ? null : row.first * 1000;
}

/** What the machines of a range cost. Money is exact decimal dollars. */
export interface SelfHostedFigures {
  /** The share of requests without a charge of their own. */
  readonly allocated_usd: string;
  /** What nobody used. */
  readonly idle_usd: string;
  /** The share of requests that have a charge of their own; it is in no other figure. */
  readonly charged_usd: string;
  readonly requests: number;
}

/** The same for one value of each dimension. */
export interface SelfHostedRow extends SelfHostedFigures {
  readonly key: Readonly<Record<string, string>>;
}

/** What can be grouped by, and its column. */
export const allocationDimensions = {
  pool: 'pool',
  hour: "formatDateTime(hour, '%Y-%m-%dT%H:00:00Z', 'UTC')",
  day: "formatDateTime(hour, '%Y-%m-%d', 'UTC')",
  provider: 'provider',
  model: 'model',
  tenant: 'tenant',
  team: 'team',
  application: 'application',
} as const;

/** The name of one. */
export type AllocationDimension = keyof typeof allocationDimensions;

/** Rows of one answer. */
const ROWS_MAX = 10_000;

/** Reads what the machines of the whole hours of a range cost. */
export async function readAllocations(
  connection: LedgerConnection,
  range: { readonly fromMs: number; readonly toMs: number },
  by: readonly AllocationDimension[],
): Promise<{ readonly rows: readonly SelfHostedRow[]; readonly truncated: boolean }> {
  const keys = by.map((name, index) => `toString(${allocationDimensions[name]}) AS key_${index}, `).join('');
  const names = by.map((_name, index) => `key_${index}`);
  const cost = (kind: string): string => `toString(sumIf(cost_usd, kind = '${kind}'))`;
  const rows = await connection.query<Record<string, string> & { readonly requests: number }>(
    `SELECT ${keys} ${cost('requests')} AS allocated, ${cost('idle')} AS idle, ${cost('charged')} AS charged,
     sum(requests) AS requests FROM ${TABLE}
     WHERE hour >= toDateTime({from:Int64}, 'UTC') AND hour < toDateTime({to:Int64}, 'UTC')
     AND (pool, hour, revision) IN (SELECT pool, hour, max(revision) FROM ${TABLE} GROUP BY pool, hour)
     ${names.length === 0 ? '' : `GROUP BY ${names.join(', ')} ORDER BY sum(cost_usd) DESC, ${names.join(', ')}`}
     LIMIT ${ROWS_MAX + 1}`,
    { from: Math.floor(range.fromMs / 1000), to: Math.ceil(range.toMs / 1000) },
  );
  const usd = (text: string | undefined): string => formatUsd(parseUsd(text ?? '0') ?? 0n);
  return {
    truncated: rows.length > ROWS_MAX,
    rows: rows.slice(0, ROWS_MAX).map((row) => ({
      key: Object.fromEntries(by.map((name, index) => [name, row[`key_${index}`] ?? ''])),
      allocated_usd: usd(row['allocated']),
      idle_usd: usd(row['idle']),
      charged_usd: usd(row['charged']),
      requests: row.requests,
    })),
  };
}
