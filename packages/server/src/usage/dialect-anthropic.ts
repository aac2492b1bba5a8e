/**
 * Usage in the manner of Anthropic: `input_tokens` leaves cached and cache-write
 * tokens out, so the input is the sum of the three. Bedrock, Vertex and Azure pass
 * the same on.
 */

import type { Json } from './json.ts';
import { countOf, firstCount, listOf, objectOf, textOf } from './json.ts';
import type { AlsoUsed, Counts } from './reading.ts';
import { countsOf } from './reading.ts';

/** Whether usage with `input_tokens` is of this manner: nobody else names cache writes like this beside the input. */
export function isAnthropic(usage: Json): boolean {
  return (
    'cache_creation_input_tokens' in usage || 'cache_read_input_tokens' in usage || 'cache_creation' in usage
  );
}

/**
 * Reads usage of this manner.
 *
 * @returns `null` if the usage has no input or output tokens.
 */
export function readAnthropic(usage: Json): Counts | null {
  const fresh = countOf(usage.input_tokens);
  const output = countOf(usage.output_tokens);
  if (fresh === null && output === null) return null;
  const read = countOf(usage.cache_read_input_tokens);
  const lifetimes = objectOf(usage.cache_creation);
  const for1h = firstCount(lifetimes, ['ephemeral_1h_input_tokens']);
  const for5m = firstCount(lifetimes, ['ephemeral_5m_input_tokens']);
  const split = lifetimes === null ? null : (for1h ?? 0) + (for5m ?? 0);
  const written = countOf(usage.cache_creation_input_tokens) ?? split;
  const compacted = compactions(usage);
  return countsOf({
    input: sum(fresh, read, written, compacted.input),
    output: sum(output, compacted.output),
    cacheRead: sum(read, compacted.read),
    cacheWrite: sum(written, compacted.written),
    cacheWrite1h: for1h,
    reasoning: firstCount(objectOf(usage.output_tokens_details), ['thinking_tokens', 'reasoning_tokens']),
    detail: { web_searches: firstCount(objectOf(usage.server_tool_use), ['web_search_requests']) ?? 0 },
  });
}

/** What other models used for the request, such as an advisor: it is left out of the totals and charged at their own prices. */
export function advisorsOf(usage: Json): AlsoUsed[] {
  return listOf(usage.iterations).flatMap((iteration) => {
    const entry = objectOf(iteration);
    const model = textOf(entry?.model);
    const counts = entry && model !== '' ? readAnthropic(entry) : null;
    return counts === null ? [] : [{ model, counts }];
  });
}

/** Compaction runs on the same model and is charged, but the totals of the usage leave it out. */
function compactions(usage: Json): { input: number; output: number; read: number; written: number } {
  const total = { input: 0, output: 0, read: 0, written: 0 };
  for (const iteration of listOf(usage.iterations)) {
    const entry = objectOf(iteration);
    if (entry === null || entry.type !== 'compaction') continue;
    const read = countOf(entry.cache_read_input_tokens) ?? 0;
    const written = countOf(entry.cache_creation_input_tokens) ?? 0;
    total.input += (countOf(entry.input_tokens) ?? 0) + read + written;
    total.output += countOf(entry.output_tokens) ?? 0;
    total.read += read;
    total.written += written;
  }
  return total;
}

function sum(...counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  // Zeros that stand for "no compaction" must not make a count known that the usage does not have.
  return counts[0] === null && known.every((count) => count === 0)
    ? null
    : known.reduce((total, count) => total + count, 0);
}
