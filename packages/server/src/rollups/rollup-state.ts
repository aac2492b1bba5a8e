/**
 * Which cells count: what the newest published pass says, and what has changed since.
 * A reading is a snapshot: cells of later passes have higher versions, so a question
 * that goes by it stays right while the next pass is at work.
 */

import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { ROLLUP_CHANGES } from '../ledger/row-changes.ts';

export const PASSES = `${LEDGER_DATABASE}.rollup_passes`;
const EVENTS = `${LEDGER_DATABASE}.events`;
const FEEDBACK = `${LEDGER_DATABASE}.feedback`;
export const STALE = `${LEDGER_DATABASE}.rollup_stale`;

/** A stretch of time whose rows were changed, epoch seconds. */
export interface ChangedTime {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** What the newest published pass says. Instants are epoch seconds. */
export interface RollupState {
  /** 0 before the first pass. */
  readonly version: number;
  /** Cells have the rows of this journal up to this number. */
  readonly journal: string;
  readonly seq: number;
  /** Cells of minutes and hours lie before. */
  readonly horizon: number;
  /** Where the finest cells begin, by rollup: those of minutes, and of users those of hours. */
  readonly minutesFrom: Readonly<Record<string, number>>;
  readonly hoursFrom: number;
  /** Requests of a cell in the mean, by rollup and width: `models.3600`. */
  readonly requestsPerCell: Readonly<Record<string, number>>;
  /** True if cells of published versions may have been computed anew since. */
  readonly hasStale: boolean;
  /** True if requests were rated afterwards: cells have the scores that came with them only. */
  readonly hasRatings: boolean;
  /** True if rows that no cell has came to times that cells cover. */
  readonly hasLate: boolean;
  /** Times whose cells do not count, since their rows were changed. */
  readonly changed: readonly ChangedTime[];
}

interface EngineState {
  readonly version: number;
  readonly journal: string;
  readonly seq: number;
  readonly horizon: number;
  readonly minutes_from: Readonly<Record<string, number>>;
  readonly hours_from: number;
  readonly requests_per_cell: Readonly<Record<string, number>>;
  readonly stale: number;
  readonly ratings: number;
  readonly late: number;
  readonly changed: readonly (readonly [id: number, from: number, to: number])[];
}

/** Reads it. */
export async function readRollupState(connection: LedgerConnection): Promise<RollupState> {
  const [row] = await connection.queryRemembered<EngineState>(
    ['rollup_passes', 'rollup_stale', 'feedback', 'events', 'rollup_changes'],
    // One reading of the passes: each subquery costs a millisecond of planning, before every question.
    `WITH (SELECT argMax((p.version, p.journal, p.seq, p.horizon, p.minutes_from, p.hours_from, p.requests_per_cell), p.version)
       FROM ${PASSES} AS p) AS pass
     SELECT pass.1 AS version, pass.2 AS journal, pass.3 AS seq, toUnixTimestamp(pass.4) AS horizon,
       pass.5 AS minutes_from, toUnixTimestamp(pass.6) AS hours_from, pass.7 AS requests_per_cell,
       (SELECT count() FROM ${STALE} WHERE since <= pass.1) AS stale,
       (SELECT count() FROM ${FEEDBACK}) AS ratings,
       (SELECT count() FROM (SELECT 1 FROM ${EVENTS} AS e WHERE e.journal = pass.2 AND e.seq > pass.3
         AND e.timestamp < pass.4 LIMIT 1)) AS late,
       (SELECT groupArray((id, toUnixTimestamp(begins), toUnixTimestamp(ends))) FROM (
         SELECT id, min(from_at) AS begins, max(to_at) AS ends FROM ${ROLLUP_CHANGES} AS c GROUP BY id
         HAVING countIf(c.repaired BETWEEN 1 AND pass.1) = 0 ORDER BY id)) AS changed`,
  );
  return {
    version: row?.version ?? 0,
    journal: row?.journal ?? '',
    seq: row?.seq ?? 0,
    horizon: row?.horizon ?? 0,
    minutesFrom: row?.minutes_from ?? {},
    hoursFrom: row?.hours_from ?? 0,
    requestsPerCell: row?.requests_per_cell ?? {},
    hasStale: (row?.stale ?? 0) > 0,
    hasRatings: (row?.ratings ?? 0) > 0,
    hasLate: (row?.late ?? 0) > 0,
    changed: (row?.changed ?? []).map(([id, from, to]) => ({ id, from, to })),
  };
}

/** That a cell counts: it was published by `version`, and not computed anew since. */
export function countingCells({ version, hasStale }: Pick<RollupState, 'version' | 'hasStale'>): string {
  const published = `version <= ${version}`;
  if (!hasStale) return published;
  const stale = (width: string, start: string): string =>
    `(${start}, version) NOT IN (SELECT at, version FROM ${STALE} WHERE width = ${width} AND since <= ${version})`;
  return `${published} AND if(width = 86400, ${stale('86400', 'at')}, ${stale('3600', 'toStartOfHour(at)')})`;
}
