/**
 * What a site answers a hub: which hours and days it has with a fingerprint of each,
 * and the cells of those that the hub asks for. Everything is a function of the rows
 * and the rollups at the time of the question, and nothing is kept for a hub: a site
 * does not know how many there are.
 */

import { BellwetherError, formatRfc3339 } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import { firstHour } from '../rollups/due.ts';
import { type Key, planFigures } from '../rollups/plan.ts';
import { type Reading, readWithRollups } from '../rollups/reading.ts';
import { DAY, HOUR, type RollupSet, rollupSets } from '../rollups/rollup-sets.ts';
import { countingCells } from '../rollups/rollup-state.ts';
import {
  type Bucket,
  type BucketNote,
  type BucketWidth,
  FORMAT,
  hashedAs,
  type Manifest,
  type ToldCell,
  toldAs,
  toldDimensions,
  toldFigures,
  toldSets,
  USERS_PRECISION,
} from './cells.ts';

/** Which journal feeds the ledger, and its last row. */
export interface SiteIdentity {
  readonly instance: string;
  readonly seq: number;
}

/** So much of the history is looked at by one statement, so that its memory has a bound. */
const SLICE_SECONDS = 31 * DAY;
/** The longest range of cells in one answer. */
const CELLS_SECONDS_MAX = 31 * DAY;

const EVENTS = `${LEDGER_DATABASE}.events`;
/** Any rollup with hours has every request. */
const TELLING = toldSets[0]?.table ?? '';
const instant = (epochSeconds: number) => ({ epochSeconds, nanoseconds: 0 });

/**
 * Says what there is from an instant on.
 *
 * @param since epoch seconds, the beginning of a UTC day; 0 for everything.
 */
export async function readManifest(
  connection: LedgerConnection,
  { instance, seq }: SiteIdentity,
  since: number,
): Promise<Manifest> {
  if (since % DAY !== 0)
    throw new BellwetherError('invalid_parameter', 'since must be the beginning of a UTC day.', {
      field: 'since',
    });
  return readWithRollups(connection, async (reading) => {
    const history = await historyToken(connection, reading, instance, since);
    const hours = new Map<number, BucketNote>();
    const days: BucketNote[] = [];
    for (const range of await slicesOf(connection, reading, since)) {
      for (const set of toldSets)
        for (const note of await notesOf(connection, reading, set, range)) {
          const before = hours.get(note.at);
          hours.set(note.at, before === undefined ? note : joined(before, note));
        }
      days.push(...(await userNotes(connection, reading, range)));
    }
    return {
      format: FORMAT,
      instance,
      seq,
      from: reading.state.hoursFrom,
      since,
      history,
      hours: [...hours.values()].toSorted((a, b) => a.at - b.at),
      days: days.toSorted((a, b) => a.at - b.at),
    };
  });
}

/**
 * Gives the buckets of a range with their cells.
 *
 * @param width of hours or of days of users.
 * @param from epoch seconds, at the beginning of a bucket, as is `to`, which is excluded.
 */
export async function readBuckets(
  connection: LedgerConnection,
  width: BucketWidth,
  from: number,
  to: number,
): Promise<Bucket[]> {
  if (from % width !== 0 || to % width !== 0 || from >= to || to - from > CELLS_SECONDS_MAX)
    throw new BellwetherError(
      'invalid_parameter',
      `from and to must be ${width === DAY ? 'days' : 'hours'} in epoch seconds, at most 31 days apart.`,
      { field: 'from' },
    );
  const range = { from: instant(from), to: instant(to) };
  return readWithRollups(connection, async (reading) => {
    if (width === DAY) return gathered(await userCells(connection, reading, range));
    const cells: HashedCell[] = [];
    for (const set of toldSets) cells.push(...(await cellsOf(connection, reading, set, range)));
    return gathered(cells);
  });
}

interface HashedCell {
  readonly start: number;
  readonly hash: string;
  readonly cell: ToldCell;
}

