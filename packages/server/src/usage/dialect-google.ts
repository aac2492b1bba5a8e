/**
 * Usage of Gemini, from the Gemini API, Vertex AI and the Live API: the prompt
 * includes what was read from a cache, thoughts and the prompts of tools are
 * counted beside it, and each part is split by modality.
 */

import type { UsageDetail } from '../pricing/meters.ts';
import type { Json } from './json.ts';
import { countOf, firstCount, listOf, objectOf, textOf } from './json.ts';
import type { Counts } from './reading.ts';
import { countsOf } from './reading.ts';

/** The spellings of the REST interface, then those of the Python client. */
const PROMPT = ['promptTokenCount', 'prompt_token_count'];
const CANDIDATES = [
  'candidatesTokenCount',
  'candidates_token_count',
  'responseTokenCount',
  'response_token_count',
];
const THOUGHTS = ['thoughtsTokenCount', 'thoughts_token_count'];
const TOOL_PROMPT = ['toolUsePromptTokenCount', 'tool_use_prompt_token_count'];
const CACHED = ['cachedContentTokenCount', 'cached_content_token_count'];
const PROMPT_SPLIT = ['promptTokensDetails', 'prompt_tokens_details', 'promptTokenDetails'];
const TOOL_PROMPT_SPLIT = ['toolUsePromptTokensDetails', 'tool_use_prompt_tokens_details'];
const CACHED_SPLIT = ['cacheTokensDetails', 'cache_tokens_details'];
const CANDIDATES_SPLIT = [
  'candidatesTokensDetails',
  'candidates_tokens_details',
  'responseTokensDetails',
  'response_tokens_details',
];

/**
 * Reads `usageMetadata`.
 *
 * @returns `null` if it counts neither prompt nor candidates.
 */
export function readGoogle(usage: Json): Counts | null {
  const prompt = firstCount(usage, PROMPT);
  const candidates = firstCount(usage, CANDIDATES);
  const thoughts = firstCount(usage, THOUGHTS);
  const toolPrompt = firstCount(usage, TOOL_PROMPT);
  if (prompt === null && candidates === null && thoughts === null && toolPrompt === null) return null;
  const input = splitOf(usage, [PROMPT_SPLIT, TOOL_PROMPT_SPLIT]);
  const cached = splitOf(usage, [CACHED_SPLIT]);
  const output = splitOf(usage, [CANDIDATES_SPLIT]);
  const detail: UsageDetail = {
    input_video_tokens: input.video,
    cache_audio_read_tokens: cached.audio,
    cache_image_read_tokens: cached.image,
    cache_video_read_tokens: cached.video,
    output_image_tokens: output.image,
    output_video_tokens: output.video,
  };
  return countsOf({
    input: prompt === null && toolPrompt === null ? null : (prompt ?? 0) + (toolPrompt ?? 0),
    output: candidates === null && thoughts === null ? null : (candidates ?? 0) + (thoughts ?? 0),
    cacheRead: firstCount(usage, CACHED),
    reasoning: thoughts,
    inputAudio: input.audio,
    outputAudio: output.audio,
    inputImage: input.image,
    detail,
  });
}

/** The token count of Vertex AI's embedding predictions, which have no `usageMetadata`. */
export function readPredictions(body: Json): Counts | null {
  let input: number | null = null;
  for (const prediction of listOf(body.predictions)) {
    const statistics = objectOf(objectOf(objectOf(prediction)?.embeddings)?.statistics);
    const tokens = firstCount(statistics, ['token_count', 'tokenCount']);
    if (tokens !== null) input = (input ?? 0) + tokens;
  }
  return input === null ? null : countsOf({ input });
}

interface Split {
  audio: number;
  image: number;
  video: number;
}

function splitOf(usage: Json, keys: readonly (readonly string[])[]): Split {
  const split: Split = { audio: 0, image: 0, video: 0 };
  for (const spellings of keys) {
    const list = spellings.map((key) => usage[key]).find(Array.isArray);
    for (const item of listOf(list)) {
      const part = objectOf(item);
      const tokens = countOf(part?.tokenCount) ?? countOf(part?.token_count) ?? 0;
      const modality = textOf(part?.modality).toUpperCase();
      if (modality === 'AUDIO') split.audio += tokens;
      // Pages of documents are charged as images.
      if (modality === 'IMAGE' || modality === 'DOCUMENT') split.image += tokens;
      if (modality === 'VIDEO') split.video += tokens;
    }
  }
  return split;
}
