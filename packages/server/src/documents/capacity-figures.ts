/**
 * How much load there was, minute by minute: mean and peak of requests and tokens, how
 * many requests were under way at once, and in which minutes limits were met.
 */

import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { countingEvents, readWithKeptDays } from '../ledger/kept-days.ts';
import { both, rangeCondition } from '../ledger/time-range.ts';
import type { Dimension } from '../report/dimensions.ts';
import type { Period } from '../report/periods.ts';

/** The load of a group. */
export interface LoadRow {
  readonly key: Readonly<Record<string, string>>;
  readonly requests: number;
  readonly requests_per_minute: {
    readonly avg: number;
    /** The 99th percentile of the minutes that had any. */
    readonly p99: number;
    readonly peak: number;
    /** RFC 3339; the minute of the peak. */
    readonly peak_at: string;
  };
  readonly tokens_per_minute: { readonly avg: number; readonly p99: number; readonly peak: number };
  /**
   * Requests under way at once: arrivals a second times seconds each (Little's law, J. D. C. Little 1961), over
   * the period and in its busiest minute; null where no request says how long it took.
   */
  readonly concurrency: { readonly avg: number | null; readonly peak: number | null };
  readonly rate_limited: {
    readonly requests: number;
    readonly minutes: number;
    /** Requests in the least busy minute that had a refusal, and in the median one; null without refusals. */
    readonly least_requests: number | null;
    readonly median_requests: number | null;
  };
}

/** Groups of one answer. */
const ROWS_MAX = 1000;

interface EngineLoad {
  readonly requests: number;
  readonly p99: number;
  readonly peak: number;
  readonly peak_at: number;
  readonly tokens: number;
  readonly tokens_p99: number;
  readonly tokens_peak: number;
  readonly busy_ms: number | null;
  readonly busy_peak_ms: number | null;
  readonly limited: number;
  readonly limited_minutes: number;
  readonly limited_least: number | null;
  readonly limited_median: number | null;
}

/** Reads the load of a period, by any dimensions without time, most requests first. */
export async function readLoad(
  connection: LedgerConnection,
  period: Period,
  by: readonly Dimension[],
): Promise<{ readonly rows: readonly LoadRow[]; readonly truncated: boolean }> {
  const keys = by.map((_, i) => `key_${i}`);
  const grouped = keys.length === 0 ? '' : `GROUP BY ${keys.join(', ')}`;
  const rows = await readWithKeptDays(connection, (days) => {
    const { sql, parameters } = both(rangeCondition(period), countingEvents(days));
    const minutes = `SELECT ${by.map(({ sql: expression }, i) => `toString(${expression}) AS key_${i}, `).join('')}
      toUInt32(intDiv(toUnixTimestamp64Second(timestamp), 60) * 60) AS minute, toInt64(count()) AS n,
      toFloat64(ifNull(sum(input_tokens), 0)) + toFloat64(ifNull(sum(output_tokens), 0)) AS tokens_n,
      sum(latency_ms) AS busy, toInt64(countIf(error_type = 'rate_limit')) AS refused
      FROM ${LEDGER_DATABASE}.events WHERE ${sql} GROUP BY ${[...keys, 'minute'].join(', ')}`;
    return connection.query<EngineLoad & Readonly<Record<`key_${number}`, string>>>(
      `SELECT ${keys.map((key) => `${key}, `).join('')} toInt64(sum(n)) AS requests,
         toFloat64(quantileExact(0.99)(n)) AS p99, toInt64(max(n)) AS peak, argMax(minute, (n, -minute)) AS peak_at,
         sum(tokens_n) AS tokens, quantileExact(0.99)(tokens_n) AS tokens_p99, max(tokens_n) AS tokens_peak,
         sum(busy) AS busy_ms, max(busy) AS busy_peak_ms,
         toInt64(sum(refused)) AS limited, toInt64(countIf(refused > 0)) AS limited_minutes,
         if(limited_minutes = 0, NULL, minIf(n, refused > 0)) AS limited_least,
         if(limited_minutes = 0, NULL, toFloat64(quantileExactIf(0.5)(n, refused > 0))) AS limited_median
       FROM (${minutes}) ${grouped} ${keys.length === 0 ? 'HAVING requests > 0' : ''}
       ORDER BY ${['requests DESC', ...keys].join(', ')} LIMIT ${ROWS_MAX + 1}`,
      parameters,
    );
  });
  const minutes = Math.max(1, (period.to.epochSeconds - period.from.epochSeconds) / 60);
  return {
    rows: rows.slice(0, ROWS_MAX).map((row) => ({
      key: Object.fromEntries(by.map(({ name }, i) => [name, row[`key_${i}`] ?? ''])),
      ...loadOf(row, minutes),
    })),
    truncated: rows.length > ROWS_MAX,
  };
}

function loadOf(row: EngineLoad, minutes: number): Omit<LoadRow, 'key'> {
  return {
    requests: row.requests,
    requests_per_minute: {
      avg: row.requests / minutes,
      p99: row.p99,
      peak: row.peak,
      peak_at: new Date(row.peak_at * 1000).toISOString(),
    },
    tokens_per_minute: { avg: row.tokens / minutes, p99: row.tokens_p99, peak: row.tokens_peak },
    concurrency: {
      avg: row.busy_ms === null ? null : row.busy_ms / (minutes * 60_000),
      peak: row.busy_peak_ms === null ? null : row.busy_peak_ms / 60_000,
    },
    rate_limited: {
      requests: row.limited,
      minutes: row.limited_minutes,
      least_requests: row.limited_least,
      median_requests: row.limited_median,
    },
  };
}
