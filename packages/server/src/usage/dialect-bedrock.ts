/**
 * Usage of Amazon Bedrock: the Converse interface and Nova count the input without
 * what was read from or written to a cache; the metrics at the end of an
 * InvokeModel stream count likewise; the older models each have figures of their
 * own at the top of the answer.
 */

import type { Json } from './json.ts';
import { countOf, firstCount, listOf, objectOf } from './json.ts';
import type { Counts } from './reading.ts';
import { countsOf } from './reading.ts';

const READ = ['cacheReadInputTokens', 'cacheReadInputTokenCount', 'cacheReadTokens', 'cachedInputTokens'];
const WRITTEN = ['cacheWriteInputTokens', 'cacheWriteInputTokenCount', 'cacheWriteTokens'];

/**
 * Reads usage in camel case, as Converse and Nova have it.
 *
 * @returns `null` if it counts neither input nor output.
 */
export function readBedrock(usage: Json): Counts | null {
  const fresh = firstCount(usage, ['inputTokens', 'inputTokenCount']);
  const output = firstCount(usage, ['outputTokens', 'outputTokenCount']);
  if (fresh === null && output === null) return null;
  const read = firstCount(usage, READ);
  const written = firstCount(usage, WRITTEN);
  const cached = (read ?? 0) + (written ?? 0);
  const total = firstCount(usage, ['totalTokens']);
  // The Vercel AI SDK uses the same names with cached tokens included; its total shows it.
  const inclusive =
    cached > 0 &&
    (total === (fresh ?? 0) + (output ?? 0) || 'cachedInputTokens' in usage) &&
    (fresh ?? 0) >= cached;
  return countsOf({
    input: fresh === null ? null : inclusive ? fresh : fresh + cached,
    output,
    cacheRead: read,
    cacheWrite: written,
    cacheWrite1h: writtenFor1h(usage),
    reasoning: firstCount(usage, ['reasoningTokens']),
  });
}

function writtenFor1h(usage: Json): number | null {
  const details = listOf(usage.cacheDetails).map(objectOf);
  const for1h = details.filter((detail) => detail?.ttl === '1h');
  if (for1h.length === 0) return null;
  return for1h.reduce((total, detail) => total + (countOf(detail?.inputTokens) ?? 0), 0);
}

/** Reads the figures that models of Amazon, Meta and AI21 put at the top of their answer. */
export function readBedrockModel(body: Json): Counts | null {
  if ('inputTextTokenCount' in body) {
    const results = listOf(body.results).map((result) => countOf(objectOf(result)?.tokenCount));
    const known = results.filter((tokens) => tokens !== null);
    const output = known.length === 0 ? null : known.reduce((total, tokens) => total + tokens, 0);
    return countsOf({ input: countOf(body.inputTextTokenCount), output });
  }
  if ('prompt_token_count' in body || 'generation_token_count' in body) {
    return countsOf({
      input: countOf(body.prompt_token_count),
      output: countOf(body.generation_token_count),
    });
  }
  return readJurassic(body);
}

/** AI21's Jurassic lists every token instead of counting them. */
function readJurassic(body: Json): Counts | null {
  const prompt = objectOf(body.prompt)?.tokens;
  const completions = listOf(body.completions).map((item) => objectOf(objectOf(item)?.data)?.tokens);
  if (!Array.isArray(prompt) || completions.length === 0) return null;
  const output = completions.reduce<number>((total, tokens) => total + listOf(tokens).length, 0);
  return countsOf({ input: prompt.length, output });
}
