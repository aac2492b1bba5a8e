/**
 * The Mooncake traces (Qin et al., FAST 2025): JSON lines with a timestamp in
 * milliseconds from the start of the trace, input_length, output_length and
 * hash_ids, the ids of the prompt's blocks of 512 tokens. On request the blocks
 * at the head of a prompt that an earlier row had become prompt-cache reads: what
 * a cache that never forgets would have read.
 */

import { instantFromEpochMs, type RequestEvent } from '@bellwether/events';
import type { LineFormat } from './line-trace.ts';
import { badRow } from './trace.ts';

const BLOCK_TOKENS = 512;

/** Blocks that the imagined cache holds at most: ten times what a published trace has. */
const BLOCKS_MAX = 5_000_000;

export const mooncake: LineFormat = {
  // The trace has times from its own zero only. A fixed day, so that a second run gives the same events.
  defaultStart: { epochSeconds: Date.UTC(2025, 0, 1) / 1000, nanoseconds: 0 },
  reader: ({ provider = 'moonshot_ai', model = 'unknown', prefixCache = false }) => {
    const seen = new Set<number>();
    return (line, row) => {
      if (line === '') return null;
      const { timestamp, input_length, output_length, hash_ids } = parseObject(line, row);
      const instant = typeof timestamp === 'number' ? instantFromEpochMs(timestamp) : null;
      if (instant === null) throw badRow(row, 'timestamp is not a number of milliseconds.');
      const event: RequestEvent = {
        timestamp: timestamp as number,
        provider,
        model,
        input_tokens: count(input_length, 'input_length', row),
        output_tokens: count(output_length, 'output_length', row),
      };
      if (prefixCache) event.cache_read_tokens = cachedTokens(seen, hash_ids, event.input_tokens ?? 0, row);
      return { instant, event };
    };
  },
};

function cachedTokens(seen: Set<number>, hashIds: unknown, inputTokens: number, row: number): number {
  if (!Array.isArray(hashIds) || !hashIds.every((id) => Number.isInteger(id)))
    throw badRow(row, 'hash_ids is not a list of integers.');
  const ids = hashIds as readonly number[];
  const firstNew = ids.findIndex((id) => !seen.has(id));
  if (seen.size + ids.length > BLOCKS_MAX) throw badRow(row, `is beyond ${BLOCKS_MAX} different blocks.`);
  for (const id of ids) seen.add(id);
  return Math.min(inputTokens, BLOCK_TOKENS * (firstNew === -1 ? ids.length : firstNew));
}

function parseObject(line: string, row: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    throw badRow(row, 'is not valid JSON.', error);
  }
  throw badRow(row, 'is not a JSON object.');
}

function count(value: unknown, name: string, row: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw badRow(row, `${name} is not a non-negative integer.`);
}