function gathered(cells: readonly HashedCell[]): Bucket[] {
  return [...Map.groupBy(cells, ({ start }) => start)]
    .map(([at, group]) => ({
      at,
      fingerprint: sumOfHashes(group.map(({ hash }) => hash)),
      cells: group.length,
      rows: group.map(({ cell }) => cell),
    }))
    .toSorted((a, b) => a.at - b.at);
}

/** Hashes are added modulo 2^64, as the engine adds them. */
function sumOfHashes(hashes: readonly string[]): string {
  return BigInt.asUintN(
    64,
    hashes.reduce((sum, hash) => sum + BigInt(hash), 0n),
  ).toString();
}

function joined(a: BucketNote, b: BucketNote): BucketNote {
  return { at: a.at, fingerprint: sumOfHashes([a.fingerprint, b.fingerprint]), cells: a.cells + b.cells };
}

/** The figures of hours by the dimensions of a rollup, and the hash of each cell. */
function planned(
  { keptDays, state }: Reading,
  set: RollupSet,
  range: TimeRange,
  withSketches: boolean,
): {
  readonly sql: string;
  readonly hash: string;
  readonly parameters: Readonly<Record<string, string | number>>;
} {
  const hashed = toldFigures.filter(({ kind }) => kind !== 'sketch');
  const plan = planFigures(
    {
      figures: (withSketches ? toldFigures : hashed).map(({ name }) => name),
      keys: [startKey(HOUR), ...set.dimensions.map(dimensionKey)],
      dimensions: set.dimensions,
      filter: { sql: '1', parameters: {} },
      range,
      keptDays,
      chargesApart: false,
      asParts: true,
    },
    state,
  );
  const parts = [`'${set.name}'`, ...set.dimensions.map((name) => `d_${name}`), ...hashed.map(hashedAs)];
  return { sql: plan.sql, hash: `cityHash64(${parts.join(', ')})`, parameters: plan.parameters };
}

async function notesOf(
  connection: LedgerConnection,
  reading: Reading,
  set: RollupSet,
  range: TimeRange,
): Promise<BucketNote[]> {
  const { sql, hash, parameters } = planned(reading, set, range, false);
  return connection.query<BucketNote>(
    `SELECT start AS at, toString(sumWithOverflow(${hash})) AS fingerprint, count() AS cells
     FROM (${sql}) GROUP BY at`,
    parameters,
  );
}

async function cellsOf(
  connection: LedgerConnection,
  reading: Reading,
  set: RollupSet,
  range: TimeRange,
): Promise<HashedCell[]> {
  const { sql, hash, parameters } = planned(reading, set, range, true);
  const columns = [
    ...set.dimensions.map((name) => `d_${name}`),
    ...toldFigures.map((figure) => `${toldAs(figure)} AS t_${figure.name}`),
  ];
  const rows = await connection.query<Record<string, string | number>>(
    `SELECT start, toString(${hash}) AS hash, ${columns.join(', ')} FROM (${sql})`,
    parameters,
  );
  const known = new Set(set.dimensions);
  return rows.map((row) => ({
    start: Number(row['start']),
    hash: String(row['hash']),
    cell: {
      rollup: set.name,
      ...Object.fromEntries(
        toldDimensions.map((name) => [name, known.has(name) ? (row[`d_${name}`] ?? '') : '']),
      ),
      ...Object.fromEntries(toldFigures.map(({ name }) => [name, row[`t_${name}`] ?? ''])),
    },
  }));
}

/** Who was there on which day; a user never leaves the site, only the sketch does. */
function usersOf({ keptDays, state }: Reading, range: TimeRange) {
  return planFigures(
    {
      figures: ['requests'],
      keys: [startKey(DAY), dimensionKey('tenant'), dimensionKey('user_id')],
      dimensions: ['tenant', 'user_id'],
      filter: { sql: 'user_id != {nobody:String}', parameters: { nobody: '' } },
      range,
      keptDays,
      chargesApart: false,
    },
    state,
  );
}

const USER_HASH = "sumWithOverflow(cityHash64('users', d_tenant, d_user_id))";

