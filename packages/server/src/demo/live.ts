/**
 * The demo's traffic from a moment on, given out as time goes by: a request is
 * reported when it has ended, as an application would. Time is the caller's.
 */

import { historyDefaults } from './history.ts';
import { anchorOf, describeLiveIncident, describeStory, type LiveIncident, usualIncident } from './story.ts';
import type { DemoEvent } from './request.ts';
import { createTraffic, MINUTE_MS, RETRY_HORIZON_MS } from './traffic.ts';

/** What to generate. */
export interface LiveOptions {
  /** When the live traffic starts: the end of the history that it continues. */
  readonly startMs: number;
  /** The same as for the history, so that the two join without a step. */
  readonly eventsTotal?: number;
  readonly seed?: number;
  /** When the incident of {@link describeLiveIncident} happens; null: it does not. The usual one unless told otherwise. */
  readonly incident?: LiveIncident | null;
}

/** Events that become due as time goes by. */
export interface LiveTraffic {
  /**
   * The events of requests that have ended by `untilMs` and were not given out
   * before, in the order in which they ended; at most `eventsMax`, so call again
   * until it gives fewer. Time never runs backwards here: an earlier `untilMs` gives nothing.
   */
  takeDue(untilMs: number, eventsMax?: number): DemoEvent[];
}

/** Makes live traffic that begins where a history with the same options ends. */
export function generateLive(options: LiveOptions): LiveTraffic {
  const { startMs, eventsTotal, seed, incident } = {
    ...historyDefaults,
    incident: usualIncident,
    ...options,
  };
  const story = describeStory(startMs);
  const traffic = createTraffic({
    seed,
    anchorMs: anchorOf(startMs),
    eventsTotal,
    facts: incident === null ? story : [...story, describeLiveIncident(startMs, incident)],
  });
  let nextMinute = Math.floor((startMs - RETRY_HORIZON_MS) / MINUTE_MS);
  /** Events in the order in which their requests end. */
  let pending: DemoEvent[] = [];

  return {
    takeDue: (untilMs, eventsMax = 1000) => {
      let due: DemoEvent[] = [];
      while (due.length < eventsMax) {
        // Before nextMinute begins, no request ends that is not in pending already.
        const knownMs = Math.min(untilMs, nextMinute * MINUTE_MS - 1);
        const count = pending.findIndex((event) => endOf(event) > knownMs);
        const taken = pending.splice(
          0,
          Math.min(eventsMax - due.length, count === -1 ? pending.length : count),
        );
        due = due.concat(taken);
        if (due.length >= eventsMax || nextMinute * MINUTE_MS > untilMs) break;
        const begun: DemoEvent[] = [];
        traffic.appendMinute(nextMinute, begun);
        pending = pending.concat(begun.filter(({ timestamp }) => timestamp >= startMs)).toSorted(byEnd);
        nextMinute += 1;
      }
      return due;
    },
  };
}

function endOf(event: DemoEvent): number {
  return event.timestamp + event.latency_ms;
}

function byEnd(a: DemoEvent, b: DemoEvent): number {
  return endOf(a) - endOf(b);
}
