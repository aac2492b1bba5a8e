/**
 * Chooses where the figures of a question come from: cells of the widest kind that fits,
 * of the rollup with the fewest of them, and rows for what no cell covers. Whatever it
 * chooses, the answer is the same to the unit; quantiles are of the same sketch.
 */

import type { Instant } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { countingEvents, type KeptDay } from '../ledger/kept-days.ts';
import { both, type Condition, ofTenant, type TimeRange } from '../ledger/time-range.ts';
import { common, END_OF_TIME, type Interval, wholeCells, without } from './cover.ts';
import { type FigureName, figureOf, isOfScores, ofParts, partOfCells, partOfParts } from './figures.ts';
import { answers, DAY, HOUR, MINUTE, type RollupSet, rollupSets, type Width } from './rollup-sets.ts';
import { countingCells, type RollupState } from './rollup-state.ts';

/** Something that figures are told apart by. */
export interface Key {
  /** Its name in the answer. */
  readonly alias: string;
  /** The SQL over rows of `events`. */
  readonly ofRows: string;
  /** The SQL over cells; null where they do not have it. */
  readonly ofCells: string | null;
  /** The widest cells that are of one value only, in seconds. */
  readonly widthMax: number;
}

/** A question for figures. */
export interface FigureQuestion {
  readonly figures: readonly FigureName[];
  readonly keys: readonly Key[];
  /** The dimensions that the keys and the filter name. */
  readonly dimensions: readonly string[];
  /** The rows, or the cells, that count. */
  readonly filter: Condition;
  readonly range: TimeRange;
  readonly keptDays: readonly KeptDay[];
  /** True if someone adds the charges of kept days, so that these days have rows only here. */
  readonly chargesApart: boolean;
  /** True for figures that are to be merged with others: sketches stay sketches. Absent: false. */
  readonly asParts?: boolean;
}

/** Cells that answer a part of a question. */
export interface CellPiece {
  readonly set: RollupSet;
  readonly width: Width;
  readonly intervals: readonly Interval[];
}

/** Where the figures come from, and a SELECT of them: the keys by their alias, and the figures as `f_NAME`. */
export interface Plan {
  readonly cells: readonly CellPiece[];
  /** What is left to the rows. */
  readonly rows: readonly Interval[];
  readonly sql: string;
  readonly parameters: Condition['parameters'];
}

const SECOND_NS = 1_000_000_000n;
const EVENTS = `${LEDGER_DATABASE}.events`;
const RATED_EVENTS = `${LEDGER_DATABASE}.rated_events`;
/** Below so many requests a cell, rows are cheaper: cells have more columns to add, and sketches are merged one by one. */
const CELLS_PAY_FROM = 2;
const SKETCHES_PAY_FROM = 8;
/** Stretches of time of one question; with more, rows answer all of it. */
const INTERVALS_MAX = 64;

/** Plans a question by a reading of the rollups' state. */
export function planFigures(asked: FigureQuestion, state: RollupState): Plan {
  const question = ofItsTenant(asked);
  // Ratings are joined to rows, since they come at any time after.
  if (state.hasRatings && question.figures.some(isOfScores)) return fromRows(question, RATED_EVENTS);
  const { cells, rows } = choose(question, state);
  return cells.length === 0 ? fromRows(question, EVENTS) : fromParts(question, state, cells, rows);
}

/** The tenant of the range is a filter like any other, which every rollup has the dimension for. */
function ofItsTenant(question: FigureQuestion): FigureQuestion {
  const { dimensions, filter, range } = question;
  const { tenant = null } = range;
  if (tenant === null) return question;
  return {
    ...question,
    dimensions: [...dimensions, 'tenant'],
    filter: both(filter, { sql: ofTenant, parameters: { tenant } }),
  };
}

function choose(
  question: FigureQuestion,
  state: RollupState,
): { readonly cells: readonly CellPiece[]; readonly rows: readonly Interval[] } {
  const whole = intervalOf(question.range);
  let left: Interval[] = [whole];
  const cells: CellPiece[] = [];
  for (const width of [DAY, HOUR, MINUTE] as const) {
    const set = cheapestSet(question, state, width);
    if (set === null) continue;
    const valid = without(validCells(state, set, width), holesOf(question, state));
    const intervals = left.flatMap((interval) =>
      valid.flatMap((span) => {
        const inside = common(interval, span);
        return (inside === null ? null : wholeCells(inside, BigInt(width) * SECOND_NS)) ?? [];
      }),
    );
    if (intervals.length === 0) continue;
    cells.push({ set, width, intervals });
    left = without(left, intervals);
  }
  const count = left.length + cells.reduce((sum, { intervals }) => sum + intervals.length, 0);
  return count > INTERVALS_MAX ? { cells: [], rows: [whole] } : { cells, rows: left };
}

/** The rollup that answers a question with the fewest cells of a width; null if rows are cheaper than any. */
function cheapestSet(question: FigureQuestion, state: RollupState, width: Width): RollupSet | null {
  const { figures, keys, dimensions } = question;
  if (keys.some(({ ofCells, widthMax }) => ofCells === null || !fits(widthMax, width))) return null;
  const density = (set: RollupSet): number => state.requestsPerCell[`${set.name}.${width}`] ?? 0;
  const paysFrom = figures.some((name) => figureOf(name).kind === 'sketch')
    ? SKETCHES_PAY_FROM
    : CELLS_PAY_FROM;
  return (
    rollupSets
      .filter((set) => set.widths.includes(width) && answers(set, width, dimensions, figures))
      .filter((set) => density(set) >= paysFrom)
      .toSorted((a, b) => density(b) - density(a))[0] ?? null
  );
}

