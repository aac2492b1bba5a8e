/**
 * Bellwether's own events, one JSON object per line, as `POST /v1/events` takes
 * them, or as an export has them: what the ledger added is passed over, and the cost
 * that it charged is kept as the event's own. An event keeps its id; one without gets the
 * row's. Provider and model are filled in where a line has none.
 */

import { BellwetherError, parseEvent, type RequestEvent } from '@bellwether/events';
import type { LineFormat } from './line-trace.ts';
import { badRow } from './trace.ts';

/** The server's own tolerance; only its clock decides, but a file from the future can be refused early. */
const FUTURE_TOLERANCE_MS = 600_000;

export const ndjson: LineFormat = {
  reader:
    ({ provider, model, nowMs }) =>
    (line, row) => {
      if (line.trim() === '') return null;
      const event = parseLine(line, row);
      if (typeof event === 'object' && event !== null) {
        for (const name of ADDED) Reflect.deleteProperty(event, name);
        if (provider !== undefined) event.provider ??= provider;
        if (model !== undefined) event.model ??= model;
      }
      try {
        const { timestamp } = parseEvent(event, { nowMs, futureToleranceMs: FUTURE_TOLERANCE_MS });
        return { instant: timestamp, event: event as RequestEvent };
      } catch (error) {
        if (error instanceof BellwetherError) throw badRow(row, error.message, error);
        throw error;
      }
    },
};

/** What the ledger adds to an event. An export has it, and it says nothing of the event itself. */
const ADDED = ['journal', 'seq', 'live', 'received_at', 'price_source', 'price_version', 'price_id'];

/** Any JSON value; the caller has it validated. */
function parseLine(line: string, row: number): Partial<RequestEvent> | null {
  try {
    return JSON.parse(line) as Partial<RequestEvent> | null;
  } catch (error) {
    throw badRow(row, 'is not valid JSON.', error);
  }
}
