/** Grades an answer by what can be seen of it, since nobody reads them all. */

import type { Completion } from '../models/model-server.ts';

/** Scores from 0 to 1. */
export interface Grade {
  readonly quality: number;
  /** Share of the answer's words that are words of the prompt, which is all this model should use. */
  readonly accuracy: number;
  /** Share of the prompt's words that the answer takes up. */
  readonly relevance: number;
  /** 1 unless the answer was cut off. */
  readonly completeness: number;
}

/** Grades an answer to a prompt. */
export function grade(prompt: string, { answer, finish_reason: reason }: Completion): Grade {
  const asked = new Set(prompt.split(/\s+/));
  const said = answer.split(/\s+/);
  const accuracy = said.filter((word) => asked.has(word)).length / said.length;
  const relevance = Math.min(1, new Set(said).size / asked.size);
  const completeness = reason === 'stop' ? 1 : 0.5;
  return { quality: (accuracy + relevance + completeness) / 3, accuracy, relevance, completeness };
}
