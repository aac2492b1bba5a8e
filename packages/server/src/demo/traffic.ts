/**
 * The demo's traffic, minute by minute. A minute is a function of the seed, the
 * story and its own number, so history and live traffic join without a seam and a
 * second run repeats the same events under the same ids.
 */

import { RandomStream } from '../replay/random.ts';
import type { ApplicationSpec } from './application-spec.ts';
import { demoApplications } from './applications.ts';
import { type CompiledApplication, compileApplication } from './compiled.ts';
import { type DemoEvent, drawRequest } from './request.ts';
import { BURST_BLOCK_MS, createBursts, growth, weeklyActivity } from './rhythm.ts';
import { isActive, type StoryFact } from './story.ts';
import { runawayJob } from './tenants/orchard.ts';

export const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Attempts per request, nearly: what retries add to the month's events. */
const ATTEMPTS_PER_REQUEST = 1.012;

/** The last attempt of a request is over this long after its first began. */
export const RETRY_HORIZON_MS = 8 * MINUTE_MS;

/** What the traffic depends on. */
export interface TrafficOptions {
  readonly seed: number;
  /** The midnight UTC that growth, people and story are anchored to. */
  readonly anchorMs: number;
  /** How many events the thirty days before the anchor have, nearly. */
  readonly eventsTotal: number;
  readonly facts: readonly StoryFact[];
}

/** The source of the demo's events. */
export interface Traffic {
  /** Appends the events of all requests that begin in a minute (counted from the epoch), unsorted. */
  appendMinute(minute: number, into: DemoEvent[]): void;
}

interface Stream {
  readonly application: CompiledApplication;
  /** The stream's number in its requests' ids and random numbers. */
  readonly number: number;
  /** How many requests it is expected to begin in a minute that starts at an instant. */
  readonly expected: (atMs: number) => number;
  /** The application's burst factor at an instant. */
  readonly burst: (atMs: number) => number;
}

/** Makes the traffic of a demo. */
export function createTraffic(options: TrafficOptions): Traffic {
  const { seed } = options;
  const random = new RandomStream(seed);
  const seedText = (seed >>> 0).toString(36);
  const streams = createStreams(options);
  return {
    appendMinute: (minute, into) => {
      const startMs = minute * MINUTE_MS;
      for (const { application, number, expected, burst } of streams) {
        random.reseed(seed, minute, number);
        const requests = random.poisson(expected(startMs));
        if (requests === 0) continue;
        const burstFactor = burst(startMs);
        const idPrefix = `demo-${seedText}-${minute.toString(36)}-${number.toString(36)}-`;
        for (let index = 0; index < requests; index += 1) {
          const atMs = startMs + Math.floor(random.uniform() * MINUTE_MS);
          drawRequest(
            { id: idPrefix + index.toString(36), application, atMs, burst: burstFactor },
            random,
            into,
          );
        }
      }
    },
  };
}

/** One stream per application, and one for the story's runaway job. */
function createStreams({ seed, anchorMs, eventsTotal, facts }: TrafficOptions): readonly Stream[] {
  const bursts = createBursts(seed);
  const compile = (spec: ApplicationSpec): CompiledApplication =>
    compileApplication(spec, { seed, anchorMs, facts });
  const spikes = facts.filter((fact) => fact.effect.extraRequestsShare !== undefined);
  const spikeShare = spikes.reduce((sum, fact) => sum + (fact.effect.extraRequestsShare ?? 0), 0);
  const requestsTotal = (eventsTotal * (1 - spikeShare)) / ATTEMPTS_PER_REQUEST;
  const streams = demoApplications.map((spec, number): Stream => {
    const burst = (atMs: number): number => bursts(number, atMs);
    const activity = (atMs: number): number =>
      weeklyActivity(spec, atMs) * growth(spec, atMs, anchorMs) * burst(atMs);
    const perMinute = (requestsTotal * spec.share) / sumOverMonth(activity, anchorMs);
    return {
      application: compile(spec),
      number,
      burst,
      expected: (atMs) => activity(atMs) * perMinute,
    };
  });
  streams.push({
    application: compile(runawayJob),
    number: streams.length,
    burst: () => 1,
    expected: (atMs) => {
      const spike = spikes.find((fact) => isActive(fact, atMs));
      if (spike === undefined || spike.endMs === null) return 0;
      const minutes = (spike.endMs - spike.startMs) / MINUTE_MS;
      return (eventsTotal * (spike.effect.extraRequestsShare ?? 0)) / minutes;
    },
  });
  return streams;
}

/** The sum of a rate over the minutes of the thirty days before the anchor, sampled once per burst block. */
function sumOverMonth(activity: (atMs: number) => number, anchorMs: number): number {
  let sum = 0;
  for (let atMs = anchorMs - 30 * DAY_MS; atMs < anchorMs; atMs += BURST_BLOCK_MS) sum += activity(atMs);
  return sum * (BURST_BLOCK_MS / MINUTE_MS);
}
