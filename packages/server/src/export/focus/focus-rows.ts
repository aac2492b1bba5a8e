/** The FOCUS rows of a scope, from the events of the ledger, in order of their days. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LedgerConnection } from '../../ledger/connection.ts';
import type { Pricer } from '../../pricing/pricer.ts';
import { unhurried } from '../event-text.ts';
import { conditionOf, EVENTS, type Scope } from '../scope.ts';
import { type Slice, within } from '../slices.ts';
import { type ChargedEvent, FocusAggregate } from './aggregate.ts';
import type { FocusRow } from './columns.ts';

const COLUMNS = `toUnixTimestamp64Second(timestamp) AS at, toString(cost_usd) AS cost_usd, provider, model, response_model,
  service_tier, region, status, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens,
  reasoning_tokens, input_audio_tokens, output_audio_tokens, input_image_tokens, latency_ms, price_source, price_version,
  price_id, tenant, team, application, environment, backend_id`;

/** Gives the rows in groups. */
export async function* focusRows(
  connection: LedgerConnection,
  scope: Scope,
  slices: readonly Slice[],
  options: {
    readonly pricer: Pricer;
    readonly billingAccount: string;
    readonly onSlice: (rows: number) => void;
  },
): AsyncGenerator<FocusRow[]> {
  const aggregate = new FocusAggregate(options.pricer, options.billingAccount);
  for (const slice of slices) {
    const { sql, parameters } = conditionOf(within(scope, slice));
    // The alias must not hide the column from the condition and the order.
    const statement = `SELECT ${COLUMNS} FROM ${EVENTS} AS e WHERE ${sql} AND e.cost_usd IS NOT NULL
      ORDER BY e.timestamp, journal, seq SETTINGS ${unhurried}`;
    for await (const events of connection.stream<ChargedEvent>(statement, parameters)) {
      const rows = events.flatMap((event) => aggregate.add(event));
      if (rows.length > 0) yield rows;
      await nextTurn();
    }
    options.onSlice(slice.rows);
  }
  const rest = aggregate.finish();
  if (rest.length > 0) yield rest;
}
