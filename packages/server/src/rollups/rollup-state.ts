/**
 * Which cells count: what the newest published pass says, and what has changed since.
 * A reading is a snapshot: cells of later passes have higher versions, so a question
 * that goes by it stays right while the next pass is at work.
 */

import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { ROLLUP_CHANGES } from '../ledger/row-changes.ts';

export const PASSES = `${LEDGER_DATABASE}.rollup_passes`;
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
  readonly changed: readonly (readonly [id: number, from: number, to: number])[];
}

/** Reads it. */
export async function readRollupState(connection: LedgerConnection): Promise<RollupState> {
  const [row] = await connection.query<EngineState>(
    `WITH (SELECT max(version) FROM ${PASSES}) AS newest
     SELECT newest AS version, any(p.journal) AS journal, max(p.seq) AS seq, toUnixTimestamp(max(p.horizon)) AS horizon,
       any(p.minutes_from) AS minutes_from, toUnixTimestamp(max(p.hours_from)) AS hours_from,
       any(p.requests_per_cell) AS requests_per_cell, (SELECT count() FROM ${STALE} WHERE since <= newest) AS stale,
       (SELECT count() FROM ${FEEDBACK}) AS ratings,
       (SELECT groupArray((id, toUnixTimestamp(begins), toUnixTimestamp(ends))) FROM (
         SELECT id, min(from_at) AS begins, max(to_at) AS ends FROM ${ROLLUP_CHANGES} AS c GROUP BY id
         HAVING countIf(c.repaired BETWEEN 1 AND newest) = 0 ORDER BY id)) AS changed
     FROM ${PASSES} AS p WHERE p.version = newest`,
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
