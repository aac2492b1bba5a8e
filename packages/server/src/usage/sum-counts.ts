/** Adding up the counts of several answers: the turns of a realtime session. */

import type { UsageDetail } from '../pricing/meters.ts';
import type { Counts } from './reading.ts';

const FIELDS = [
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'reasoning_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
  'input_image_tokens',
] as const satisfies readonly (keyof Counts)[];

/** The sum of counts; a field is unknown only where it is unknown in all of them. `null` of none. */
export function sumCounts(all: readonly Counts[]): Counts | null {
  const [first, ...rest] = all;
  if (first === undefined) return null;
  return rest.reduce(addCounts, first);
}

function addCounts(a: Counts, b: Counts): Counts {
  const sum = Object.fromEntries(
    FIELDS.map((field) => {
      const x = a[field];
      const y = b[field];
      return [field, x === null ? y : y === null ? x : x + y];
    }),
  ) as Pick<Counts, (typeof FIELDS)[number]>;
  return { ...sum, detail: addDetail(a.detail, b.detail) };
}

function addDetail(a: UsageDetail | null, b: UsageDetail | null): UsageDetail | null {
  if (a === null || b === null) return a ?? b;
  const sum: Record<string, number> = { ...a };
  for (const [meter, quantity] of Object.entries(b)) sum[meter] = (sum[meter] ?? 0) + quantity;
  return sum;
}
