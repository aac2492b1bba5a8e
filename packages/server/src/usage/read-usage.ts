/**
 * Reading the usage that was found in an answer by the manner it is in: the one the
 * caller names (an API flavour, as price lists call it) or the one it shows itself.
 */

import { priceListOf } from '../pricing/provider-aliases.ts';
import { isAnthropic, readAnthropic } from './dialect-anthropic.ts';
import { readBedrock, readBedrockModel } from './dialect-bedrock.ts';
import { readGoogle, readPredictions } from './dialect-google.ts';
import type { OpenaiHints } from './dialect-openai.ts';
import { readOpenai } from './dialect-openai.ts';
import { readCohere, readOllama, readSmall, readWatsonx } from './dialect-others.ts';
import type { FoundUsage } from './find-usage.ts';
import type { Json } from './json.ts';
import { firstCount, quantityOf } from './json.ts';
import type { Counts } from './reading.ts';
import { countsOf } from './reading.ts';

/** What the caller knows of an answer. */
export interface AnswerHints {
  /** As the caller names it; empty if not known. */
  readonly provider: string;
  /** `chat`, `responses`, `anthropic`, `default`, …; empty to see from the answer. */
  readonly apiFlavor: string;
}

/** Providers whose own interface is in the manner of Anthropic. */
const ANTHROPIC_LISTS = new Set(['anthropic', 'minimax']);

/**
 * Reads the usage of an answer.
 *
 * @returns `null` if nothing in it is known.
 */
export function readUsage(found: FoundUsage, hints: AnswerHints): Counts | null {
  const list = priceListOf(hints.provider);
  const asNamed = readAsNamed(found, hints.apiFlavor, list);
  return asNamed ?? readAsSeen(found, openaiHints(list));
}

function openaiHints(list: string | null): OpenaiHints {
  return { partsBesideOutput: list === 'perplexity' };
}

/** Reads in the manner that the flavour means; `null` if it names none or the usage is not of it. */
function readAsNamed({ place, usage }: FoundUsage, flavor: string, list: string | null): Counts | null {
  switch (flavor) {
    case 'chat':
    case 'responses':
    case 'realtime':
    case 'images':
      return place === 'usage' ? readOpenai(withoutAnthropicCache(usage), openaiHints(list)) : null;
    case 'embeddings':
      return inputOnly(readAsSeen({ place, usage }, openaiHints(list)));
    case 'anthropic':
      return place === 'usage' ? readAnthropic(usage) : null;
    case 'tokens':
      return place === 'cohere' ? readCohere(usage, true) : null;
    case 'ocr_annotated':
      return annotated(usage);
    case 'default':
      return list !== null && ANTHROPIC_LISTS.has(list) && place === 'usage' && !('inputTokens' in usage)
        ? readAnthropic(usage)
        : null;
    default:
      return null;
  }
}

/** Reads in the manner that the usage shows. */
function readAsSeen({ place, usage }: FoundUsage, hints: OpenaiHints): Counts | null {
  switch (place) {
    case 'google':
      // LangChain has usage_metadata too, in the manner of OpenAI.
      return readGoogle(usage) ?? readPlain(usage, hints);
    case 'cohere':
      return readCohere(usage);
    case 'usage':
      return readPlain(usage, hints);
    case 'body':
      return readTop(usage);
    default:
      return place satisfies never;
  }
}

function readTop(body: Json): Counts | null {
  return (
    readOllama(body) ??
    readBedrockModel(body) ??
    readWatsonx(body) ??
    readPredictions(body) ??
    readSmall(body)
  );
}

function readPlain(usage: Json, hints: OpenaiHints): Counts | null {
  if ('input_tokens' in usage && isAnthropic(usage) && !('total_tokens' in usage))
    return readAnthropic(usage);
  return readOpenai(usage, hints) ?? readBedrock(usage) ?? readInteraction(usage) ?? readDuration(usage);
}

/** Google's Interactions interface names the totals of each kind. */
function readInteraction(usage: Json): Counts | null {
  const input = firstCount(usage, ['total_input_tokens']);
  const output = firstCount(usage, ['total_output_tokens']);
  if (input === null && output === null) return null;
  const thoughts = firstCount(usage, ['total_thought_tokens', 'total_reasoning_tokens']);
  const tools = firstCount(usage, ['total_tool_use_tokens']);
  return countsOf({
    input: input === null ? null : input + (tools ?? 0),
    output: output === null && thoughts === null ? null : (output ?? 0) + (thoughts ?? 0),
    cacheRead: firstCount(usage, ['total_cached_tokens']),
    reasoning: thoughts,
  });
}

function readDuration(usage: Json): Counts | null {
  const seconds = quantityOf(usage.seconds) ?? quantityOf(usage.duration);
  return seconds === null ? null : countsOf({ detail: { audio_seconds: seconds } });
}

/** A caller who says that the usage is in OpenAI's manner means its counts of input as they stand. */
function withoutAnthropicCache(usage: Json): Json {
  if (!isAnthropic(usage)) return usage;
  const {
    cache_creation_input_tokens: _written,
    cache_read_input_tokens: _read,
    cache_creation: _split,
    ...rest
  } = usage;
  return rest;
}

function inputOnly(counts: Counts | null): Counts | null {
  return (
    counts &&
    countsOf({
      input: counts.input_tokens,
      inputImage: counts.input_image_tokens,
      inputAudio: counts.input_audio_tokens,
    })
  );
}

function annotated(usage: Json): Counts | null {
  const pages = readSmall(usage)?.detail?.document_pages;
  return pages === undefined ? null : countsOf({ detail: { annotated_document_pages: pages } });
}
