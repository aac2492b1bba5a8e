/**
 * Where a budget will stand at the end of its period, and when it runs out. Weeks and
 * months are forecast from the daily spend of the last half year; days, and budgets
 * with a short history, go on at the pace of the period so far.
 */

import { formatUsd, parseUsd } from '@bellwether/events';
import { forecast } from '../analyse/forecast/forecast.ts';
import { type RunOutStep, runsOut } from '../analyse/forecast/budget-date.ts';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { type Budget, columnOf } from './budget.ts';
import { budgetCondition } from './ledger-sums.ts';
import { type Period, PeriodCalendar } from './periods.ts';
import type { BudgetView } from './view.ts';

/** A look ahead. Money is decimal dollars, rounded to the micro-dollar since it is an estimate. */
export interface Projection {
  readonly key: Readonly<Record<string, string>>;
  /** `none` where the period is too young to have a pace. */
  readonly method: 'forecast' | 'pace' | 'none';
  readonly end_usd: string | null;
  /** With 80 % confidence; `null` without a forecast. */
  readonly end_lower80_usd: string | null;
  readonly end_upper80_usd: string | null;
  /** With 95 % confidence. */
  readonly end_lower95_usd: string | null;
  readonly end_upper95_usd: string | null;
  /** RFC 3339: the expected day (a forecast) or moment (a pace) at which the limit is reached; `null` if not in this period. */
  readonly runs_out_at: string | null;
  /** The earliest such day with 80 % and 95 % confidence. */
  readonly runs_out_earliest80_at: string | null;
  readonly runs_out_earliest95_at: string | null;
}

/** Whole days of history that a forecast needs, and takes. */
const HISTORY_DAYS_MIN = 14;
const HISTORY_DAYS_MAX = 180;
/** A pace is taken of a thirtieth of the period at least, or the first request decides everything. */
const PACE_SHARE_MIN = 1 / 30;
/** Entries of a budget that are projected. */
const PROJECTED_MAX = 20;

/** Projects the dearest entries of a budget. */
export async function projectBudget(
  connection: LedgerConnection,
  budget: Budget,
  view: BudgetView,
  nowMs: number,
): Promise<Projection[]> {
  const projections: Projection[] = [];
  for (const { key, spent_usd, limit_usd } of view.entries.slice(0, PROJECTED_MAX)) {
    const amounts = { spent: Number(spent_usd), limit: Number(limit_usd) };
    const value = Object.values(key)[0] ?? '';
    const history =
      budget.definition.period === 'day' ? null : await readHistory(connection, budget, value, nowMs);
    const projected =
      history === null
        ? byPace(budget.calendar.at(nowMs), nowMs, amounts)
        : byForecast(budget.calendar.at(nowMs), history, amounts);
    projections.push({ key, ...projected });
  }
  return projections;
}

/** The spend of whole days, oldest first, and the days themselves. */
interface History {
  readonly days: PeriodCalendar;
  readonly today: Period;
  readonly timestampsMs: readonly number[];
  readonly values: readonly number[];
}

