/** Puts one series together from the values that several threads have of it. */
import type { Aggregator } from '../instruments/configuration.ts';
import type { Run } from '../storage/arena.ts';

type Combine = (parts: readonly Run[], slot: number) => number;

const sum: Combine = (parts, slot) => {
  let total = 0;
  for (const { values, at } of parts) total += values[at + slot]!;
  return total;
};

const least: Combine = (parts, slot) => {
  let result = Infinity;
  for (const { values, at } of parts) result = Math.min(result, values[at + slot]!);
  return result;
};

const greatest: Combine = (parts, slot) => {
  let result = -Infinity;
  for (const { values, at } of parts) result = Math.max(result, values[at + slot]!);
  return result;
};

const first: Combine = (parts, slot) => parts[0]!.values[parts[0]!.at + slot]!;

/** Slot 1 of a gauge tells when it was set. */
const latest: Combine = (parts, slot) => {
  const last = parts.reduce((best, part) =>
    part.values[part.at + 1]! >= best.values[best.at + 1]! ? part : best,
  );
  return last.values[last.at + slot]!;
};

const BY_AGGREGATOR: Readonly<Record<Aggregator, Combine>> = {
  sum,
  min: least,
  max: greatest,
  first,
  omit: first,
  last: latest,
  average: (parts, slot) => sum(parts, slot) / parts.length,
};

/** Writes the `slots` values of a series to `into`, put together from its parts, of which there is at least one. */
export function combine(
  parts: readonly Run[],
  slots: number,
  type: string,
  aggregator: Aggregator,
  into: Run,
): void {
  // The buckets of a histogram only ever add up.
  const one =
    type === 'histogram'
      ? sum
      : aggregator === 'last' && type !== 'gauge'
        ? first
        : BY_AGGREGATOR[aggregator];
  for (let slot = 0; slot < slots; slot++) {
    const setting = type === 'gauge' && slot === 1 && aggregator !== 'last';
    into.values[into.at + slot] = setting ? sum(parts, slot) : one(parts, slot);
  }
}
