/** When requests come and what for: by the hour of the day, the day of the week, the task, and in sessions. */

import type { LedgerConnection } from '../ledger/connection.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import { readRows, shareOf } from './rows.ts';

/** Requests of one kind. */
export interface UsageFigures {
  readonly requests: number;
  readonly users: number;
  /** Of all requests. */
  readonly share: number | null;
}

/** How requests come. Hours and days are in UTC. */
export interface Usage {
  /** Hour 0 to 23. */
  readonly by_hour: readonly (UsageFigures & { readonly hour: number })[];
  /** Day 1, Monday, to 7. */
  readonly by_weekday: readonly (UsageFigures & { readonly weekday: number })[];
  /** Most requests first. */
  readonly by_task: readonly (UsageFigures & { readonly task_type: string })[];
  readonly sessions: {
    readonly sessions: number;
    readonly requests_per_session: number | null;
    /** From the first request to the beginning of the last, the mean. */
    readonly duration_seconds: number | null;
    /** The share of sessions with a single request. */
    readonly single_request_ratio: number | null;
  };
}

const TASKS_MAX = 100;

interface Row {
  readonly value: string;
  readonly requests: number;
  readonly users: number;
}

/** Reads how requests of a range came. */
export async function readUsage(connection: LedgerConnection, range: TimeRange): Promise<Usage> {
  return readRows(connection, range, async ({ events, counting }) => {
    const by = (value: string): Promise<Row[]> =>
      connection.query<Row>(
        `SELECT toString(${value}) AS value, toInt64(count()) AS requests,
         toInt64(uniqExactIf(user_id, user_id != '')) AS users
         FROM ${events} WHERE ${counting.sql} GROUP BY value ORDER BY requests DESC, value`,
        counting.parameters,
      );
    const [hours, weekdays, tasks] = [
      await by('toHour(timestamp)'),
      await by('toDayOfWeek(timestamp)'),
      await by('task_type'),
    ];
    const total = hours.reduce((sum, { requests }) => sum + requests, 0);
    const figures = (rows: readonly Row[], value: string): UsageFigures => {
      const { requests, users } = rows.find((row) => row.value === value) ?? { requests: 0, users: 0 };
      return { requests, users, share: shareOf(requests, total) };
    };
    const [sessions] = await connection.query<{
      n: number;
      requests: number;
      seconds: number;
      single: number;
    }>(
      `SELECT toInt64(count()) AS n, toInt64(sum(size)) AS requests, sum(lasted) AS seconds, toInt64(countIf(size = 1)) AS single
       FROM (SELECT count() AS size, toUnixTimestamp64Milli(max(timestamp)) / 1000 - toUnixTimestamp64Milli(min(timestamp)) / 1000 AS lasted
         FROM ${events} WHERE session_id != '' AND ${counting.sql} GROUP BY tenant, session_id)`,
      counting.parameters,
    );
    const count = sessions?.n ?? 0;
    return {
      by_hour: Array.from({ length: 24 }, (_none, hour) => ({ hour, ...figures(hours, String(hour)) })),
      by_weekday: Array.from({ length: 7 }, (_none, day) => ({
        weekday: day + 1,
        ...figures(weekdays, String(day + 1)),
      })),
      by_task: tasks.slice(0, TASKS_MAX).map(({ value }) => ({ task_type: value, ...figures(tasks, value) })),
      sessions: {
        sessions: count,
        requests_per_session: shareOf(sessions?.requests ?? 0, count),
        duration_seconds: shareOf(sessions?.seconds ?? 0, count),
        single_request_ratio: shareOf(sessions?.single ?? 0, count),
      },
    };
  });
}
