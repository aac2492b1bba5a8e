/**
 * What is read from a provider's answer: token counts in the meaning of the event
 * (input includes cached and cache-write tokens, output includes reasoning),
 * whatever the provider's own spelling, and what else it says that a price needs.
 */

import type { Meter, TokenCounts, UsageDetail } from '../pricing/meters.ts';

/** Token counts in the event's meaning, and quantities that the event has no field for. */
export interface Counts extends TokenCounts {
  readonly detail: UsageDetail | null;
}

/** How good the counts are. */
export type ReadingState =
  /** The provider's own figures, complete. */
  | 'reported'
  /** The answer was cut off or carries no usage: what is missing was estimated from its text. */
  | 'estimated'
  /** The request failed before anything was used. */
  | 'failed'
  /** The answer says nothing of usage, and nothing can be told from it. */
  | 'absent';

/** What another model used on behalf of the request, which its provider charges apart. */
export interface AlsoUsed {
  readonly model: string;
  readonly counts: Counts;
}

/** What was read from an answer. */
export interface Reading {
  readonly state: ReadingState;
  readonly counts: Counts;
  /** The model that answered; empty if the answer does not say. */
  readonly model: string;
  /** As the provider names it; empty if the answer does not say. */
  readonly serviceTier: string;
  /** Where the request was served; empty if the answer does not say. */
  readonly region: string;
  /** What the provider itself says that the request cost, in dollars as a decimal; empty if it does not. */
  readonly reportedCostUsd: string;
  readonly alsoUsed: readonly AlsoUsed[];
}

/** Counts of which nothing is known. */
export const UNKNOWN_COUNTS: Counts = Object.freeze({
  input_tokens: null,
  output_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
  cache_write_1h_tokens: null,
  reasoning_tokens: null,
  input_audio_tokens: null,
  output_audio_tokens: null,
  input_image_tokens: null,
  detail: null,
});

/** What a dialect may find; what is absent is not known. */
export interface FoundCounts {
  input?: number | null;
  output?: number | null;
  cacheRead?: number | null;
  cacheWrite?: number | null;
  cacheWrite1h?: number | null;
  reasoning?: number | null;
  inputAudio?: number | null;
  outputAudio?: number | null;
  inputImage?: number | null;
  detail?: UsageDetail;
}

/**
 * The counts of an answer, with parts that contradict their whole left out: a
 * modality that is counted larger than everything together is no reason to price
 * nothing, but none to be believed either.
 */
export function countsOf(found: FoundCounts): Counts {
  const input = found.input ?? null;
  const output = found.output ?? null;
  const cacheWrite = found.cacheWrite ?? null;
  const detail = cleanDetail(found.detail);
  const videoInput = detail?.input_video_tokens ?? 0;
  const inputFits = (found.inputAudio ?? 0) + (found.inputImage ?? 0) + videoInput <= (input ?? 0);
  const outputParts =
    (found.outputAudio ?? 0) +
    (detail?.output_image_tokens ?? 0) +
    (detail?.output_video_tokens ?? 0) +
    (detail?.citation_tokens ?? 0);
  const outputFits = (found.reasoning ?? 0) + outputParts <= (output ?? 0);
  const reasoningFits = (found.reasoning ?? 0) <= (output ?? 0);
  return {
    input_tokens: input,
    output_tokens: output,
    cache_read_tokens: found.cacheRead ?? null,
    cache_write_tokens: cacheWrite,
    cache_write_1h_tokens: within(found.cacheWrite1h, cacheWrite),
    reasoning_tokens: reasoningFits ? (found.reasoning ?? null) : null,
    input_audio_tokens: inputFits ? (found.inputAudio ?? null) : null,
    output_audio_tokens: outputFits ? (found.outputAudio ?? null) : null,
    input_image_tokens: inputFits ? (found.inputImage ?? null) : null,
    detail: inputFits && outputFits ? detail : withoutTokens(detail),
  };
}

function within(part: number | null | undefined, whole: number | null): number | null {
  return part === null || part === undefined || part > (whole ?? 0) ? null : part;
}

function cleanDetail(detail: UsageDetail | undefined): UsageDetail | null {
  if (detail === undefined) return null;
  const clean: Partial<Record<Meter, number>> = {};
  let isEmpty = true;
  for (const meter of Object.keys(detail) as Meter[]) {
    const quantity = detail[meter] ?? 0;
    if (quantity <= 0) continue;
    clean[meter] = quantity;
    isEmpty = false;
  }
  return isEmpty ? null : clean;
}

function withoutTokens(detail: UsageDetail | null): UsageDetail | null {
  if (detail === null) return null;
  const entries = Object.entries(detail).filter(([meter]) => !meter.endsWith('_tokens'));
  return entries.length === 0 ? null : Object.fromEntries(entries);
}
