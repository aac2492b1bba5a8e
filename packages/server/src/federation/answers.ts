/**
 * Answers over several sites, from the hours that a hub holds of them: exact counts and
 * money, percentiles of merged sketches. A period is widened to whole hours, and the
 * answer says which it is of.
 */

import { formatUsd, type Instant, parseUsd } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { Condition, TimeRange } from '../ledger/time-range.ts';
import { changeOf, type OverviewChange } from '../report/overview.ts';
import { before, type Period, type PeriodText, periodText } from '../report/periods.ts';
import { type TrafficFigures, trafficFigures, trafficFrom, type TrafficRow } from '../report/traffic.ts';
import { type FigureName, figureOf, ofSketchBytes } from '../rollups/figures.ts';
import { DAY, HOUR } from '../rollups/rollup-sets.ts';
import { USERS_PRECISION, USERS_TYPE } from './cells.ts';
import { readSiteDimensions, type SiteGrouping } from './dimensions.ts';
import { counting, federatedTables, newestRevision } from './federated-cells.ts';

/** What is asked of. */
export interface Scope {
  /** The sites that count; those that the configuration names no more do not. */
  readonly sites: readonly string[];
  readonly range: TimeRange;
  /** Only what had been pulled by then, so that several questions see one moment. */
  readonly revision: number;
}

/** The figures of money of a group. */
export interface SiteCosts {
  readonly requests: number;
  readonly errors: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** Exact decimal dollars of the requests with a known price. */
  readonly cost_usd: string;
  readonly unpriced_requests: number;
}

/** One group; an absent value is an empty text. */
export interface SiteCostRow extends SiteCosts {
  readonly key: Readonly<Record<string, string>>;
}

/** Groups of one answer. */
const ROWS_MAX = 10_000;
const TOP = 10;

const COSTS = ['requests', 'errors', 'input_tokens', 'output_tokens', 'cost', 'priced'] as const;

/** Reads what requests cost: dearest first, times in their order; the total holds what the limit leaves out. */
export async function readSiteCosts(
  connection: LedgerConnection,
  scope: Scope,
  grouping: SiteGrouping,
  limit = ROWS_MAX,
): Promise<{
  readonly rows: readonly SiteCostRow[];
  readonly total: SiteCosts;
  readonly truncated: boolean;
}> {
  const { by, rollup } = grouping;
  const rows = by.length === 0 ? [] : await costRows(connection, scope, grouping, limit + 1);
  const [all] = await costRows(connection, scope, { by: [], rollup }, 1);
  if (all === undefined) throw new Error('A total without groups has no row.');
  const { key: _, ...total } = all;
  return { rows: rows.slice(0, limit), total, truncated: rows.length > limit };
}

/** Reads how much, how fast and how well, group by group, beside the period before. */
export async function readSitePerformance(
  connection: LedgerConnection,
  scope: Scope & { readonly range: Period },
  grouping: SiteGrouping,
): Promise<{
  readonly rows: readonly TrafficRow[];
  readonly total: TrafficFigures;
  readonly previous: (PeriodText & { readonly total: TrafficFigures }) | null;
  readonly truncated: boolean;
}> {
  const earlier = before(scope.range);
  const rows = grouping.by.length === 0 ? [] : await traffic(connection, scope, grouping, ROWS_MAX + 1);
  const previous = earlier === null ? null : await totalOf(connection, { ...scope, range: earlier });
  return {
    rows: rows.slice(0, ROWS_MAX),
    total: await totalOf(connection, scope),
    previous: earlier === null || previous === null ? null : { ...periodText(earlier), total: previous },
    truncated: rows.length > ROWS_MAX,
  };
}

/** Distinct users: an estimate with an error below 1 %, of the whole UTC days that the period touches. */
export interface SiteUsers {
  readonly total: number;
  readonly by_site: Readonly<Record<string, number>>;
}

