/**
 * Intervals of time in which a price holds: from an instant, inclusive, until
 * another one, exclusive, either of which may be open.
 */

import { parseRfc3339 } from '@bellwether/events';

/** Epoch seconds; open ends are infinite. */
export interface Validity {
  readonly fromEpochSeconds: number;
  readonly untilEpochSeconds: number;
}

/**
 * Reads a date (midnight UTC) or an RFC 3339 instant, to the second.
 *
 * @returns epoch seconds, or `null` if there is no such date.
 */
export function epochSecondsOf(text: string): number | null {
  return parseRfc3339(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)?.epochSeconds ?? null;
}

/** The interval between two dates or instants as a file writes them; what cannot be read counts as open. */
export function validityOf(from: string | undefined, until: string | undefined): Validity {
  return {
    fromEpochSeconds: (from === undefined ? null : epochSecondsOf(from)) ?? Number.NEGATIVE_INFINITY,
    untilEpochSeconds: (until === undefined ? null : epochSecondsOf(until)) ?? Number.POSITIVE_INFINITY,
  };
}

/** Whether an interval contains an instant. */
export function holdsAt(validity: Validity, epochSeconds: number): boolean {
  return epochSeconds >= validity.fromEpochSeconds && epochSeconds < validity.untilEpochSeconds;
}

/** The instants at which an interval begins or ends. */
export function boundariesOf(validity: Validity): number[] {
  return [validity.fromEpochSeconds, validity.untilEpochSeconds].filter(Number.isFinite);
}
