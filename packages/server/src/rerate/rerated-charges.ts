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

interface FormerCharge {
  readonly seq: number;
  readonly tenant: string;
  readonly id: string;
  readonly former_cost: string | null;
  readonly former_price_source: PriceSource;
  readonly former_price_version: string;
  readonly former_price_id: string;
  readonly new_cost: string | null;
  readonly new_price_version: string;
}

interface PresentRow extends RowName {
  readonly provider: string;
  readonly model: string;
  readonly cost: string | null;
  readonly price_source: PriceSource;
  readonly price_version: string;
  readonly price_id: string;
}

/** Rows of one question; those of one number come together. */
const PAGE_ROWS = 65_536;

/** The changes that give the rows of a re-rating their former charges, if they still have those that it gave them. */
export async function* formerCharges(
  connection: LedgerConnection,
  rerating: string,
): AsyncGenerator<PricedAgain> {
  const table = `${LEDGER_DATABASE}.rerated_charges WHERE rerating = {rerating:String}`;
  const journals = await connection.query<{ journal: string }>(`SELECT DISTINCT journal FROM ${table}`, {
    rerating,
  });
  for (const { journal } of journals) {
    for (let from = 0; ; ) {
      const page = await connection.query<FormerCharge>(
        `SELECT seq, tenant, id, toString(former_cost_usd) AS former_cost, former_price_source, former_price_version,
           former_price_id, toString(new_cost_usd) AS new_cost, new_price_version
         FROM ${table} AND journal = {journal:String} AND seq >= {from:UInt64} ORDER BY seq LIMIT ${PAGE_ROWS} WITH TIES`,
        { rerating, journal, from },
      );
      const last = page.at(-1);
      if (last === undefined) break;
      yield await changesBack(connection, journal, page);
      from = last.seq + 1;
    }
  }
}

/** What gives the rows of a page their former charges. */
async function changesBack(
  connection: LedgerConnection,
  journal: string,
  page: readonly FormerCharge[],
): Promise<PricedAgain> {
  const present = await connection.query<PresentRow>(
    `SELECT journal, seq, live, tenant, id, toString(timestamp) AS at, toString(received_at) AS received, provider, model,
       toString(cost_usd) AS cost, price_source, price_version, price_id
     FROM ${LEDGER_DATABASE}.events WHERE journal = {journal:String} AND seq BETWEEN {from:UInt64} AND {to:UInt64}`,
    { journal, from: page[0]?.seq ?? 0, to: page.at(-1)?.seq ?? 0 },
  );
  const rows = new Map(present.map((row) => [keyOf(row), row]));
  const changed = page.flatMap((charge) => {
    const row = rows.get(keyOf(charge));
    const isAsGiven = row?.cost === charge.new_cost && row.price_version === charge.new_price_version;
    return isAsGiven ? [changeBack(row, charge)] : [];
  });
  return { examined: page.length, changed };
}

/** Numbers alone do not tell rows apart where a journal has lost its end. */
function keyOf({ seq, tenant, id }: Pick<RowName, 'seq' | 'tenant' | 'id'>): string {
  return JSON.stringify([seq, tenant, id]);
}

function changeBack(present: PresentRow, charge: FormerCharge): ChangedCharge {
  const { journal, seq, live, tenant, id, at, received, provider, model } = present;
  return {
    row: { journal, seq, live, tenant, id, at, received },
    provider,
    model,
    former: {
      costPicoUsd: present.cost === null ? null : parseUsd(present.cost),
      priceSource: present.price_source,
      priceVersion: present.price_version,
      priceId: present.price_id,
    },
    new: {
      costPicoUsd: charge.former_cost === null ? null : parseUsd(charge.former_cost),
      priceSource: charge.former_price_source,
      priceVersion: charge.former_price_version,
      priceId: charge.former_price_id,
    },
  };
}
