/**
 * Where an answer keeps its usage. Providers put it under a handful of names, at
 * the top or inside what a stream's event, a batch's line or a gateway wraps around
 * the answer; a few have it spread over the top of the answer itself.
 */

import type { Json } from './json.ts';
import { objectOf } from './json.ts';

/** What kind of object the usage is, which decides how it is read. */
export type UsagePlace =
  /** An object of counts under `usage`, in the manner of OpenAI, Anthropic or Bedrock. */
  | 'usage'
  /** Gemini's `usageMetadata`. */
  | 'google'
  /** Cohere's object with `billed_units` and `tokens`. */
  | 'cohere'
  /** The answer itself. */
  | 'body';

/** The usage of an answer. */
export interface FoundUsage {
  readonly place: UsagePlace;
  readonly usage: Json;
}

/** What may be wrapped around an answer, outermost names first. */
const WRAPPERS = [
  'response',
  'message',
  'result',
  'delta',
  'metadata',
  'body',
  'modelOutput',
  'data',
  'x_groq',
];

/** Wrappers inside wrappers that are followed. */
const DEPTH_MAX = 4;

/** Figures that stand at the top of an answer. */
const BODY_KEYS = [
  'eval_count',
  'prompt_eval_count',
  'inputTextTokenCount',
  'prompt_token_count',
  'generation_token_count',
  'num_tokens_prompt_total',
  'num_tokens_generated',
  'predictions',
  'usage_info',
];

/** The usage of an answer, or `null` if there is none that is known. */
export function findUsage(answer: Json, depth = 0): FoundUsage | null {
  const google = objectOf(answer.usageMetadata) ?? objectOf(answer.usage_metadata);
  if (google !== null) return { place: 'google', usage: google };
  const usage = objectOf(answer.usage) ?? objectOf(answer.tokenUsage);
  if (usage !== null) return { place: isCohere(usage) ? 'cohere' : 'usage', usage };
  const meta = objectOf(answer.meta);
  if (meta !== null && isCohere(meta)) return { place: 'cohere', usage: meta };
  const metrics = objectOf(answer['amazon-bedrock-invocationMetrics']);
  if (metrics !== null) return { place: 'usage', usage: metrics };
  if (hasFiguresAtTop(answer)) return { place: 'body', usage: answer };
  if (depth >= DEPTH_MAX) return null;
  for (const name of WRAPPERS) {
    const inner = objectOf(answer[name]);
    const found = inner === null ? null : findUsage(inner, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function isCohere(usage: Json): boolean {
  return objectOf(usage.billed_units) !== null || objectOf(usage.tokens) !== null;
}

function hasFiguresAtTop(answer: Json): boolean {
  if (BODY_KEYS.some((key) => key in answer)) return true;
  const first = Array.isArray(answer.results) ? objectOf(answer.results[0]) : null;
  if (first !== null && ('generated_token_count' in first || 'input_token_count' in first)) return true;
  const metrics = objectOf(answer.metrics);
  if (metrics !== null && ('input_token_count' in metrics || 'output_token_count' in metrics)) return true;
  if (objectOf(answer.details)?.generated_tokens !== undefined) return true;
  if (Array.isArray(objectOf(answer.prompt)?.tokens) && Array.isArray(answer.completions)) return true;
  return typeof answer.duration === 'number' && (answer.task === 'transcribe' || answer.task === 'translate');
}

/** What an answer says of itself beside its usage. */
export interface AnswerFacts {
  readonly model: string;
  readonly serviceTier: string;
}

/** The model and the service tier of an answer, from the outermost place that names them. */
export function factsOf(answer: Json, depth = 0): AnswerFacts {
  let model = modelOf(answer);
  let serviceTier = tierOf(answer);
  if (depth < DEPTH_MAX) {
    for (const name of WRAPPERS) {
      if (model !== '' && serviceTier !== '') break;
      const inner = objectOf(answer[name]);
      if (inner === null) continue;
      const facts = factsOf(inner, depth + 1);
      if (model === '') model = facts.model;
      if (serviceTier === '') serviceTier = facts.serviceTier;
    }
  }
  return { model, serviceTier };
}

function modelOf(answer: Json): string {
  for (const key of ['model', 'modelVersion', 'model_id', 'modelId']) {
    const value = answer[key];
    if (typeof value === 'string' && value !== '') return value;
  }
  const version = answer.model_version;
  return typeof version === 'string' && objectOf(answer.usage_metadata) !== null ? version : '';
}

function tierOf(answer: Json): string {
  const tier = answer.service_tier ?? answer.serviceTier;
  if (typeof tier === 'string') return tier;
  const type = objectOf(tier)?.type;
  if (typeof type === 'string') return type;
  return isBatchLine(answer) ? 'batch' : '';
}

/** Lines of the files that batch interfaces give back: an id of the caller's beside the answer. */
function isBatchLine(answer: Json): boolean {
  const ofOpenai = typeof answer.custom_id === 'string' && objectOf(objectOf(answer.response)?.body) !== null;
  const ofBedrock = typeof answer.recordId === 'string' && objectOf(answer.modelOutput) !== null;
  const ofGemini =
    typeof answer.key === 'string' && objectOf(objectOf(answer.response)?.usageMetadata) !== null;
  return ofOpenai || ofBedrock || ofGemini;
}
