/** What the ledger has of the days and providers of a bill. */

import { BellwetherError, parseUsd } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { readWithKeptDays } from '../ledger/kept-days.ts';
import { priceListOf } from '../pricing/provider-aliases.ts';
import type { TokenMeter } from './bill.ts';

/** What requests of one day and model used and cost, as the ledger has it. */
export interface LedgerUsage {
  readonly day: string;
  /** The price list that the provider's name means, or the name. */
  readonly provider: string;
  /** The model that answered, or the one that was asked for if the event does not say. */
  readonly model: string;
  readonly requests: bigint;
  readonly tokens: Readonly<Record<TokenMeter, bigint>>;
  /** Part of the output tokens. */
  readonly reasoningTokens: bigint;
  readonly costPicoUsd: bigint;
  /** Requests without a known price, and their tokens. */
  readonly unpricedRequests: bigint;
  readonly unpricedTokens: Readonly<Record<TokenMeter, bigint>>;
  /** Requests that failed, and what they are charged in the ledger. */
  readonly failedRequests: bigint;
  readonly failedPicoUsd: bigint;
  /** What senders themselves say that their requests cost. */
  readonly givenRequests: bigint;
  readonly givenPicoUsd: bigint;
}

/** Days times models of one answer. */
const ROWS_MAX = 50_000;

const METERS: Readonly<Record<TokenMeter, string>> = {
  input:
    'greatest(toInt64(ifNull(input_tokens, 0)) - toInt64(ifNull(cache_read_tokens, 0)) - toInt64(ifNull(cache_write_tokens, 0)), 0)',
  cache_read: 'ifNull(cache_read_tokens, 0)',
  cache_write:
    'greatest(toInt64(ifNull(cache_write_tokens, 0)) - toInt64(ifNull(cache_write_1h_tokens, 0)), 0)',
  cache_write_1h: 'ifNull(cache_write_1h_tokens, 0)',
  output: 'ifNull(output_tokens, 0)',
};

const sumsOf = (prefix: string, condition: string): string =>
  Object.entries(METERS)
    .map(([meter, sql]) => `toString(sumIf(toInt128(${sql}), ${condition})) AS ${prefix}_${meter}`)
    .join(', ');

type Row = Readonly<Record<string, string | null>>;

/**
 * Reads the usage of a range of days, the last included.
 *
 * @throws BellwetherError `invalid_parameter` if events of these days are past their retention: their tokens are not known any more.
 */
export function readLedgerUsage(
  connection: LedgerConnection,
  { first, last }: { readonly first: string; readonly last: string },
): Promise<LedgerUsage[]> {
  return readWithKeptDays(connection, async (days) => {
    const gone = days.find(
      ({ day, state, charges }) => day >= first && day <= last && charges > 0 && state !== 'present',
    );
    if (gone !== undefined)
      throw new BellwetherError(
        'invalid_parameter',
        `The events of ${gone.day} are past their retention; bring them back from the archive to compare that day.`,
        { field: 'items' },
      );
    const rows = await connection.query<Row>(
      `SELECT toString(toDate(timestamp, 'UTC')) AS day_utc, provider AS sender_provider, if(response_model = '', model, response_model) AS answered_by,
         toString(count()) AS requests, ${sumsOf('used', '1')}, toString(sum(toUInt128(ifNull(reasoning_tokens, 0)))) AS reasoning,
         toString(sum(cost_usd)) AS cost, toString(countIf(cost_usd IS NULL)) AS unpriced, ${sumsOf('unpriced', 'cost_usd IS NULL')},
         toString(countIf(status IN ('error', 'timeout'))) AS failed, toString(sumIf(cost_usd, status IN ('error', 'timeout'))) AS failed_cost,
         toString(countIf(price_source = 'caller')) AS given, toString(sumIf(cost_usd, price_source = 'caller')) AS given_cost
       FROM ${LEDGER_DATABASE}.events
       WHERE timestamp >= toDateTime64({first:String}, 9, 'UTC') AND timestamp < addDays(toDateTime64({last:String}, 9, 'UTC'), 1)
       GROUP BY day_utc, sender_provider, answered_by ORDER BY day_utc, sender_provider, answered_by LIMIT ${ROWS_MAX}`,
      { first: `${first} 00:00:00`, last: `${last} 00:00:00` },
    );
    return rows.map(usageOf);
  });
}

function usageOf(row: Row): LedgerUsage {
  const count = (column: string): bigint => BigInt(row[column] ?? '0');
  const amount = (column: string): bigint => parseUsd(row[column] ?? '0') ?? 0n;
  const tokens = (prefix: string): Record<TokenMeter, bigint> => ({
    input: count(`${prefix}_input`),
    cache_read: count(`${prefix}_cache_read`),
    cache_write: count(`${prefix}_cache_write`),
    cache_write_1h: count(`${prefix}_cache_write_1h`),
    output: count(`${prefix}_output`),
  });
  const provider = row['sender_provider'] ?? '';
  return {
    day: row['day_utc'] ?? '',
    provider: priceListOf(provider) ?? provider,
    model: row['answered_by'] ?? '',
    requests: count('requests'),
    tokens: tokens('used'),
    reasoningTokens: count('reasoning'),
    costPicoUsd: amount('cost'),
    unpricedRequests: count('unpriced'),
    unpricedTokens: tokens('unpriced'),
    failedRequests: count('failed'),
    failedPicoUsd: amount('failed_cost'),
    givenRequests: count('given'),
    givenPicoUsd: amount('given_cost'),
  };
}
