/** The two periods of a comparison, as callers write them. */

import { BellwetherError, type Instant } from '@bellwether/events';
import { readTimeRange, type TimeRangeText } from '../time-range.ts';
import type { ClosedRange } from './explain.ts';

/** What a caller may say of the two. */
export interface ComparedText extends TimeRangeText {
  /** The period that is compared with; the one of equal length just before if it is left out. */
  readonly against_from?: string | undefined;
  readonly against_to?: string | undefined;
}

/**
 * Reads both periods.
 *
 * @param tenant the only tenant that is compared; null for all.
 * @throws BellwetherError `invalid_parameter` for a period without a beginning, and as for any range.
 */
export function readCompared(
  texts: ComparedText,
  nowMs: number,
  tenant: string | null = null,
): { readonly before: ClosedRange; readonly after: ClosedRange } {
  const { before, after } = readBoth(texts, nowMs);
  return { before: { ...before, tenant }, after: { ...after, tenant } };
}

function readBoth(
  { against_from: from, against_to: to, ...text }: ComparedText,
  nowMs: number,
): { readonly before: ClosedRange; readonly after: ClosedRange } {
  const after = closed(readTimeRange(text, nowMs), nowMs, 'from');
  if (from === undefined && to === undefined) return { before: justBefore(after), after };
  if (from === undefined || to === undefined)
    throw new BellwetherError('invalid_parameter', 'against_from and against_to go together.', {
      field: from === undefined ? 'against_from' : 'against_to',
    });
  return { before: closed(readTimeRange({ from, to }, nowMs), nowMs, 'against_from'), after };
}

function closed({ from, to }: ReturnType<typeof readTimeRange>, nowMs: number, field: string): ClosedRange {
  if (from === null)
    throw new BellwetherError('invalid_parameter', 'A comparison needs the beginning of the period.', {
      field,
    });
  return {
    from,
    to: to ?? { epochSeconds: Math.floor(nowMs / 1000), nanoseconds: (nowMs % 1000) * 1_000_000 },
  };
}

function justBefore({ from, to }: ClosedRange): ClosedRange {
  const nanoseconds = (instant: Instant): bigint =>
    BigInt(instant.epochSeconds) * 1_000_000_000n + BigInt(instant.nanoseconds);
  const start = nanoseconds(from) - (nanoseconds(to) - nanoseconds(from));
  if (start < 0n)
    throw new BellwetherError('invalid_parameter', 'The period before reaches back beyond 1970.', {
      field: 'from',
    });
  return {
    from: { epochSeconds: Number(start / 1_000_000_000n), nanoseconds: Number(start % 1_000_000_000n) },
    to: from,
  };
}
