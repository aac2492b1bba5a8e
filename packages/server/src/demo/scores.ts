/**
 * The scores of demo answers: a sample is judged by an evaluator, and a few of
 * the people who waited for an answer rate it.
 */

import type { RandomStream } from '../replay/random.ts';
import type { TaskSpec } from './application-spec.ts';
import type { ModelSpec } from './models.ts';
import type { DemoEvent } from './request.ts';

const EVALUATED_SHARE = 0.08;
const RATED_SHARE = 0.06;

/** Adds the scores that a successful request has, if it has any. */
export function addScores(
  event: DemoEvent,
  of: { readonly task: TaskSpec; readonly model: ModelSpec; readonly qualityChange: number },
  random: RandomStream,
): void {
  const quality = of.model.quality + of.qualityChange;
  if (of.model.operation === 'chat' && random.chance(EVALUATED_SHARE)) {
    event.quality_score = score(quality + 0.05 * random.normal());
    event.accuracy_score = score(quality + 0.02 + 0.05 * random.normal());
    event.relevance_score = score(quality + 0.04 + 0.04 * random.normal());
    event.completeness_score = score(quality - 0.03 + 0.06 * random.normal());
  }
  if (of.task.interactive && random.chance(RATED_SHARE)) {
    // People rate from one to five stars, and like neither bad answers nor waiting.
    const waiting = Math.min(0.4, event.latency_ms / 60_000);
    const content = quality - waiting + 0.18 * random.normal();
    event.satisfaction_score = Math.min(4, Math.max(0, Math.round(content * 4.4))) / 4;
  }
}

function score(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
}
