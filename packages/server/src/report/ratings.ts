/** What was said of a request, joined to the request itself as far as it is there. */

import { scoreFields } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';

/** The scores that hold for a request; null for those that nobody gave. */
export type HoldingScores = Readonly<Record<(typeof scoreFields)[number], number | null>>;

/** The rating of a request. */
export interface Rating {
  readonly tenant: string;
  readonly request_id: string;
  /** How often it was rated. */
  readonly ratings: number;
  /** The request; null while it has not come. */
  readonly request: { readonly timestamp: string; readonly provider: string; readonly model: string } | null;
  readonly scores: HoldingScores;
}

interface EventRow extends HoldingScores {
  readonly timestamp: string;
  readonly provider: string;
  readonly model: string;
}

/**
 * Reads the rating of a request.
 *
 * @returns null if nobody rated it.
 */
export async function readRating(
  connection: LedgerConnection,
  requestId: string,
  tenant: string,
): Promise<Rating | null> {
  const parameters = { request: requestId, tenant };
  const columns = scoreFields.join(', ');
  const [rated] = await connection.query<HoldingScores & { readonly ratings: number }>(
    `SELECT toUInt32(ratings) AS ratings, ${columns} FROM ${LEDGER_DATABASE}.ratings
     WHERE tenant = {tenant:String} AND request_id = {request:String}`,
    parameters,
  );
  if (rated === undefined) return null;
  const [event] = await connection.query<EventRow>(
    `SELECT concat(replaceOne(toString(timestamp), ' ', 'T'), 'Z') AS timestamp, provider, model, ${columns}
     FROM ${LEDGER_DATABASE}.events WHERE tenant = {tenant:String} AND id = {request:String} LIMIT 1`,
    parameters,
  );
  const scores = Object.fromEntries(
    scoreFields.map((name) => [name, rated[name] ?? event?.[name] ?? null]),
  ) as HoldingScores;
  const request =
    event === undefined ? null : { timestamp: event.timestamp, provider: event.provider, model: event.model };
  return { tenant, request_id: requestId, ratings: rated.ratings, request, scores };
}