/** Sites side by side and together. */
export interface SiteOverview {
  readonly total: TrafficFigures;
  readonly previous: (PeriodText & { readonly total: TrafficFigures }) | null;
  readonly change: OverviewChange;
  /** Most requests first. */
  readonly by_site: readonly TrafficRow[];
  readonly users: SiteUsers;
  /** Dearest first. */
  readonly top: {
    readonly models: readonly SiteCostRow[];
    readonly teams: readonly SiteCostRow[];
    readonly backends: readonly SiteCostRow[];
  };
}

/** Reads the overview. */
export async function readSiteOverview(
  connection: LedgerConnection,
  scope: Scope & { readonly range: Period },
): Promise<SiteOverview> {
  const performance = await readSitePerformance(connection, scope, readSiteDimensions('site'));
  const { total, previous, rows } = performance;
  const top = (names: string) => readSiteTop(connection, scope, readSiteDimensions(names), TOP);
  return {
    total,
    previous,
    change: changeOf(total, previous?.total ?? null),
    by_site: rows,
    users: await readSiteUsers(connection, scope),
    top: {
      models: await top('provider,model'),
      teams: await top('team,site'),
      backends: await top('backend_id,site'),
    },
  };
}

/** The dearest groups; those without a value of the first dimension are not among them. */
export function readSiteTop(
  connection: LedgerConnection,
  scope: Scope,
  grouping: SiteGrouping,
  limit: number,
): Promise<SiteCostRow[]> {
  return costRows(connection, scope, grouping, limit, true);
}

/** Fixes the moment that questions are of. */
export async function scopeOf(
  connection: LedgerConnection,
  sites: readonly string[],
  range: TimeRange,
): Promise<Scope> {
  return { sites, range, revision: await newestRevision(connection) };
}

/** A range of whole hours that holds another. */
export function inWholeHours<Range extends TimeRange>(range: Range): Range {
  const { from, to } = range;
  return { ...range, from: from === null ? null : floorHour(from), to: to === null ? null : ceilHour(to) };
}

function floorHour({ epochSeconds }: Instant): Instant {
  return { epochSeconds: Math.floor(epochSeconds / HOUR) * HOUR, nanoseconds: 0 };
}

function ceilHour({ epochSeconds, nanoseconds }: Instant): Instant {
  const seconds = epochSeconds + (nanoseconds > 0 ? 1 : 0);
  return { epochSeconds: Math.ceil(seconds / HOUR) * HOUR, nanoseconds: 0 };
}

async function readSiteUsers(connection: LedgerConnection, scope: Scope): Promise<SiteUsers> {
  const { from, to } = scope.range;
  const days = {
    ...scope.range,
    from: from === null ? null : { epochSeconds: Math.floor(from.epochSeconds / DAY) * DAY, nanoseconds: 0 },
    to,
  };
  const { sql, parameters } = within({ ...scope, range: days });
  const rows = await connection.query<{ name: string; users: number; all: number }>(
    `SELECT name, toUInt32(uniqCombined64Merge(${USERS_PRECISION})(sketch)) AS users, grouping(name) AS all FROM
     (SELECT site AS name, CAST(unhex(users), '${USERS_TYPE}') AS sketch FROM ${federatedTables[DAY]}
      WHERE ${sql} AND ${counting(DAY, scope.revision)})
     GROUP BY GROUPING SETS ((name), ()) ORDER BY name`,
    parameters,
  );
  return {
    total: rows.find(({ all }) => all === 1)?.users ?? 0,
    by_site: Object.fromEntries(rows.filter(({ all }) => all === 0).map(({ name, users }) => [name, users])),
  };
}

function traffic(
  connection: LedgerConnection,
  scope: Scope & { readonly range: Period },
  grouping: SiteGrouping,
  limit: number,
): Promise<TrafficRow[]> {
  const source = figuresOf(scope, grouping, trafficFigures);
  return trafficFrom(connection, source, { range: scope.range, by: grouping.by, order: 'requests', limit });
}

