/** Distances between instants, exact to the nanosecond, and the start that a trace is given. */

import { type Instant, instantFromEpochMs, parseRfc3339 } from '@bellwether/events';

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** Nanoseconds from `from` to `to`; negative if `to` is earlier. */
export function nanosecondsBetween(from: Instant, to: Instant): bigint {
  return nanosecondsOf(to) - nanosecondsOf(from);
}

/** The instant that many nanoseconds later; earlier for a negative distance. */
export function shiftInstant(instant: Instant, distanceNs: bigint): Instant {
  const total = nanosecondsOf(instant) + distanceNs;
  const epochSeconds = floorDivide(total, NANOSECONDS_PER_SECOND);
  return {
    epochSeconds: Number(epochSeconds),
    nanoseconds: Number(total - epochSeconds * NANOSECONDS_PER_SECOND),
  };
}

/** Milliseconds since the epoch with their fraction, for pacing: a double is exact to a microsecond or so. */
export function fractionalEpochMs({ epochSeconds, nanoseconds }: Instant): number {
  return epochSeconds * 1000 + nanoseconds / 1_000_000;
}

/**
 * Reads what `--start` takes: RFC 3339, a date (its midnight UTC), or `now`.
 *
 * @returns `null` for anything else.
 */
export function parseStart(text: string, nowMs: number): Instant | null {
  if (text === 'now') return instantFromEpochMs(nowMs);
  return parseRfc3339(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
}

function nanosecondsOf({ epochSeconds, nanoseconds }: Instant): bigint {
  return BigInt(epochSeconds) * NANOSECONDS_PER_SECOND + BigInt(nanoseconds);
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
