/**
 * Prices rows of the ledger again, with the prices of now, and gives those whose
 * charge differs from the one that they have.
 */

import { type Instant, parseRfc3339, parseUsd } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import {
  type Charge,
  type PricedUsage,
  type Pricer,
  type PriceSource,
  usageColumns,
} from '../pricing/index.ts';
import { both, type Condition, rangeCondition } from '../ledger/time-range.ts';
import { rangeWithin, sliceRange } from '../ledger/time-slices.ts';
import type { RerateRequest } from './request.ts';

/** A row whose charge would change. */
export interface ChangedCharge {
  readonly row: RowName;
  readonly provider: string;
  readonly model: string;
  readonly former: Charge;
  readonly new: Charge;
}

/** What tells a row from others, and when it was. */
export interface RowName {
  readonly journal: string;
  readonly seq: number;
  readonly live: boolean;
  readonly tenant: string;
  readonly id: string;
  /** When it was, as the engine writes it: `2026-11-20 10:00:00.123456789`. */
  readonly at: string;
  /** When it arrived. */
  readonly received: string;
}

/** Rows that were priced again at a stretch. */
export interface PricedAgain {
  readonly examined: number;
  readonly changed: readonly ChangedCharge[];
}

interface StoredRow extends RowName, Omit<PricedUsage, 'timestamp' | 'cost_usd'> {
  readonly cost: string | null;
  readonly price_source: PriceSource;
  readonly price_version: string;
  readonly price_id: string;
}

/**
 * Rows of one question. Whoever takes the answer may take its time between two
 * questions, but not within one: the engine ends what takes too long.
 */
const SLICE_ROWS = 65_536;

/** Goes through the rows that a request names, in order of time. */
export async function* priceAgain(
  connection: LedgerConnection,
  pricer: Pricer,
  request: RerateRequest,
): AsyncGenerator<PricedAgain> {
  const condition = conditionOf(request);
  for (const slice of await sliceRange(connection, request.range, condition, SLICE_ROWS)) {
    const { sql, parameters } = both(condition, rangeCondition(rangeWithin(request.range, slice)));
    const rows = await connection.query<StoredRow>(
      `SELECT journal, seq, live, tenant, id, toString(timestamp) AS at, toString(received_at) AS received,
       ${usageColumns.join(', ')}, toString(cost_usd) AS cost, price_source, price_version, price_id
       FROM ${LEDGER_DATABASE}.events WHERE ${sql}`,
      parameters,
    );
    yield { examined: rows.length, changed: rows.flatMap((row) => changeOf(row, pricer)) };
  }
}

/** The rows that a request names, but for its range. */
function conditionOf({ provider, model, unpriced }: RerateRequest): Condition {
  const conditions = ["price_source != 'caller'"];
  const parameters: Record<string, string> = {};
  if (provider !== null) {
    conditions.push('provider = {provider:String}');
    parameters['provider'] = provider;
  }
  if (model !== null) {
    conditions.push('model = {model:String}');
    parameters['model'] = model;
  }
  if (unpriced) conditions.push('cost_usd IS NULL');
  return { sql: conditions.join(' AND '), parameters };
}

function changeOf(row: StoredRow, pricer: Pricer): ChangedCharge[] {
  const { journal, seq, live, tenant, id, at, received, provider, model } = row;
  const former: Charge = {
    costPicoUsd: row.cost === null ? null : parseUsd(row.cost),
    priceSource: row.price_source,
    priceVersion: row.price_version,
    priceId: row.price_id,
  };
  const charge = pricer.price({ ...row, timestamp: instantOf(at), cost_usd: null });
  // A list that was only republished charges the same: that is no difference, and the row keeps its version.
  if (charge.costPicoUsd === former.costPicoUsd) return [];
  return [
    {
      row: { journal, seq, live, tenant, id, at, received },
      provider,
      model,
      former,
      new: charge,
    },
  ];
}

function instantOf(at: string): Instant {
  const instant = parseRfc3339(`${at.replace(' ', 'T')}Z`);
  if (instant === null) throw new Error(`The ledger has a timestamp that is none: ${at}.`);
  return instant;
}
