/**
 * Holds the rollups against what they are computed from: per day, by count and by
 * sum, each rollup against the rows and the charges of rows that are gone, and cells
 * of minutes, and users' of hours, against those of hours. Every difference is named.
 */

import { formatUsd, parseUsd } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import {
  CHARGES,
  countingCharges,
  countingEvents,
  type KeptDay,
  readWithKeptDays,
} from '../ledger/kept-days.ts';
import {
  DAY,
  HOUR,
  MINUTE,
  type RollupSet,
  rollupSets,
  rollupsWithHours,
  type Width,
} from '../rollups/rollup-sets.ts';
import { countingCells, readRollupState, type RollupState } from '../rollups/rollup-state.ts';
import { type Comparison, compare } from './comparison.ts';

/** Has all hours, which the finest cells of each rollup are held against. */
const ofModels = rollupsWithHours[0] as RollupSet;

/** Readings until no pass was published meanwhile. */
const READINGS_MAX = 10;

const FIGURES = ['requests', 'errors', 'input tokens', 'output tokens', 'cost USD', 'unpriced'] as const;

/** Sums of a day, as texts, since they are exact. */
type DaySums = Readonly<Record<(typeof FIGURES)[number], string>>;

interface EngineSums {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  readonly input: string;
  readonly output: string;
  readonly cost: string;
  readonly unpriced: number;
}

const NAMES: Readonly<Record<Width, string>> = { [DAY]: 'day', [HOUR]: 'hour', [MINUTE]: 'minute' };

const SUMS = `sum(n) AS requests, sum(failed) AS errors, toString(sum(tokens_in)) AS input, toString(sum(tokens_out)) AS output,
  toString(sum(usd)) AS cost, sum(without_price) AS unpriced`;

/** Compares them. Times whose rows were changed and not computed anew yet are left out, as questions leave them out. */
export async function compareRollups(connection: LedgerConnection): Promise<Comparison[]> {
  for (let reading = 1; ; reading += 1) {
    const state = await readRollupState(connection);
    const compared = await readWithKeptDays(connection, (days) => compareWith(connection, state, days));
    const after = await readRollupState(connection);
    const isSame = after.version === state.version && after.changed.length === state.changed.length;
    if (isSame || reading === READINGS_MAX) return compared;
  }
}

async function compareWith(
  connection: LedgerConnection,
  state: RollupState,
  keptDays: readonly KeptDay[],
): Promise<Comparison[]> {
  if (state.version === 0) return [];
  const wholeDays = Math.floor(state.horizon / DAY) * DAY;
  const all = { from: state.hoursFrom, to: state.horizon };
  const ofRows = await sumsOfRows(connection, state, keptDays, all);
  const ofWholeDays = new Map([...ofRows].filter(([day]) => Date.parse(day) / 1000 < wholeDays));
  const found: Comparison[] = [];
  for (const set of rollupSets)
    for (const width of set.widths) {
      const name = `rollup ${set.name} by the ${NAMES[width]}`;
      if (width === set.fine.width) {
        const range = { from: state.minutesFrom[set.name] ?? state.horizon, to: state.horizon };
        const hourly = rollupsWithHours.includes(set) ? set : ofModels;
        const hours = await sumsOfCells(connection, state, hourly, HOUR, range);
        found.push(
          ...differences(name, hours, await sumsOfCells(connection, state, set, width, range), state),
        );
      } else if (width === DAY) {
        const range = { from: state.hoursFrom, to: wholeDays };
        found.push(
          ...differences(name, ofWholeDays, await sumsOfCells(connection, state, set, DAY, range), state),
        );
      } else
        found.push(...differences(name, ofRows, await sumsOfCells(connection, state, set, HOUR, all), state));
    }
  return found;
}

/** One comparison for a rollup, and one for each figure of a day that differs. */
function differences(
  name: string,
  expected: ReadonlyMap<string, DaySums>,
  actual: ReadonlyMap<string, DaySums>,
  { changed }: RollupState,
): Comparison[] {
  const days = [...new Set([...expected.keys(), ...actual.keys()])].toSorted().filter((day) => {
    const from = Date.parse(day) / 1000;
    return !changed.some((time) => time.from < from + DAY && time.to > from);
  });
  const different = days.flatMap((day) =>
    FIGURES.map((figure) =>
      compare(
        `rows and ${name}, ${day}, ${figure}`,
        expected.get(day)?.[figure] ?? '0',
        actual.get(day)?.[figure] ?? '0',
      ),
    ).filter(({ equal }) => !equal),
  );
  const differing = new Set(different.map((one) => one.name.split(', ')[1]));
  return [compare(`rows and ${name}, days that differ of ${days.length}`, 0, differing.size), ...different];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

async function sumsOfRows(
  connection: LedgerConnection,
  state: RollupState,
  keptDays: readonly KeptDay[],
  { from, to }: Range,
): Promise<ReadonlyMap<string, DaySums>> {
  const [events, charges] = [countingEvents(keptDays), countingCharges(keptDays, true)];
  const rows = await connection.query<EngineSums>(
    `SELECT toString(d) AS name, ${SUMS} FROM (
       SELECT toDate(timestamp) AS d, toInt64(count()) AS n, toInt64(countIf(status != 'success')) AS failed,
         toInt128(ifNull(sum(toUInt128(input_tokens)), 0)) AS tokens_in, toInt128(ifNull(sum(toUInt128(output_tokens)), 0)) AS tokens_out,
         ifNull(sum(cost_usd), toDecimal128(0, 12)) AS usd, toInt64(countIf(cost_usd IS NULL)) AS without_price
       FROM ${LEDGER_DATABASE}.events WHERE timestamp >= toDateTime({from:UInt32}, 'UTC') AND timestamp < toDateTime({to:UInt32}, 'UTC')
         AND (journal != {journal:String} OR seq <= {seq:UInt64}) AND ${events.sql} GROUP BY d
       UNION ALL SELECT day, events, errors, input_tokens, output_tokens, cost_usd, unpriced
       FROM ${CHARGES} WHERE ${charges.sql} AND day >= toDate({from:UInt32}, 'UTC') AND day < toDate({to:UInt32}, 'UTC')
     ) GROUP BY d HAVING requests != 0`,
    { ...events.parameters, ...charges.parameters, from, to, journal: state.journal, seq: state.seq },
  );
  return byDay(rows);
}

async function sumsOfCells(
  connection: LedgerConnection,
  state: RollupState,
  set: RollupSet,
  width: Width,
  { from, to }: Range,
): Promise<ReadonlyMap<string, DaySums>> {
  const rows = await connection.query<EngineSums>(
    `SELECT toString(toDate(at)) AS name, ${SUMS} FROM (
       SELECT at, toInt64(requests) AS n, toInt64(errors) AS failed, input_tokens AS tokens_in, output_tokens AS tokens_out,
         cost AS usd, toInt64(requests) - toInt64(priced) AS without_price
       FROM ${set.table} WHERE width = ${width} AND ${countingCells(state)}
         AND at >= toDateTime({from:UInt32}, 'UTC') AND at < toDateTime({to:UInt32}, 'UTC')
     ) GROUP BY name`,
    { from, to },
  );
  return byDay(rows);
}

function byDay(rows: readonly EngineSums[]): ReadonlyMap<string, DaySums> {
  return new Map(
    rows.map(({ name, requests, errors, input, output, cost, unpriced }) => [
      name,
      {
        requests: String(requests),
        errors: String(errors),
        'input tokens': input,
        'output tokens': output,
        'cost USD': formatUsd(parseUsd(cost) ?? 0n),
        unpriced: String(unpriced),
      },
    ]),
  );
}