function userNotes(connection: LedgerConnection, reading: Reading, range: TimeRange): Promise<BucketNote[]> {
  const { sql, parameters } = usersOf(reading, range);
  return connection.query<BucketNote>(
    `SELECT start AS at, toString(${USER_HASH}) AS fingerprint, uniqExact(d_tenant) AS cells
     FROM (${sql}) GROUP BY at`,
    parameters,
  );
}

async function userCells(
  connection: LedgerConnection,
  reading: Reading,
  range: TimeRange,
): Promise<HashedCell[]> {
  const { sql, parameters } = usersOf(reading, range);
  const rows = await connection.query<{ start: number; d_tenant: string; hash: string; users: string }>(
    `SELECT start, d_tenant, toString(${USER_HASH}) AS hash, hex(uniqCombined64State(${USERS_PRECISION})(d_user_id)) AS users
     FROM (${sql}) GROUP BY start, d_tenant`,
    parameters,
  );
  return rows.map(({ start, d_tenant: tenant, hash, users }) => ({ start, hash, cell: { tenant, users } }));
}

function startKey(width: BucketWidth): Key {
  const start = (seconds: string): string => `toUInt32(intDiv(${seconds}, ${width}) * ${width})`;
  return {
    alias: 'start',
    ofRows: start('toUnixTimestamp64Second(timestamp)'),
    ofCells: start('toInt64(toUnixTimestamp(at))'),
    widthMax: width,
  };
}

function dimensionKey(name: string): Key {
  const sql = `toString(${name})`;
  return { alias: `d_${name}`, ofRows: sql, ofCells: sql, widthMax: Number.POSITIVE_INFINITY };
}

/** Ranges that together begin at an instant and have no end. */
async function slicesOf(
  connection: LedgerConnection,
  { state }: Reading,
  since: number,
): Promise<TimeRange[]> {
  const first = since > 0 ? since : await beginning(connection);
  if (first === null) return [];
  const slices: TimeRange[] = [];
  let from = Math.floor(first / DAY) * DAY;
  for (; from + SLICE_SECONDS < state.horizon; from += SLICE_SECONDS)
    slices.push({ from: instant(from), to: instant(from + SLICE_SECONDS) });
  return [...slices, { from: instant(from), to: null }];
}

/** The first hour that has rows or cells. */
async function beginning(connection: LedgerConnection): Promise<number | null> {
  const ofRows = await firstHour(connection);
  const starts: number[] = ofRows === null ? [] : [ofRows];
  for (const { table } of rollupSets) {
    const [row] = await connection.query<{ start: number; cells: number }>(
      `SELECT toUnixTimestamp(min(at)) AS start, count() AS cells FROM ${table}`,
    );
    if (row !== undefined && row.cells > 0) starts.push(row.start);
  }
  return starts.length === 0 ? null : Math.min(...starts);
}

/** A text that changes when rows or cells before an instant do; looking at them all would take too long each time. */
async function historyToken(
  connection: LedgerConnection,
  { keptDays, state }: Reading,
  instance: string,
  since: number,
): Promise<string> {
  if (since === 0) return '';
  const before = formatRfc3339(instant(since)).replace('T', ' ').replace('Z', '');
  const newer = state.version === 0 ? '1' : 'journal = {journal:String} AND seq > {seq:UInt64}';
  const [cells] = await connection.query<Record<string, string>>(
    `SELECT toString(count()) AS n, toString(max(version)) AS newest, toString(sum(requests)) AS all_requests, toString(sum(cost)) AS all_cost
     FROM ${TELLING} WHERE width = ${HOUR} AND at < toDateTime({before:String}, 'UTC') AND ${countingCells(state)}`,
    { before },
  );
  const [rows] = await connection.query<Record<string, string>>(
    `SELECT toString(count()) AS n, toString(max(seq)) AS last_seq FROM ${EVENTS}
     WHERE ${newer} AND timestamp < toDateTime64({before:String}, 9, 'UTC')`,
    { before, ...(state.version === 0 ? {} : { journal: state.journal, seq: state.seq }) },
  );
  const kept = keptDays.reduce((highest, { version }) => Math.max(highest, version), 0);
  return JSON.stringify([instance, state.journal, state.hoursFrom, state.changed, kept, cells, rows]);
}