/** When cells of a width have all rows up to the state's number. */
function validCells(
  { horizon, minutesFrom, hoursFrom }: RollupState,
  set: RollupSet,
  width: Width,
): Interval[] {
  const from = width === MINUTE ? (minutesFrom[set.name] ?? horizon) : hoursFrom;
  const to = Math.floor(horizon / width) * width;
  return from < to ? [{ from: BigInt(from) * SECOND_NS, to: BigInt(to) * SECOND_NS }] : [];
}

function holesOf({ keptDays, chargesApart }: FigureQuestion, state: RollupState): Interval[] {
  const changed = state.changed.map(({ from, to }) => ({ from, to }));
  const days = chargesApart
    ? keptDays.map(({ day }) => ({ from: Date.parse(day) / 1000, to: Date.parse(day) / 1000 + DAY }))
    : [];
  return [...changed, ...days].map(({ from, to }) => ({
    from: BigInt(from) * SECOND_NS,
    to: BigInt(to) * SECOND_NS,
  }));
}

function fromRows(question: FigureQuestion, table: string): Plan {
  const { figures, keys, keptDays, filter, range, asParts = false } = question;
  const whole = intervalOf(range);
  const form = asParts ? 'partOfRows' : 'ofRows';
  const within = { sql: timesOf([whole]), parameters: {} };
  const { sql, parameters } = both(both(within, filter), countingEvents(keptDays));
  const columns = [
    ...keys.map(({ ofRows, alias }) => `${ofRows} AS ${alias}`),
    ...figures.map((name) => `${figureOf(name)[form]} AS f_${name}`),
  ];
  const statement = `SELECT ${columns.join(', ')} FROM ${table} WHERE ${sql}${groupBy(keys)}`;
  return { cells: [], rows: [whole], sql: statement, parameters };
}

function fromParts(
  question: FigureQuestion,
  state: RollupState,
  cells: readonly CellPiece[],
  rows: readonly Interval[],
): Plan {
  const { figures, keys, keptDays, filter, asParts = false } = question;
  const merged = asParts ? partOfParts : ofParts;
  const counting = countingEvents(keptDays);
  const ofRows = (times: string): string =>
    select(
      keys.map(({ ofRows: sql, alias }) => `${sql} AS ${alias}`),
      figures.map((name) => `${figureOf(name).partOfRows} AS p_${name}`),
      `${EVENTS} WHERE ${times} AND ${filter.sql} AND ${counting.sql}`,
      keys,
    );
  const covered = cells.flatMap(({ intervals }) => intervals);
  const branches = [
    // Cells of all widths of a rollup are read together: what a statement costs grows with its branches.
    ...[...Map.groupBy(cells, ({ set }) => set)].map(([set, pieces]) =>
      select(
        keys.map(({ ofCells, alias }) => `${ofCells} AS ${alias}`),
        figures.map((name) => `${partOfCells(figureOf(name))} AS p_${name}`),
        `${set.table} WHERE ${anyOf(pieces, cellsOf)} AND ${countingCells(state)} AND ${filter.sql}`,
        keys,
      ),
    ),
    // What has come since the pass; few rows, found by the index of `seq`.
    ofRows(`journal = {rolled_journal:String} AND seq > {rolled_seq:UInt64} AND ${timesOf(covered)}`),
    ...(rows.length === 0 ? [] : [ofRows(timesOf(rows))]),
  ];
  const whole = figures.map((name) => `${merged(figureOf(name), `p_${name}`)} AS f_${name}`);
  const sql = `SELECT ${[...keys.map(({ alias }) => alias), ...whole].join(', ')} FROM (${branches.join(' UNION ALL ')})${groupBy(keys)}`;
  return {
    cells,
    rows,
    sql,
    parameters: {
      ...filter.parameters,
      ...counting.parameters,
      rolled_journal: state.journal,
      rolled_seq: state.seq,
    },
  };
}

function select(
  keys: readonly string[],
  parts: readonly string[],
  source: string,
  by: readonly Key[],
): string {
  return `SELECT ${[...keys, ...parts].join(', ')} FROM ${source}${groupBy(by)}`;
}

function groupBy(keys: readonly Key[]): string {
  return keys.length === 0 ? '' : ` GROUP BY ${keys.map(({ alias }) => alias).join(', ')}`;
}

/** Bounds are numbers that were computed here, so they stand in the statement. */
function timesOf(intervals: readonly Interval[]): string {
  return anyOf(intervals, ({ from, to }) => {
    const parts = [`timestamp >= fromUnixTimestamp64Nano(toInt64(${from}), 'UTC')`];
    if (to < END_OF_TIME) parts.push(`timestamp < fromUnixTimestamp64Nano(toInt64(${to}), 'UTC')`);
    return parts.join(' AND ');
  });
}

function cellsOf({ width, intervals }: CellPiece): string {
  const times = anyOf(
    intervals,
    ({ from, to }) =>
      `at >= toDateTime(${from / SECOND_NS}, 'UTC') AND at < toDateTime(${to / SECOND_NS}, 'UTC')`,
  );
  return `width = ${width} AND ${times}`;
}

function anyOf<Part>(parts: readonly Part[], write: (part: Part) => string): string {
  return `(${parts.map((part) => `(${write(part)})`).join(' OR ')})`;
}

function intervalOf({ from, to }: TimeRange): Interval {
  return {
    from: from === null ? 0n : nanosecondsOf(from),
    to: to === null ? END_OF_TIME : nanosecondsOf(to),
  };
}

function nanosecondsOf({ epochSeconds, nanoseconds }: Instant): bigint {
  return BigInt(epochSeconds) * SECOND_NS + BigInt(nanoseconds);
}

function fits(widthMax: number, width: Width): boolean {
  return widthMax === Number.POSITIVE_INFINITY || widthMax % width === 0;
}
