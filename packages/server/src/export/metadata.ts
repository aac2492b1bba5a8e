/**
 * What is known of an export beside its rows: what was asked, of which moment it is,
 * how many rows it has, what its bytes hash to, and which prices are in it. It stands
 * beside the file, so that a figure in a spreadsheet can be followed back.
 */

import { formatRfc3339 } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import { version } from '../version.ts';
import { FOCUS_VERSION } from './focus/columns.ts';
import { type ExportRequest, queryOf } from './request.ts';
import { conditionOf, EVENTS, type Scope, type UpperBound } from './scope.ts';

/** A price list that rows were charged at. */
export interface PricesUsed {
  /** `caller`, `card`, `snapshot`, or empty for events without a known price. */
  readonly source: string;
  readonly version: string;
  readonly events: number;
}

/** The metadata of an export. */
export interface ExportMetadata {
  readonly metadata_version: 1;
  readonly id: string;
  readonly kind: ExportRequest['kind'];
  readonly format: ExportRequest['format'];
  readonly array: boolean;
  /** What was asked, as the address of the API has it. */
  readonly query: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly filter: { readonly backend: string | null; readonly tenant: string | null };
  /** Rows of the file. */
  readonly rows: number;
  /** Events of the ledger that they stand for, and what those cost, exactly. */
  readonly events: number;
  readonly cost_usd: string;
  /** Events without a known price. FOCUS has no row for them, since it has no unknown cost. */
  readonly unpriced_events: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly prices: readonly PricesUsed[];
  /** The last row that counted: what arrived later is not in the export. */
  readonly upper_bound: UpperBound;
  readonly focus_version?: string;
  readonly software: { readonly name: 'bellwether'; readonly version: string };
  /** RFC 3339. */
  readonly created_at: string;
}

/** What the ledger says of a scope. */
export interface ScopeFigures {
  readonly events: number;
  readonly unpriced: number;
  /** Decimal dollars. */
  readonly cost: string;
  readonly prices: readonly PricesUsed[];
}

/** Counts and sums the rows of a scope. */
export async function readFigures(connection: LedgerConnection, scope: Scope): Promise<ScopeFigures> {
  const { sql, parameters } = conditionOf(scope);
  const [totals] = await connection.query<{ events: number; unpriced: number; cost: string | null }>(
    `SELECT count() AS events, countIf(cost_usd IS NULL) AS unpriced, toString(sum(cost_usd)) AS cost
     FROM ${EVENTS} WHERE ${sql}`,
    parameters,
  );
  const prices = await connection.query<PricesUsed>(
    `SELECT price_source AS source, price_version AS version, count() AS events FROM ${EVENTS} WHERE ${sql}
     GROUP BY source, version ORDER BY source, version LIMIT 10000`,
    parameters,
  );
  return {
    events: totals?.events ?? 0,
    unpriced: totals?.unpriced ?? 0,
    cost: totals?.cost ?? '0',
    prices,
  };
}

/** What is known when all bytes are written. */
export interface Written {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** Puts the metadata of an export together. */
export function metadataOf(
  id: string,
  request: ExportRequest,
  scope: Scope,
  figures: ScopeFigures,
  written: Written,
  createdMs: number,
): ExportMetadata {
  const { kind, format, range, backend, array } = request;
  const from = range.from === null ? null : formatRfc3339(range.from);
  const to = range.to === null ? null : formatRfc3339(range.to);
  return {
    metadata_version: 1,
    id,
    kind,
    format,
    array,
    query: queryOf(request),
    from,
    to,
    filter: { backend, tenant: range.tenant ?? null },
    rows: written.rows,
    events: figures.events,
    cost_usd: figures.cost,
    unpriced_events: figures.unpriced,
    bytes: written.bytes,
    sha256: written.sha256,
    prices: figures.prices,
    upper_bound: scope.bound,
    ...(kind === 'focus' ? { focus_version: FOCUS_VERSION } : {}),
    software: { name: 'bellwether', version },
    created_at: new Date(createdMs).toISOString(),
  };
}
