/**
 * A month of the demo's traffic as batches of events in time order. Nothing of
 * it is kept but the minutes in progress, so memory does not grow with the month.
 */

import { anchorOf, describeStory } from './story.ts';
import type { DemoEvent } from './request.ts';
import { createTraffic, MINUTE_MS, RETRY_HORIZON_MS } from './traffic.ts';

const DAY_MS = 86_400_000;

/** What to generate. */
export interface HistoryOptions {
  /** The end of the history, exclusive, milliseconds since the epoch. */
  readonly endMs: number;
  /** Its length in days; the story's facts lie in the last thirty. */
  readonly days?: number;
  /** Events in thirty days, nearly; the default is a million. */
  readonly eventsTotal?: number;
  readonly seed?: number;
  /** Events per batch; the last batch may be smaller. */
  readonly batchEvents?: number;
}

/** The demo's month unless told otherwise. */
export const historyDefaults = { days: 30, eventsTotal: 1_000_000, seed: 1, batchEvents: 1000 } as const;

/**
 * Generates the history, oldest event first. The same options give the same
 * events; another end on the same UTC day gives the same events in another window.
 *
 * @example for (const batch of generateHistory({ endMs: Date.UTC(2026, 10, 20) })) send(batch);
 */
export function* generateHistory(options: HistoryOptions): Generator<DemoEvent[], void, undefined> {
  const { endMs, days, eventsTotal, seed, batchEvents } = { ...historyDefaults, ...options };
  const startMs = endMs - days * DAY_MS;
  const traffic = createTraffic({
    seed,
    anchorMs: anchorOf(endMs),
    eventsTotal,
    facts: describeStory(endMs),
  });
  let batch: DemoEvent[] = [];
  // Retries of requests that began before the window belong to it.
  const firstMinute = Math.floor((startMs - RETRY_HORIZON_MS) / MINUTE_MS);
  const lastMinute = Math.floor((endMs - 1) / MINUTE_MS);
  let pending: DemoEvent[] = [];
  for (let minute = firstMinute; minute <= lastMinute; minute += 1) {
    traffic.appendMinute(minute, pending);
    // All later requests begin after this minute, so what lies in it is complete.
    const completeMs = Math.min(endMs, (minute + 1) * MINUTE_MS);
    const complete = pending.filter(({ timestamp }) => timestamp >= startMs && timestamp < completeMs);
    pending = pending.filter(({ timestamp }) => timestamp >= completeMs);
    complete.sort(byTime);
    for (const event of complete) {
      batch.push(event);
      if (batch.length < batchEvents) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function byTime(a: DemoEvent, b: DemoEvent): number {
  return a.timestamp - b.timestamp;
}
