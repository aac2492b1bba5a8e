/** The regular grid of a question: its steps, and where a series has its values on them. */

import { BellwetherError } from '@bellwether/events';
import type { Series } from './series.ts';

const MINUTE_MS = 60_000;

/** Steps of one answer, as a Prometheus allows them, and values of all its series together. */
export const STEPS_MAX = 11_000;
export const VALUES_MAX = 2_000_000;

/** A range cut into steps; all in epoch milliseconds. */
export interface Grid {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/**
 * The starts of the steps.
 *
 * @throws BellwetherError `invalid_parameter` if the range is not made of whole steps, or of too many.
 */
export function stepsOf({ fromMs, toMs, stepMs }: Grid): number[] {
  if (!(Number.isSafeInteger(stepMs) && stepMs > 0 && stepMs % MINUTE_MS === 0))
    throw wrong('step', 'A step is a whole number of minutes.');
  const isOnStep = (ms: number): boolean => Number.isSafeInteger(ms) && ms >= 0 && ms % stepMs === 0;
  if (!isOnStep(fromMs) || !isOnStep(toMs)) throw wrong('from', 'A range begins and ends on a step.');
  if (fromMs >= toMs) throw wrong('to', 'to must be after from.');
  const count = (toMs - fromMs) / stepMs;
  if (count > STEPS_MAX)
    throw wrong(
      'step',
      `That is ${count} steps and at most ${STEPS_MAX} can be asked for: take longer ones.`,
    );
  return Array.from({ length: count }, (_, i) => fromMs + i * stepMs);
}

/** A series on a grid from the steps that have a value, with `empty` in all others. */
export function seriesOn(
  timestampsMs: readonly number[],
  labels: Readonly<Record<string, string>>,
  points: Iterable<readonly [index: number, value: number]>,
  empty: number,
): Series {
  const values = Array.from({ length: timestampsMs.length }, () => empty);
  for (const [index, value] of points) values[index] = value;
  return { labels, timestampsMs, values };
}

function wrong(field: string, message: string): BellwetherError {
  return new BellwetherError('invalid_parameter', message, { field });
}
