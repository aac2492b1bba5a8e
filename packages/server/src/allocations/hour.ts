/**
 * One hour of some machines: what they cost, how much of that was in use, and whose
 * use it was. Every part is exact, and together they are what the machines cost.
 */

import { divideHalfEven, formatUsd, type PicoUsd, parseUsd } from '@bellwether/events';
import type { SelfHostedDefinition } from '../config/index.ts';
import { divideByWeights } from './shares.ts';

const HOUR_MS = 3_600_000;
/** The share in use is taken to the millionth. */
const SHARE_SCALE = 1_000_000;

/** The requests of one hour that have these values in common. */
export interface RequestGroup {
  readonly model: string;
  readonly tenant: string;
  readonly team: string;
  readonly application: string;
  /** True if the requests have a charge of their own, e.g. of a rate card. */
  readonly charged: boolean;
  readonly requests: number;
  readonly tokens: bigint;
  /** Microseconds of latency. */
  readonly timeUs: bigint;
}

/** How the share in use is known. */
export type Basis = 'measured' | 'latency';

/** A row of the table of allocations. */
export interface AllocationRow {
  readonly kind: 'requests' | 'idle' | 'charged';
  readonly model: string;
  readonly tenant: string;
  readonly team: string;
  readonly application: string;
  readonly requests: number;
  readonly costPicoUsd: PicoUsd;
}

/** An hour, divided. */
export interface AllocatedHour {
  readonly basis: Basis;
  /** The share in use, 0 to 1. */
  readonly used: number;
  readonly rows: readonly AllocationRow[];
}

/**
 * Divides the cost of an hour: the share in use by the tokens or the time of the
 * requests, the rest is idle. An hour without requests is idle, whatever was in use.
 *
 * @param measured the share in use as it was measured; `null` where nothing measures it: then it is the latency of
 * the requests over what the machines can work on at once.
 */
export function divideHour(
  { hourUsd, allocateBy, concurrency }: SelfHostedDefinition,
  groups: readonly RequestGroup[],
  measured: number | null,
): AllocatedHour {
  const capacity = parseUsd(hourUsd) ?? 0n;
  const timeUs = groups.reduce((sum, group) => sum + group.timeUs, 0n);
  const share = measured ?? Number(timeUs) / (HOUR_MS * 1000 * concurrency);
  const used = Math.min(1, Math.max(0, share));
  const inUse =
    groups.length === 0
      ? 0n
      : divideHalfEven(capacity * BigInt(Math.round(used * SHARE_SCALE)), BigInt(SHARE_SCALE));
  const parts = divideByWeights(inUse, weightsOf(groups, allocateBy));
  const rows = groups.map(
    ({ model, tenant, team, application, charged, requests }, index): AllocationRow => ({
      kind: charged ? 'charged' : 'requests',
      model,
      tenant,
      team,
      application,
      requests,
      costPicoUsd: parts[index] ?? 0n,
    }),
  );
  const idle: AllocationRow = {
    kind: 'idle',
    model: '',
    tenant: '',
    team: '',
    application: '',
    requests: 0,
    costPicoUsd: capacity - inUse,
  };
  return { basis: measured === null ? 'latency' : 'measured', used, rows: [...rows, idle] };
}

/** Tokens or time; where no request tells them, the requests are counted. */
function weightsOf(groups: readonly RequestGroup[], by: SelfHostedDefinition['allocateBy']): bigint[] {
  const weights = groups.map(({ tokens, timeUs }) => (by === 'tokens' ? tokens : timeUs));
  return weights.some((weight) => weight > 0n) ? weights : groups.map(({ requests }) => BigInt(requests));
}

/** What an hour was computed from, as text: equal text, equal rows. */
export function fingerprintOf(hour: AllocatedHour): string {
  const cells = hour.rows.map(({ kind, model, tenant, team, application, requests, costPicoUsd }) => [
    kind,
    model,
    tenant,
    team,
    application,
    requests,
    formatUsd(costPicoUsd),
  ]);
  return JSON.stringify([hour.basis, hour.used, cells]);
}
