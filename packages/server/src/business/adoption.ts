/**
 * Who uses what: active, new and returning users, and how many of those that came in
 * one week still come in later ones. A user is new in the window of the first request
 * that the ledger knows; events past their retention are forgotten.
 */

import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { rangeCondition, type TimeRange } from '../ledger/time-range.ts';
import { type BusinessRows, readRows, shareOf } from './rows.ts';

/** Users of a range. */
export interface AdoptionFigures {
  readonly active_users: number;
  readonly new_users: number;
  readonly returning_users: number;
  readonly returning_ratio: number | null;
  readonly requests_per_user: number | null;
}

/** Users of a range, in all, by application and by cohort. */
export interface Adoption extends AdoptionFigures {
  readonly anonymous_requests: number;
  /** The mean of the distinct users of each day that had any. */
  readonly daily_active_users: number | null;
  /** That mean divided by the users of the range. */
  readonly stickiness: number | null;
  readonly by_application: readonly (AdoptionFigures & {
    readonly application: string;
    /** The share of all active users that used it. */
    readonly adoption_ratio: number | null;
  })[];
  readonly cohorts: readonly Cohort[];
}

/** The users whose first request was in one week. */
export interface Cohort {
  /** The Monday with which the week begins, in UTC. */
  readonly week: string;
  readonly users: number;
  /** The share of them that sent requests in the same week, the next, and so on. */
  readonly retained: readonly number[];
}

/** Applications and cohorts of one answer. */
const APPLICATIONS_MAX = 100;
const COHORTS_MAX = 12;
const WEEK_MS = 7 * 86_400_000;

interface UserRow {
  readonly application: string;
  readonly active: number;
  readonly fresh: number;
  readonly requests: number;
}

/** Reads who used what in a range. */
export async function readAdoption(connection: LedgerConnection, range: TimeRange): Promise<Adoption> {
  return readRows(connection, range, async (rows) => {
    const [all] = await readUsers(connection, rows, range, false);
    const applications = await readUsers(connection, rows, range, true);
    const [days] = await connection.query<{ anonymous: number; user_days: number; days: number }>(
      `SELECT toInt64(countIf(user_id = '')) AS anonymous, toInt64(uniqExactIf((toDate(timestamp), user_id), user_id != '')) AS user_days,
       toInt64(uniqExactIf(toDate(timestamp), user_id != '')) AS days
       FROM ${rows.events} WHERE ${rows.counting.sql}`,
      rows.counting.parameters,
    );
    const total = figuresOf(all);
    const daily = shareOf(days?.user_days ?? 0, days?.days ?? 0);
    return {
      ...total,
      anonymous_requests: days?.anonymous ?? 0,
      daily_active_users: daily,
      stickiness: daily === null ? null : shareOf(daily, total.active_users),
      by_application: applications.map((row) => ({
        application: row.application,
        ...figuresOf(row),
        adoption_ratio: shareOf(row.active, total.active_users),
      })),
      cohorts: await readCohorts(connection, rows),
    };
  });
}

/** Reads how many users a range had, and how many of them were new. */
export async function readUserCounts(
  connection: LedgerConnection,
  range: TimeRange,
): Promise<AdoptionFigures> {
  return readRows(connection, range, async (rows) => {
    const [all] = await readUsers(connection, rows, range, false);
    return figuresOf(all);
  });
}

function figuresOf(row: UserRow | undefined): AdoptionFigures {
  const { active, fresh, requests } = row ?? { active: 0, fresh: 0, requests: 0 };
  return {
    active_users: active,
    new_users: fresh,
    returning_users: active - fresh,
    returning_ratio: shareOf(active - fresh, active),
    requests_per_user: shareOf(requests, active),
  };
}

function readUsers(
  connection: LedgerConnection,
  { events, untilEnd }: BusinessRows,
  { from }: TimeRange,
  byApplication: boolean,
): Promise<UserRow[]> {
  // A range without a beginning holds the first request of everybody.
  const { sql: within, parameters } = rangeCondition({ from, to: null });
  const application = byApplication ? 'application' : "''";
  return connection.query<UserRow>(
    `SELECT app AS application, toInt64(count()) AS active, toInt64(countIf(before = 0)) AS fresh, toInt64(sum(n)) AS requests
     FROM (SELECT toString(${application}) AS app, user_id, countIf(${within}) AS n, countIf(NOT (${within})) AS before
       FROM ${events} WHERE user_id != '' AND ${untilEnd.sql} GROUP BY app, user_id HAVING n > 0)
     GROUP BY application ORDER BY active DESC, application LIMIT ${APPLICATIONS_MAX}`,
    { ...untilEnd.parameters, ...parameters },
  );
}

/** The newest cohorts, up to the end of the range. */
async function readCohorts(
  connection: LedgerConnection,
  { events, untilEnd }: BusinessRows,
): Promise<Cohort[]> {
  const rows = await connection.query<{ cohort: string; week: string; users: number }>(
    `SELECT toString(first) AS cohort, toString(week) AS week, toInt64(count()) AS users FROM (
       SELECT min(monday) AS first, groupUniqArray(monday) AS weeks
       FROM (SELECT user_id, toMonday(timestamp) AS monday FROM ${events} WHERE user_id != '' AND ${untilEnd.sql} GROUP BY user_id, monday)
       GROUP BY user_id
     ) ARRAY JOIN weeks AS week GROUP BY first, week ORDER BY first, week`,
    untilEnd.parameters,
  );
  const newestMs = rows.reduce((latest, { week }) => Math.max(latest, Date.parse(week)), 0);
  const cohorts = new Map<string, Map<number, number>>();
  for (const { cohort, week, users } of rows) {
    const age = (Date.parse(week) - Date.parse(cohort)) / WEEK_MS;
    const ages = cohorts.get(cohort) ?? new Map<number, number>();
    cohorts.set(cohort, ages.set(age, users));
  }
  return [...cohorts].slice(-COHORTS_MAX).map(([week, ages]) => {
    const users = ages.get(0) ?? 0;
    const lived = (newestMs - Date.parse(week)) / WEEK_MS + 1;
    const retained = Array.from({ length: lived }, (_none, age) => shareOf(ages.get(age) ?? 0, users) ?? 0);
    return { week, users, retained };
  });
}

/** The share of the users of 30 days that were active on the last of them, by application. */
export async function readDailyShare(
  connection: LedgerConnection,
  range: TimeRange,
  lastDayMs: number,
): Promise<ReadonlyMap<string, number>> {
  return readRows(connection, range, async ({ counting }) => {
    const rows = await connection.query<{ app: string; users: number; today: number }>(
      `SELECT toString(application) AS app, toInt64(uniqExact(user_id)) AS users,
       toInt64(uniqExactIf(user_id, timestamp >= fromUnixTimestamp64Milli({day:Int64}, 'UTC'))) AS today
       FROM ${LEDGER_DATABASE}.events WHERE user_id != '' AND ${counting.sql}
       GROUP BY app ORDER BY users DESC, app LIMIT ${APPLICATIONS_MAX}`,
      { ...counting.parameters, day: lastDayMs },
    );
    return new Map(rows.map(({ app, users, today }) => [app, shareOf(today, users) ?? 0]));
  });
}
