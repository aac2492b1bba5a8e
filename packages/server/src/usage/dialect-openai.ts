/**
 * Usage in the manner of OpenAI, which most providers follow: `prompt_tokens` and
 * `completion_tokens` of chats and embeddings, `input_tokens` and `output_tokens` of
 * responses, images, audio and realtime. The whole includes its parts, except where
 * a provider means otherwise and its own total shows it.
 */

import type { UsageDetail } from '../pricing/meters.ts';
import type { Json } from './json.ts';
import { firstCount, firstObject, objectOf, quantityOf } from './json.ts';
import type { Counts, FoundCounts } from './reading.ts';
import { countsOf } from './reading.ts';

const INPUT_DETAILS = [
  'prompt_tokens_details',
  'input_tokens_details',
  'input_token_details',
  'prompt_token_details',
];
const OUTPUT_DETAILS = [
  'completion_tokens_details',
  'output_tokens_details',
  'output_token_details',
  'completion_token_details',
];

/** Cached input beside the whole, where providers have it. Mistral's `num_cached_tokens` is not documented and has no price. */
const CACHED = [
  'cached_tokens',
  'prompt_cache_hit_tokens',
  'cache_read_input_tokens',
  'cached_prompt_text_tokens',
];
const CACHED_IN_DETAILS = ['cached_tokens', 'cache_read_tokens', 'cache_read_input_tokens', 'cache_read'];
const WRITTEN_IN_DETAILS = [
  'cache_write_tokens',
  'cache_creation_tokens',
  'cache_creation_input_tokens',
  // LangChain's names.
  'cache_creation',
  'cache_write',
];
const REASONING_IN_DETAILS = ['reasoning_tokens', 'thinking_tokens', 'reasoning'];
const AUDIO_IN_DETAILS = ['audio_tokens', 'audio'];

/** What the caller knows of the provider that its usage does not show. */
export interface OpenaiHints {
  /** Perplexity counts the reasoning at the top of its usage beside its completion tokens. */
  readonly partsBesideOutput: boolean;
}

/**
 * Reads usage of this manner.
 *
 * @returns `null` if the usage has neither input nor output tokens nor a duration.
 */
export function readOpenai(usage: Json, hints: OpenaiHints): Counts | null {
  const total = firstCount(usage, ['total_tokens']);
  const input = firstCount(usage, ['prompt_tokens', 'input_tokens']);
  const output = firstCount(usage, ['completion_tokens', 'output_tokens']);
  const seconds = quantityOf(usage.seconds);
  const detail = toolDetail(usage);
  if (input === null && output === null) {
    if (usage.type === 'duration' && seconds !== null)
      return countsOf({ detail: { audio_seconds: seconds } });
    // Voyage and rerankers say the total only, and all of it is input.
    return total === null ? null : countsOf({ input: total, detail });
  }
  const inputDetails = firstObject(usage, INPUT_DETAILS);
  const outputDetails = firstObject(usage, OUTPUT_DETAILS);
  const cacheRead = firstCount(inputDetails, CACHED_IN_DETAILS) ?? firstCount(usage, CACHED);
  const cacheWrite =
    firstCount(inputDetails, WRITTEN_IN_DETAILS) ?? firstCount(usage, ['cache_creation_input_tokens']);
  const besideOutput = hints.partsBesideOutput ? firstCount(usage, ['reasoning_tokens']) : null;
  const reasoning =
    firstCount(outputDetails, REASONING_IN_DETAILS) ?? firstCount(usage, ['reasoning_tokens']);
  const citations = firstCount(usage, ['citation_tokens']);
  const found: FoundCounts = {
    input: wholeInput(input, output, total, (cacheRead ?? 0) + (cacheWrite ?? 0)),
    output: wholeOutput({ input, output, total, reasoning, besideOutput, citations }),
    cacheRead,
    cacheWrite,
    cacheWrite1h: firstCount(objectOf(inputDetails?.cache_creation), ['ephemeral_1h_input_tokens']),
    reasoning,
    inputAudio: firstCount(inputDetails, AUDIO_IN_DETAILS),
    outputAudio: firstCount(outputDetails, AUDIO_IN_DETAILS),
    inputImage: firstCount(inputDetails, ['image_tokens']),
    detail: { ...detail, ...modalityDetail(inputDetails, outputDetails, citations) },
  };
  return countsOf(found);
}

/** Some gateways leave cached tokens out of the input; then the parts are larger than the whole, or the total shows it. */
function wholeInput(
  input: number | null,
  output: number | null,
  total: number | null,
  cached: number,
): number | null {
  if (input === null || cached === 0) return input;
  const exclusive = total !== null && total === input + (output ?? 0) + cached;
  return exclusive || cached > input ? input + cached : input;
}

interface OutputFigures {
  readonly input: number | null;
  readonly output: number | null;
  readonly total: number | null;
  readonly reasoning: number | null;
  /** Reasoning that is known to be counted apart from the output. */
  readonly besideOutput: number | null;
  readonly citations: number | null;
}

/** xAI leaves reasoning out of the output, as its total shows; Perplexity also leaves citations out, even of the total. */
function wholeOutput(figures: OutputFigures): number | null {
  const { input, output, total, reasoning, besideOutput, citations } = figures;
  if (output === null) return null;
  if (besideOutput !== null || citations !== null) return output + (reasoning ?? 0) + (citations ?? 0);
  if (reasoning === null || reasoning === 0) return output;
  const isBeside = total !== null && input !== null && total === input + output + reasoning;
  return isBeside || reasoning > output ? output + reasoning : output;
}

function toolDetail(usage: Json): UsageDetail {
  return {
    web_searches: firstCount(usage, ['num_search_queries']) ?? 0,
    audio_seconds: quantityOf(usage.billable_audio_seconds) ?? quantityOf(usage.prompt_audio_seconds) ?? 0,
    text_messages: firstCount(usage, ['input_text_messages']) ?? 0,
    input_characters: firstCount(usage, ['characters', 'input_characters']) ?? 0,
  };
}

function modalityDetail(input: Json | null, output: Json | null, citations: number | null): UsageDetail {
  const cached = objectOf(input?.cached_tokens_details);
  return {
    input_video_tokens: firstCount(input, ['video_tokens']) ?? 0,
    cache_audio_read_tokens: firstCount(cached, ['audio_tokens']) ?? 0,
    cache_image_read_tokens: firstCount(cached, ['image_tokens']) ?? 0,
    output_image_tokens: firstCount(output, ['image_tokens']) ?? 0,
    output_video_tokens: firstCount(output, ['video_tokens']) ?? 0,
    citation_tokens: citations ?? 0,
  };
}
