/**
 * Reassembling a stream: of all its events, the usage, the model, the tier, how much
 * was written, and whether it came to its end. Figures in later events are
 * cumulative with every provider, so the largest of each is the final one.
 */

import type { UsageDetail } from '../pricing/meters.ts';
import type { Written } from './answer-text.ts';
import { addWritten } from './answer-text.ts';
import type { FoundUsage, UsagePlace } from './find-usage.ts';
import { factsOf, findUsage } from './find-usage.ts';
import type { Json } from './json.ts';
import { listOf, objectOf, textOf } from './json.ts';
import { toolCallsIn } from './tool-calls.ts';

/** What a stream said. */
export interface FoldedStream {
  /** The usage of each answer in it: one, except in a realtime session. */
  readonly usages: readonly FoundUsage[];
  /** True if the usage is the final one and not an interim figure. */
  readonly isFinal: boolean;
  readonly model: string;
  readonly serviceTier: string;
  readonly written: Written;
  readonly toolCalls: UsageDetail | null;
  /** An error that the stream ended with. */
  readonly hasError: boolean;
  readonly eventCount: number;
}

/** The event types that end a stream with usage that is final. */
const FINAL_TYPES = new Set([
  'message_delta',
  'message_stop',
  'message-end',
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
  'response.done',
  'image_generation.completed',
  'image_edit.completed',
  'transcript.text.done',
  'conversation.item.input_audio_transcription.completed',
  'speech.audio.done',
]);

/** Answers of a realtime session that are told apart at most. */
const ANSWERS_MAX = 10_000;

/** Folds the events of a stream one by one. */
export class StreamFold {
  readonly #answers = new Map<string, { place: UsagePlace; usage: Json }>();
  readonly #written: Written = { characters: 0, pieces: 0 };
  #isFinal = false;
  #isEnded = false;
  #hasError = false;
  #toolCalls: UsageDetail | null = null;
  #model = '';
  #serviceTier = '';
  #eventCount = 0;

  /** Takes the next event. */
  addJson(value: unknown, name: string): void {
    for (const item of Array.isArray(value) ? value : [value]) {
      const event = objectOf(item);
      if (event !== null) this.#add(event, name);
    }
  }

  /** Takes an event that is bare text: a piece of output. */
  addText(text: string): void {
    this.#eventCount += 1;
    if (text === '') return;
    this.#written.characters += text.length;
    this.#written.pieces += 1;
  }

  /** Takes the marker that the stream is complete. */
  addDone(): void {
    this.#isEnded = true;
  }

  /** What was said up to here. */
  result(): FoldedStream {
    return {
      usages: [...this.#answers.values()],
      isFinal: this.#isFinal || this.#isEnded,
      model: this.#model,
      serviceTier: this.#serviceTier,
      written: { ...this.#written },
      toolCalls: this.#toolCalls,
      hasError: this.#hasError,
      eventCount: this.#eventCount,
    };
  }

  #add(event: Json, name: string): void {
    this.#eventCount += 1;
    const type = textOf(event.type) || textOf(event.event_type) || name;
    if (type === 'error' || (event.error !== undefined && event.error !== null)) this.#hasError = true;
    // The steps of a run are counted in the run.
    if (type.startsWith('thread.run.step') || event.object === 'thread.run.step') return;
    addWritten(event, this.#written);
    const facts = factsOf(event);
    if (facts.model !== '') this.#model = facts.model;
    if (facts.serviceTier !== '') this.#serviceTier = facts.serviceTier;
    if (type.startsWith('response.')) this.#toolCalls = toolCallsIn(event) ?? this.#toolCalls;
    const found = findUsage(event);
    if (found !== null) this.#merge(answerOf(event, type), found);
    if (endsAnswer(event, type) || (found !== null && isSeparateUsage(event))) this.#isFinal = true;
  }

  #merge(answer: string, { place, usage }: FoundUsage): void {
    const known = this.#answers.get(answer);
    if (known === undefined && this.#answers.size >= ANSWERS_MAX) return;
    const merged = known && known.place === place ? mergeLargest(known.usage, usage) : usage;
    this.#answers.set(answer, { place, usage: merged });
  }
}

/** In a realtime session each answer is charged; everywhere else all events are of one answer. */
function answerOf(event: Json, type: string): string {
  if (type === 'response.done') return textOf(objectOf(event.response)?.id);
  return type === 'conversation.item.input_audio_transcription.completed' ? textOf(event.item_id) : '';
}

function endsAnswer(event: Json, type: string): boolean {
  if (FINAL_TYPES.has(type) || event.done === true || event.is_finished === true) return true;
  if (/^thread\.run\.(?:completed|incomplete|failed|cancelled|expired)$/.test(type)) return true;
  if ('amazon-bedrock-invocationMetrics' in event || objectOf(event.metadata)?.usage !== undefined)
    return true;
  const endings = [
    ...listOf(event.candidates),
    ...listOf(event.choices),
    ...listOf(objectOf(event.output)?.choices),
  ];
  if (endings.some((item) => hasReason(objectOf(item)))) return true;
  const results = listOf(event.results).map((item) => textOf(objectOf(item)?.stop_reason));
  return (
    results.some((reason) => reason !== '' && reason !== 'not_finished') || textOf(event.stop_reason) !== ''
  );
}

function hasReason(ending: Json | null): boolean {
  const reason = ending?.finish_reason ?? ending?.finishReason;
  return typeof reason === 'string' && reason !== '' && reason !== 'null';
}

/** OpenAI sends the usage in a chunk of its own without choices, after the last piece. */
function isSeparateUsage(event: Json): boolean {
  return Array.isArray(event.choices) && event.choices.length === 0;
}

/** Levels of objects that are merged; usage has three, and an answer may be nested to harm. */
const MERGE_DEPTH_MAX = 6;

/** Objects merged deeply: of two numbers the larger, of anything else the later one that is present. */
function mergeLargest(earlier: Json, later: Json, depth = 0): Json {
  const merged: Record<string, unknown> = { ...earlier };
  for (const [key, value] of Object.entries(later)) {
    const known = merged[key];
    const knownObject = objectOf(known);
    const object = objectOf(value);
    if (typeof value === 'number' && typeof known === 'number') merged[key] = Math.max(value, known);
    else if (knownObject !== null && object !== null && depth < MERGE_DEPTH_MAX)
      merged[key] = mergeLargest(knownObject, object, depth + 1);
    else if (key === 'results') merged[key] = mergeResults(listOf(known), listOf(value));
    else if (value !== null && value !== undefined) merged[key] = value;
  }
  return merged;
}

/** watsonx counts in a list, one entry for each answer, and the input in the first event only. */
function mergeResults(earlier: readonly unknown[], later: readonly unknown[]): unknown[] {
  return later.map((result, index) => {
    const known = objectOf(earlier[index]);
    const object = objectOf(result);
    return known === null || object === null ? result : mergeLargest(known, object);
  });
}
