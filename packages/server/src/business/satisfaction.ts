/**
 * How satisfied users are: by what they and graders say, and by what they do. What
 * they do is told without the words of a request: whoever asks again soon after a
 * failure had to, and whoever cancels, or leaves after a failure, did not get what
 * they came for.
 */

import type { LedgerConnection } from '../ledger/connection.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import { readRows, shareOf } from './rows.ts';

/** How soon after a failure another request of the same user, application and task is taken for a retry. */
export const RETRY_SECONDS = 60;

/** Satisfaction over a range. */
export interface Satisfaction {
  readonly explicit: {
    readonly rated_requests: number;
    /** Of all requests. */
    readonly rated_ratio: number | null;
    readonly satisfaction_score: number | null;
    /** Ratings in fifths of the scale: 0 to below 0.2, and so on. */
    readonly distribution: readonly number[];
    readonly graded_requests: number;
    readonly quality_score: number | null;
  };
  readonly implicit: {
    /** Requests that did not succeed, cancelled ones included, of known users or sessions. */
    readonly failures: number;
    /** Those that were followed by another try within a minute. */
    readonly retried: number;
    readonly retry_ratio: number | null;
    readonly cancelled: number;
    /** Of all requests. */
    readonly cancelled_ratio: number | null;
    readonly sessions: number;
    /** Sessions whose last request did not succeed. */
    readonly abandoned_sessions: number;
    readonly abandonment_ratio: number | null;
  };
}

interface Scores {
  readonly requests: number;
  readonly cancelled: number;
  readonly rated: number;
  readonly satisfaction: number;
  readonly fifths: readonly number[];
  readonly graded: number;
  readonly quality: number;
}

/** Reads how satisfied the users of a range were. */
export async function readSatisfaction(
  connection: LedgerConnection,
  range: TimeRange,
): Promise<Satisfaction> {
  return readRows(connection, range, async ({ rated, events, counting }) => {
    const fifths = Array.from(
      { length: 5 },
      // The engine takes a comparison with an absent score for untrue.
      (_none, i) =>
        `toInt64(countIf(satisfaction_score >= ${i / 5} AND satisfaction_score < ${i === 4 ? 2 : (i + 1) / 5}))`,
    );
    const [scores] = await connection.query<Scores>(
      `SELECT toInt64(count()) AS requests, toInt64(countIf(status = 'cancelled')) AS cancelled,
       toInt64(count(satisfaction_score)) AS rated, toInt64(ifNull(sum(round(satisfaction_score * 1e9)), 0)) AS satisfaction,
       [${fifths.join(', ')}] AS fifths, toInt64(count(quality_score)) AS graded,
       toInt64(ifNull(sum(round(quality_score * 1e9)), 0)) AS quality FROM ${rated} WHERE ${counting.sql}`,
      counting.parameters,
    );
    const known = `${counting.sql} AND (user_id != '' OR session_id != '')`;
    const who = 'tenant, user_id, session_id, application, task_type';
    // Failures are few: they are what the join holds in memory, while all requests pass by.
    const [retries] = await connection.query<{ failures: number; retried: number }>(
      `SELECT (SELECT toInt64(count()) FROM ${events} WHERE status != 'success' AND ${known}) AS failures,
       toInt64(uniqExactIf((failed_journal, failed_seq),
         failed_seq > 0 AND dateDiff('millisecond', failed_at, at) <= ${RETRY_SECONDS * 1000})) AS retried
       FROM (SELECT ${who}, timestamp AS at FROM ${events} WHERE ${known}) AS asked
       ASOF LEFT JOIN (SELECT ${who}, timestamp AS failed_at, journal AS failed_journal, seq AS failed_seq
         FROM ${events} WHERE status != 'success' AND ${known}) AS failed
       ON ${who
         .split(', ')
         .map((column) => `asked.${column} = failed.${column}`)
         .join(' AND ')} AND asked.at > failed.failed_at`,
      counting.parameters,
    );
    const [sessions] = await connection.query<{ n: number; abandoned: number }>(
      `SELECT toInt64(count()) AS n, toInt64(countIf(last != 'success')) AS abandoned
       FROM (SELECT argMax(status, (timestamp, seq)) AS last FROM ${events}
         WHERE session_id != '' AND ${counting.sql} GROUP BY tenant, session_id)`,
      counting.parameters,
    );
    return satisfactionOf(scores, retries, sessions);
  });
}

function satisfactionOf(
  scores: Scores | undefined,
  retries: { failures: number; retried: number } | undefined,
  sessions: { n: number; abandoned: number } | undefined,
): Satisfaction {
  const requests = scores?.requests ?? 0;
  const [rated, graded] = [scores?.rated ?? 0, scores?.graded ?? 0];
  const [failures, retried] = [retries?.failures ?? 0, retries?.retried ?? 0];
  const [count, abandoned] = [sessions?.n ?? 0, sessions?.abandoned ?? 0];
  const cancelled = scores?.cancelled ?? 0;
  return {
    explicit: {
      rated_requests: rated,
      rated_ratio: shareOf(rated, requests),
      satisfaction_score: shareOf((scores?.satisfaction ?? 0) / 1e9, rated),
      distribution: scores?.fifths ?? [0, 0, 0, 0, 0],
      graded_requests: graded,
      quality_score: shareOf((scores?.quality ?? 0) / 1e9, graded),
    },
    implicit: {
      failures,
      retried,
      retry_ratio: shareOf(retried, failures),
      cancelled,
      cancelled_ratio: shareOf(cancelled, requests),
      sessions: count,
      abandoned_sessions: abandoned,
      abandonment_ratio: shareOf(abandoned, count),
    },
  };
}