async function totalOf(
  connection: LedgerConnection,
  scope: Scope & { readonly range: Period },
): Promise<TrafficFigures> {
  const [row] = await traffic(connection, scope, readSiteDimensions(''), 1);
  if (row === undefined) throw new Error('A total without groups has no row.');
  const { key: _, ...total } = row;
  return total;
}

async function costRows(
  connection: LedgerConnection,
  scope: Scope,
  grouping: SiteGrouping,
  limit: number,
  isNamed = false,
): Promise<SiteCostRow[]> {
  const { by } = grouping;
  const keys = by.map((_, i) => `key_${i}`);
  const chronological = by.flatMap(({ isTime }, i) => (isTime ? [`key_${i}`] : []));
  const order = [...chronological, 'f_cost DESC', 'f_requests DESC', ...keys].join(', ');
  const { sql, parameters } = figuresOf(scope, grouping, COSTS);
  const rows = await connection.query<
    Record<`key_${number}`, string> & Record<(typeof COSTS)[number], string>
  >(
    `SELECT ${[...keys, ...COSTS.map((name) => `toString(f_${name}) AS ${name}`)].join(', ')} FROM (${sql})
     ${isNamed && keys.length > 0 ? "WHERE key_0 != ''" : ''} ORDER BY ${order} LIMIT {rows_max:UInt32}`,
    { ...parameters, rows_max: limit },
  );
  return rows.map((row) => ({
    key: Object.fromEntries(by.map(({ name }, i) => [name, row[`key_${i}`] ?? ''])),
    requests: Number(row.requests),
    errors: Number(row.errors),
    input_tokens: Number(row.input_tokens),
    output_tokens: Number(row.output_tokens),
    cost_usd: formatUsd(parseUsd(row.cost) ?? 0n),
    unpriced_requests: Number(row.requests) - Number(row.priced),
  }));
}

/** A SELECT of figures of the hours that count, by `key_0`, `key_1`, … */
function figuresOf(scope: Scope, { by, rollup }: SiteGrouping, names: readonly FigureName[]): Condition {
  const { sql, parameters } = within(scope);
  const columns = [
    ...by.map((dimension, i) => `toString(${dimension.sql}) AS key_${i}`),
    ...names.map((name) => `${merged(name)} AS f_${name}`),
  ];
  const groups = by.length === 0 ? '' : ` GROUP BY ${by.map((_, i) => `key_${i}`).join(', ')}`;
  return {
    sql: `SELECT ${columns.join(', ')} FROM ${federatedTables[HOUR]}
      WHERE rollup = {rollup:String} AND ${sql} AND ${counting(HOUR, scope.revision)}${groups}`,
    parameters: { ...parameters, rollup },
  };
}

function merged(name: FigureName): string {
  const { kind } = figureOf(name);
  if (kind === 'sketch') return ofSketchBytes(`unhex(${name})`);
  return kind === 'maximum' ? `max(${name})` : `sum(${name})`;
}

/** The sites, the times and the tenant. Cells begin at whole hours, as the range does. */
function within({ sites, range: { from, to, tenant = null } }: Scope): Condition {
  const parts = ["site IN (SELECT arrayJoin(JSONExtract({sites:String}, 'Array(String)')))"];
  const parameters: Record<string, string | number> = { sites: JSON.stringify(sites) };
  if (from !== null) {
    parts.push("at >= toDateTime({from:UInt32}, 'UTC')");
    parameters['from'] = from.epochSeconds;
  }
  if (to !== null) {
    parts.push("at < toDateTime({to:UInt32}, 'UTC')");
    parameters['to'] = to.epochSeconds;
  }
  if (tenant !== null) {
    parts.push('tenant = {tenant:String}');
    parameters['tenant'] = tenant;
  }
  return { sql: parts.join(' AND '), parameters };
}