/** Reads the whole days before today in the time zone of the budget; `null` if they are too few. */
async function readHistory(
  connection: LedgerConnection,
  budget: Budget,
  value: string,
  nowMs: number,
): Promise<History | null> {
  const { timeZone, per } = budget.definition;
  const days = new PeriodCalendar('day', timeZone);
  const today = days.at(nowMs);
  const starts = [today.startMs];
  while (starts.length <= HISTORY_DAYS_MAX) starts.push(days.at((starts.at(-1) ?? 0) - 1).startMs);
  const boundaries = starts.toReversed();
  const scope = budgetCondition(budget);
  const key = per === null ? '1' : `toString(${columnOf[per]}) = {key:String}`;
  const rows = await connection.query<{ day: number; cost: string }>(
    `WITH JSONExtract({days:String}, 'Array(Int64)') AS starts
     SELECT arrayLastIndex(start -> start <= toUnixTimestamp64Milli(timestamp), starts) AS day, toString(sum(cost_usd)) AS cost
     FROM ${LEDGER_DATABASE}.events
     WHERE timestamp >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND timestamp < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
     AND cost_usd IS NOT NULL AND ${scope.sql} AND ${key} GROUP BY day ORDER BY day`,
    {
      ...scope.parameters,
      key: value,
      days: JSON.stringify(boundaries.slice(0, -1)),
      from: boundaries[0] ?? 0,
      to: today.startMs,
    },
  );
  const first = rows[0]?.day;
  if (first === undefined || HISTORY_DAYS_MAX - first + 1 < HISTORY_DAYS_MIN) return null;
  const byDay = new Map(rows.map(({ day, cost }) => [day, Number(cost)]));
  const indexes = Array.from({ length: HISTORY_DAYS_MAX - first + 1 }, (_none, n) => first + n);
  return {
    days,
    today,
    // A day without a request cost nothing, which is a value and no gap.
    values: indexes.map((day) => byDay.get(day) ?? 0),
    timestampsMs: indexes.map((day) => boundaries[day - 1] ?? 0),
  };
}

interface Amounts {
  readonly spent: number;
  readonly limit: number;
}

type Projected = Omit<Projection, 'key'>;

function byForecast(
  period: Period,
  { days, today, timestampsMs, values }: History,
  amounts: Amounts,
): Projected {
  const left: number[] = [];
  for (let day = today; day.startMs < period.endMs; day = days.after(day)) left.push(day.startMs);
  // Steps of a day and not of the calendar: the forecast knows seasons of so many days, and no daylight saving.
  const { cumulative } = forecast({ values }, { horizon: left.length, nonNegative: true });
  const before = timestampsMs.reduce(
    (sum, startMs, index) => (startMs >= period.startMs ? sum + (values[index] ?? 0) : sum),
    0,
  );
  // What is spent already cannot become less.
  const end = (sums: readonly number[]): number => Math.max(amounts.spent, before + (sums.at(-1) ?? 0));
  const out = runsOut({ cumulative } as Parameters<typeof runsOut>[0], amounts.limit - before);
  const dayOf = (reached: RunOutStep | undefined): string | null => {
    const step =
      amounts.spent >= amounts.limit ? 1 : reached === undefined ? undefined : Math.max(1, reached.step);
    const atMs = step === undefined ? undefined : left[step - 1];
    return atMs === undefined ? null : new Date(atMs).toISOString();
  };
  return {
    method: 'forecast',
    end_usd: usd(end(cumulative.point)),
    end_lower80_usd: usd(end(cumulative.lower80)),
    end_upper80_usd: usd(end(cumulative.upper80)),
    end_lower95_usd: usd(end(cumulative.lower95)),
    end_upper95_usd: usd(end(cumulative.upper95)),
    runs_out_at: dayOf(out.expected),
    runs_out_earliest80_at: dayOf(out.earliest80),
    runs_out_earliest95_at: dayOf(out.earliest95),
  };
}

function byPace({ startMs, endMs }: Period, nowMs: number, { spent, limit }: Amounts): Projected {
  const share = (nowMs - startMs) / (endMs - startMs);
  const none = {
    end_lower80_usd: null,
    end_upper80_usd: null,
    end_lower95_usd: null,
    end_upper95_usd: null,
    runs_out_earliest80_at: null,
    runs_out_earliest95_at: null,
  };
  if (share < PACE_SHARE_MIN) return { method: 'none', end_usd: null, ...none, runs_out_at: null };
  const end = spent / share;
  const runsOutMs = end < limit ? undefined : Math.max(startMs, startMs + (limit / end) * (endMs - startMs));
  return {
    method: 'pace',
    end_usd: usd(end),
    ...none,
    runs_out_at: runsOutMs === undefined ? null : new Date(runsOutMs).toISOString(),
  };
}

function usd(amount: number): string {
  return formatUsd(parseUsd(amount.toFixed(6)) ?? 0n);
}
