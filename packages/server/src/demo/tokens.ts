/**
 * How many tokens a request of the demo has: log-normal with a Pareto tail, and
 * what a prompt cache and reasoning make of it.
 */

import type { RandomStream } from '../replay/random.ts';
import type { TaskSpec } from './application-spec.ts';
import type { ModelSpec } from './models.ts';

/** Part of the requests that are in the tail, and the tail's exponent: its variance is infinite. */
const TAIL_SHARE = 0.02;
const TAIL_ALPHA = 1.3;

/** The largest prompt and answer; the models of the demo take no more. */
const INPUT_TOKENS_MAX = 190_000;
const OUTPUT_TOKENS_MAX = 16_000;

/** Prompt caches of these providers count in blocks and begin at this length. */
const CACHE_BLOCK_TOKENS = 128;
const CACHE_HIT_SHARE = 0.72;
const ONE_HOUR_WRITE_SHARE = 0.1;

/** The token counts of one request. */
export interface RequestTokens {
  readonly input: number;
  readonly output: number;
  readonly reasoning: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h: number;
  readonly image: number;
  readonly audio: number;
}

/** Draws the counts of one request. */
export function drawTokens(
  task: TaskSpec,
  model: ModelSpec,
  random: RandomStream,
  outputFactor: number,
): RequestTokens {
  const tail = random.chance(TAIL_SHARE) ? random.pareto(1, TAIL_ALPHA) : 1;
  const own = random.logNormal(task.inputMedian, task.inputSigma) * tail;
  const prefix = task.prefixTokens ?? 0;
  const image = part(task.imageTokens, random);
  const audio = part(task.audioTokens, random);
  const input = Math.min(INPUT_TOKENS_MAX, Math.max(1, Math.round(own)) + prefix + image + audio);
  const answer =
    task.outputMedian === 0 ? 0 : random.logNormal(task.outputMedian, task.outputSigma) * outputFactor;
  const reasoning = model.reasoning === 0 ? 0 : answer * random.logNormal(model.reasoning, 0.6);
  const output = Math.min(OUTPUT_TOKENS_MAX, Math.round(answer + reasoning));
  const cached = drawCache(prefix, model, random);
  return { input, output, reasoning: Math.min(output, Math.round(reasoning)), image, audio, ...cached };
}

/** Tokens of a picture or a recording; 0 if the task has none. */
function part(median: number | undefined, random: RandomStream): number {
  return median === undefined ? 0 : Math.round(random.logNormal(median, 0.4));
}

type CacheTokens = Pick<RequestTokens, 'cacheRead' | 'cacheWrite' | 'cacheWrite1h'>;

const uncached: CacheTokens = { cacheRead: 0, cacheWrite: 0, cacheWrite1h: 0 };

function drawCache(prefix: number, model: ModelSpec, random: RandomStream): CacheTokens {
  if (prefix === 0 || model.promptCache === 'none') return uncached;
  const kept = Math.floor(prefix / CACHE_BLOCK_TOKENS) * CACHE_BLOCK_TOKENS;
  if (random.chance(CACHE_HIT_SHARE)) return { cacheRead: kept, cacheWrite: 0, cacheWrite1h: 0 };
  if (model.promptCache === 'read') return uncached;
  return { cacheRead: 0, cacheWrite: kept, cacheWrite1h: random.chance(ONE_HOUR_WRITE_SHARE) ? kept : 0 };
}
