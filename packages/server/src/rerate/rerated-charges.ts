/** The rows of `rerated_charges`: what a re-rating changed, and how to change it back. */

import { formatUsd, parseUsd } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import type { Charge, PriceSource } from '../pricing/index.ts';
import type { ChangedCharge, PricedAgain, RowName } from './price-again.ts';

/** The line of a change. */
export function chargeLine(rerating: string, { row, former, new: next }: ChangedCharge): string {
  const { at, received, ...name } = row;
  return JSON.stringify({
    rerating,
    ...name,
    timestamp: at,
    received_at: received,
    ...columnsOf('former', former),
    ...columnsOf('new', next),
  });
}

function columnsOf(prefix: 'former' | 'new', charge: Charge): Record<string, string> {
  return {
    ...(charge.costPicoUsd === null ? {} : { [`${prefix}_cost_usd`]: formatUsd(charge.costPicoUsd) }),
    [`${prefix}_price_source`]: charge.priceSource,
    [`${prefix}_price_version`]: charge.priceVersion,
    [`${prefix}_price_id`]: charge.priceId,
  };
}

interface StoredChange extends RowName {
  readonly provider: string;
  readonly model: string;
  readonly former_cost: string | null;
  readonly former_price_source: PriceSource;
  readonly former_price_version: string;
  readonly former_price_id: string;
  readonly cost: string | null;
  readonly price_source: PriceSource;
  readonly price_version: string;
  readonly price_id: string;
}

/** The changes that give the rows of a re-rating their former charges, if they still have those that it gave them. */
export async function* formerCharges(
  connection: LedgerConnection,
  rerating: string,
): AsyncGenerator<PricedAgain> {
  const rows = connection.stream<StoredChange>(
    `SELECT e.journal AS journal, e.seq AS seq, e.live AS live, e.tenant AS tenant, e.id AS id,
       toString(e.timestamp) AS at, toString(e.received_at) AS received, e.provider AS provider, e.model AS model,
       toString(r.former_cost_usd) AS former_cost, r.former_price_source AS former_price_source,
       r.former_price_version AS former_price_version, r.former_price_id AS former_price_id,
       toString(e.cost_usd) AS cost, e.price_source AS price_source, e.price_version AS price_version, e.price_id AS price_id
     FROM ${LEDGER_DATABASE}.events AS e
     INNER JOIN (SELECT * FROM ${LEDGER_DATABASE}.rerated_charges WHERE rerating = {rerating:String}) AS r
     ON e.journal = r.journal AND e.seq = r.seq
     WHERE e.cost_usd IS NOT DISTINCT FROM r.new_cost_usd AND e.price_version = r.new_price_version
     SETTINGS join_algorithm = 'grace_hash', grace_hash_join_initial_buckets = 16, max_bytes_in_join = 33554432`,
    { rerating },
  );
  for await (const group of rows) yield { examined: group.length, changed: group.map(changeBack) };
}

function changeBack(row: StoredChange): ChangedCharge {
  const { journal, seq, live, tenant, id, at, received, provider, model } = row;
  return {
    row: { journal, seq, live, tenant, id, at, received },
    provider,
    model,
    former: {
      costPicoUsd: row.cost === null ? null : parseUsd(row.cost),
      priceSource: row.price_source,
      priceVersion: row.price_version,
      priceId: row.price_id,
    },
    new: {
      costPicoUsd: row.former_cost === null ? null : parseUsd(row.former_cost),
      priceSource: row.former_price_source,
      priceVersion: row.former_price_version,
      priceId: row.former_price_id,
    },
  };
}
