/**
 * Which rows an export is of. The upper bound is fixed before anything is read: rows
 * that arrive later have higher numbers, so that an export that takes an hour is of
 * one moment all the same.
 */

import { BellwetherError } from '@bellwether/events';
import type { Journal } from '../journal/journal.ts';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { both, type Condition, ofTenant, rangeCondition, type TimeRange } from '../ledger/time-range.ts';

/** How long the ledger may take to hold what was acknowledged before an export is of less. */
const SETTLE_MS = 30_000;

/** The last row that counts: what this journal numbered higher came later. */
export interface UpperBound {
  readonly journal: string;
  readonly seq: number;
}

/** The rows of a piece of work. */
export interface Scope {
  readonly range: TimeRange;
  readonly backend: string | null;
  readonly bound: UpperBound;
  /** Only events that count: not those that a removal which was broken off has left on the disk. */
  readonly counting?: Condition;
}

/** The table of events. */
export const EVENTS = `${LEDGER_DATABASE}.events`;

/**
 * Fixes the upper bound: everything that was acknowledged before this call is below it and in the ledger, and nothing
 * that comes later is below it.
 *
 * @throws BellwetherError `ledger_unavailable` if the ledger does not catch up.
 */
export async function fixBound(
  ledger: Pick<Ledger, 'settle'>,
  journal: Pick<Journal, 'completeSeq' | 'identity'>,
): Promise<UpperBound> {
  const seq = await journal.completeSeq();
  if (!(await ledger.settle(SETTLE_MS)))
    throw new BellwetherError('ledger_unavailable', 'The ledger has not caught up with the journal yet.');
  return { journal: journal.identity.id, seq };
}

/** Rows up to a bound. A journal that feeds the ledger no more has no rows beyond any. */
export function boundCondition({ journal, seq }: UpperBound): Condition {
  return {
    sql: '(journal != {bound_journal:String} OR seq <= {bound_seq:UInt64})',
    parameters: { bound_journal: journal, bound_seq: seq },
  };
}

/** The rows of a scope. */
export function conditionOf(scope: Scope): Condition {
  return both(conditionBeside(scope), rangeCondition(scope.range));
}

/** The rows of a scope, whenever they were. */
export function conditionBeside({ range, backend, bound, counting }: Scope): Condition {
  const conditions = [boundCondition(bound)];
  if (backend !== null) conditions.push({ sql: 'backend_id = {backend:String}', parameters: { backend } });
  const { tenant = null } = range;
  if (tenant !== null) conditions.push({ sql: ofTenant, parameters: { tenant } });
  if (counting !== undefined) conditions.push(counting);
  return conditions.reduce(both);
}
