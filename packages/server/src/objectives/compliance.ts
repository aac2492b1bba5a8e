/**
 * How objectives were kept over the history: good and all requests by calendar
 * periods, counted from the rows of the ledger at the time of asking, to the
 * nanosecond of the range.
 */

import { BellwetherError } from '@bellwether/events';
import { type Period, PeriodCalendar, type PeriodUnit } from '../budgets/periods.ts';
import type { ObjectiveDefinition } from '../config/index.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import { rangeCondition, type TimeRange } from '../ledger/time-range.ts';
import { burnRate } from './burn-rate.ts';
import { QUARTER_MS } from './count-book.ts';
import { countEvents, inRange } from './count-events.ts';
import { indicatorOf } from './indicator.ts';
import { compliancePercent, isMet } from './judge.ts';
import { isOfLedger } from './objective.ts';
import type { WindowReader } from './promql-counts.ts';
import type { Tally } from './tally-ring.ts';
import { countsOf, describe, keyOf, type ObjectiveDescription } from './view.ts';

/** Periods of one answer. */
export const PERIODS_MAX = 1000;
/** Periods that a Prometheus is asked for. */
const ASKED_PERIODS_MAX = 120;
const HISTORY_MS = 90 * 86_400_000;

/** What is asked. */
export interface ComplianceQuestion {
  readonly range: TimeRange;
  /** The calendar period that rows are of; `null` for that of the objective, or days for a rolling window. */
  readonly by: PeriodUnit | null;
}

/** One period, of one value of the dimension that the objective is per. */
export interface ComplianceRow {
  readonly key: Readonly<Record<string, string>>;
  /** RFC 3339; the part of the period that lies in the range that was asked for. */
  readonly from: string;
  readonly to: string;
  readonly total: number;
  readonly good: number;
  readonly bad: number;
  readonly compliance_percent: number | null;
  readonly met: boolean | null;
  readonly budget_spent_percent: number;
}

/** The history of one objective. */
export interface ComplianceReport extends ObjectiveDescription {
  readonly from: string;
  readonly to: string;
  readonly by: PeriodUnit;
  readonly rows: readonly ComplianceRow[];
  /** The whole range, by key. */
  readonly totals: readonly ComplianceRow[];
}

/** Where the counts come from. */
export interface ComplianceSources {
  readonly connection: LedgerConnection;
  /** Answers for an objective over a Prometheus. */
  readonly reader: (definition: ObjectiveDefinition) => WindowReader | null;
}

/**
 * The history of an objective.
 *
 * @throws BellwetherError `invalid_parameter` for more periods than an answer holds.
 */
export async function complianceOf(
  { connection, reader }: ComplianceSources,
  definition: ObjectiveDefinition,
  { range, by }: ComplianceQuestion,
  nowMs: number,
): Promise<ComplianceReport> {
  const { window } = definition;
  const unit = by ?? (window.type === 'calendar' ? window.unit : 'day');
  const toMs = range.to === null ? nowMs : msOf(range.to);
  const fromMs = range.from === null ? toMs - HISTORY_MS : msOf(range.from);
  const calendar = new PeriodCalendar(unit, window.type === 'calendar' ? window.timeZone : 'UTC');
  const periods = periodsOf(calendar, fromMs, toMs, isOfLedger(definition) ? PERIODS_MAX : ASKED_PERIODS_MAX);
  const counted = new Map<string, Map<Period, Tally>>();
  if (isOfLedger(definition)) {
    const exact = range.from === null || range.to === null ? inRange(fromMs, toMs) : rangeCondition(range);
    const counting = { indicator: indicatorOf(definition), slices: definition.slices };
    for (const slot of await countEvents(connection, counting, exact, QUARTER_MS, [])) {
      // A range may begin within a quarter of an hour, whose start lies before it.
      const period = periods.find(({ endMs }) => Math.max(slot.startMs, fromMs) < endMs);
      if (period !== undefined) add(counted, slot.key, period, slot);
    }
  } else {
    const source = reader(definition);
    if (source === null) throw new BellwetherError('prometheus_unavailable', 'No Prometheus is configured.');
    for (const period of periods) {
      const [from, to] = [Math.max(period.startMs, fromMs), Math.min(period.endMs, toMs)];
      add(counted, '', period, await source.read(from, to));
    }
  }
  if (definition.per === null && !counted.has('')) counted.set('', new Map());
  const bounds = ({ startMs, endMs }: Period): Period => ({
    startMs: Math.max(startMs, fromMs),
    endMs: Math.min(endMs, toMs),
  });
  const rowOf = (key: string, period: Period, tally: Tally): ComplianceRow => ({
    key: keyOf(definition, key),
    from: new Date(period.startMs).toISOString(),
    to: new Date(period.endMs).toISOString(),
    ...countsOf(tally),
    compliance_percent: compliancePercent(tally),
    met: tally.total === 0 ? null : isMet(tally, definition.budgetPpb),
    budget_spent_percent: Math.round(burnRate(tally, definition.budgetPpb) * 1e8) / 1e6,
  });
  const none = { good: 0, total: 0 };
  const totals = [...counted]
    .map(([key, tallies]) => ({ key, tallies, tally: [...tallies.values()].reduce(plus, none) }))
    .toSorted((a, b) => b.tally.total - a.tally.total || (a.key < b.key ? -1 : 1));
  return {
    ...describe(definition),
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    by: unit,
    rows: totals.flatMap(({ key, tallies }) =>
      periods.map((period) => rowOf(key, bounds(period), tallies.get(period) ?? none)),
    ),
    totals: totals.map(({ key, tally }) => rowOf(key, { startMs: fromMs, endMs: toMs }, tally)),
  };
}

function add(counted: Map<string, Map<Period, Tally>>, key: string, period: Period, tally: Tally): void {
  const tallies = counted.get(key) ?? new Map<Period, Tally>();
  counted.set(key, tallies);
  tallies.set(period, plus(tallies.get(period) ?? { good: 0, total: 0 }, tally));
}

function plus(a: Tally, b: Tally): Tally {
  return { good: a.good + b.good, total: a.total + b.total };
}

function periodsOf(calendar: PeriodCalendar, fromMs: number, toMs: number, max: number): Period[] {
  const periods: Period[] = [];
  for (let period = calendar.at(fromMs); period.startMs < toMs; period = calendar.after(period)) {
    if (periods.length === max)
      throw new BellwetherError(
        'invalid_parameter',
        `That is more than ${max} periods: take longer ones, or a shorter range.`,
        { field: 'by' },
      );
    periods.push(period);
  }
  return periods;
}

function msOf({ epochSeconds, nanoseconds }: { epochSeconds: number; nanoseconds: number }): number {
  return epochSeconds * 1000 + Math.floor(nanoseconds / 1e6);
}
