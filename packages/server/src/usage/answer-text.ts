/**
 * How much an answer wrote, for estimating what a provider did not count: the
 * characters and the pieces of every kind of output (text, reasoning, arguments of
 * tools) in the forms that providers stream them. The text itself is not kept.
 */

import type { Json } from './json.ts';
import { listOf, objectOf, textOf } from './json.ts';

/** What was written. */
export interface Written {
  characters: number;
  /** Events that carried output; most providers send one token or a few in each. */
  pieces: number;
}

/** Adds what one event of a stream (or one whole answer) wrote. */
export function addWritten(event: Json, written: Written): void {
  const characters = charactersOf(event);
  if (characters === 0) return;
  written.characters += characters;
  written.pieces += 1;
}

/** Characters per token, on average over English text and code. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Tokens that were probably written. Compared with the counts of streams that have
 * them: one token in each event for most providers, four characters in a token for
 * those that send larger pieces; so the larger of the two.
 */
export function estimateOutputTokens(written: Written): number {
  return Math.max(written.pieces, Math.ceil(written.characters / CHARACTERS_PER_TOKEN));
}

/** Tokens that a request probably held, from all texts in it. */
export function estimateInputTokens(request: unknown): number | null {
  const characters = textLength(request, 0);
  return characters === 0 ? null : Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** The fields of a request that are part of its prompt. */
const PROMPT_FIELDS = new Set([
  'messages',
  'input',
  'prompt',
  'system',
  'instructions',
  'contents',
  'systemInstruction',
  'system_instruction',
  'tools',
  'inputText',
  'message',
  'chat_history',
  'documents',
  'query',
  'texts',
]);

const REQUEST_DEPTH_MAX = 12;

function textLength(value: unknown, depth: number): number {
  if (depth > REQUEST_DEPTH_MAX) return 0;
  // An image in a data URL is not text; its tokens cannot be told from its size.
  if (typeof value === 'string') return value.startsWith('data:') ? 0 : value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLength(item, depth + 1), 0);
  const object = objectOf(value);
  if (object === null) return 0;
  let length = 0;
  for (const [key, item] of Object.entries(object)) {
    if (depth === 0 && !PROMPT_FIELDS.has(key)) continue;
    if (key === 'role' || key === 'type' || key === 'id' || key === 'data' || key === 'media_type') continue;
    length += textLength(item, depth + 1);
  }
  return length;
}

function charactersOf(event: Json): number {
  return (
    ofChoices(event) +
    ofDelta(event) +
    ofCandidates(event) +
    lengthOf(objectOf(event.message)?.content) +
    lengthOf(objectOf(event.message)?.thinking) +
    textOf(event.response).length +
    textOf(event.value).length +
    textOf(event.generation).length +
    textOf(event.outputText).length +
    textOf(event.completion).length +
    ofResults(event) +
    textOf(objectOf(objectOf(event.contentBlockDelta)?.delta)?.text).length +
    lengthOf(objectOf(event.output)?.text) +
    ofCohereV1(event)
  );
}

function ofChoices(event: Json): number {
  const choices = listOf(event.choices ?? objectOf(event.output)?.choices);
  return choices.reduce<number>((sum, item) => {
    const choice = objectOf(item);
    const delta = objectOf(choice?.delta) ?? objectOf(choice?.message);
    const calls = listOf(delta?.tool_calls).map((call) => objectOf(objectOf(call)?.function)?.arguments);
    const texts = [
      delta?.content,
      delta?.reasoning_content,
      delta?.reasoning,
      delta?.refusal,
      choice?.text,
      ...calls,
    ];
    return sum + texts.reduce<number>((length, text) => length + lengthOf(text), 0);
  }, 0);
}

/** Deltas of Anthropic, of OpenAI's responses and of Cohere's second interface. */
function ofDelta(event: Json): number {
  if (typeof event.delta === 'string') return textOf(event.type).endsWith('.delta') ? event.delta.length : 0;
  const delta = objectOf(event.delta);
  if (delta === null) return 0;
  const content = objectOf(delta.message)?.content;
  const own = [
    delta.text,
    delta.partial_json,
    delta.thinking,
    objectOf(content)?.text,
    objectOf(content)?.thinking,
  ];
  const threaded = listOf(delta.content).map((item) => objectOf(objectOf(item)?.text)?.value);
  return [...own, ...threaded].reduce<number>((length, text) => length + textOf(text).length, 0);
}

function ofCandidates(event: Json): number {
  return listOf(event.candidates).reduce<number>((sum, item) => {
    const parts = listOf(objectOf(objectOf(item)?.content)?.parts);
    return sum + parts.reduce<number>((length, part) => length + textOf(objectOf(part)?.text).length, 0);
  }, 0);
}

function ofResults(event: Json): number {
  return listOf(event.results).reduce<number>((sum, item) => {
    const result = objectOf(item);
    return sum + textOf(result?.generated_text).length + textOf(result?.outputText).length;
  }, 0);
}

function ofCohereV1(event: Json): number {
  return event.event_type === 'text-generation' ? textOf(event.text).length : 0;
}

/** The length of a content that is a text or a list of parts with texts. */
function lengthOf(content: unknown): number {
  if (typeof content === 'string') return content.length;
  return listOf(content).reduce<number>((sum, part) => sum + textOf(objectOf(part)?.text).length, 0);
}
