/**
 * The watched series of one group of requests, such as those of a provider. Failures,
 * durations and time to first token are looked at together too: a disturbance shows in
 * all of them a little before it shows in one of them clearly.
 */

import { decadesOfScore, scoreOfDecades } from '../analyse/detect/index.ts';
import { Judge, type Judgement, type JudgeState } from './judge.ts';
import { scaleOfName } from './scale.ts';

/** What a judgement is of, and what else speaks for it. */
export interface GroupJudgement extends Judgement {
  readonly measure: string;
  readonly evidence: readonly string[];
}

/** What a group knows, as plain JSON. */
export type GroupState = Readonly<Record<string, JudgeState>>;

/** Measures that are looked at together; of those of one family the oddest counts. */
const families: readonly (readonly string[])[] = [
  ['error_ratio'],
  ['latency_p50_ms', 'latency_p95_ms', 'latency_p99_ms', 'latency_avg_ms'],
  ['ttft_p50_ms', 'ttft_p95_ms', 'ttft_p99_ms', 'ttft_avg_ms'],
];
/** A family speaks for a disturbance from so many decades on, and at least so many families have to. */
const FAMILY_DECADES_MIN = 1;
const FAMILIES_MIN = 2;
/** Taken off where the oddest of several measures of a family was chosen. */
const CHOICE_DECADES = 0.3;

/** The judges of one group. */
export class Group {
  readonly labels: Readonly<Record<string, string>>;
  readonly #judges: ReadonlyMap<string, Judge>;

  constructor(labels: Readonly<Record<string, string>>, measures: readonly string[], stepMs: number) {
    this.labels = labels;
    this.#judges = new Map(measures.map((measure) => [measure, new Judge(scaleOfName(measure), stepMs)]));
  }

  /** The judges by measure. */
  get judges(): ReadonlyMap<string, Judge> {
    return this.#judges;
  }

  /** Whether nothing was learnt yet. */
  get isNew(): boolean {
    return [...this.#judges.values()].every((judge) => judge.rows === 0);
  }

  /** Judges and learns a step. */
  observe(atMs: number, valueOf: (measure: string) => number | null, volume: number): GroupJudgement[] {
    const judged = [...this.#judges].map(([measure, judge]): GroupJudgement => {
      const value = valueOf(measure);
      return { ...judge.observe(atMs, value, volume), measure, evidence: [] };
    });
    const together = disturbance(judged);
    if (together === null) return judged;
    return judged.map((one) => (one.measure === together.measure ? together : one));
  }

  /** Everything known, as plain JSON. */
  state(): GroupState {
    return Object.fromEntries([...this.#judges].map(([measure, judge]) => [measure, judge.state()]));
  }

  /** Takes over what {@link state} gave; a measure that was not watched then begins anew. */
  restore(state: GroupState): void {
    for (const [measure, judge] of this.#judges) {
      const kept = state[measure];
      if (kept !== undefined) judge.restore(kept);
    }
  }
}

/**
 * The measure that shows a disturbance best, with the evidence of the others added by
 * Fisher's method (Statistical Methods for Research Workers, 1925); null if there is none
 * or if the measure by itself says as much.
 */
function disturbance(judged: readonly GroupJudgement[]): GroupJudgement | null {
  const parts: { readonly best: GroupJudgement; readonly decades: number }[] = [];
  for (const names of families) {
    const members = judged.filter(({ measure, sigmas }) => names.includes(measure) && sigmas > 0);
    const best = members.toSorted((a, b) => b.score - a.score)[0];
    if (best === undefined) continue;
    const decades = decadesOfScore(best.score) - (members.length > 1 ? CHOICE_DECADES : 0);
    if (decades >= FAMILY_DECADES_MIN) parts.push({ best, decades });
  }
  if (parts.length < FAMILIES_MIN) return null;
  const together = fisher(
    parts.map(({ decades }) => decades),
    families.length,
  );
  const strongest = parts.toSorted((a, b) => b.decades - a.decades)[0]?.best;
  if (strongest === undefined || scoreOfDecades(together) <= strongest.score) return null;
  return {
    ...strongest,
    score: scoreOfDecades(together),
    evidence: parts.map(({ best }) => best.measure).filter((measure) => measure !== strongest.measure),
    sinceMs: Math.min(...parts.map(({ best }) => best.sinceMs)),
    isOdd: true,
  };
}

/** -log10 of the probability of so many decades together by chance, over `tests` tests. */
export function fisher(decades: readonly number[], tests: number): number {
  const sum = decades.reduce((total, one) => total + one, 0);
  const x = sum * Math.LN10;
  let term = 1;
  let series = 1;
  for (let k = 1; k < tests; k += 1) {
    term *= x / k;
    series += term;
  }
  return Math.max(0, sum - Math.log10(series));
}
