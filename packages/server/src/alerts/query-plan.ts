/**
 * Which series are asked for the rules of a server. Rules that need the same series
 * share one question, whatever they measure; rules that differ only in the one value of a dimension that
 * they look at share a question by that dimension. So the work of evaluation grows
 * with the measures that are watched and not with the rules.
 */

import type { SeriesSubject } from '../config/index.ts';
import type { Labels } from '../matching/matcher.ts';
import { readMeasureName } from '../series/measure-names.ts';
import { measures } from '../series/measures.ts';
import type { Series, SeriesFilter } from '../series/series.ts';

/** The most series of a shared question. With so many in the answer, some may be missing, and the rules ask by themselves. */
export const SHARED_SERIES_MAX = 2000;
/** The most series that a rule looks at, those with the most requests first. */
export const RULE_SERIES_MAX = 1000;
/** Dimensions of one question. */
const DIMENSIONS_MAX = 4;

/** A question without its times. */
export interface PlannedQuestion {
  readonly key: string;
  /** All that some rule needs of it; they are asked for together. */
  readonly measures: Set<string>;
  readonly by: readonly string[];
  readonly where: readonly SeriesFilter[];
  readonly stepMs: number;
  /** How far back it must reach. */
  windowMs: number;
  readonly seriesMax: number;
}

/** What one rule needs of an answer. */
export interface PlannedUse {
  readonly measure: string;
  readonly question: PlannedQuestion;
  /** The question of the rule alone. */
  readonly own: PlannedQuestion;
  /** Dimensions that the question is by only for the sake of sharing, with the value that the rule looks at. */
  readonly pinned: Labels;
}

/** Plans the questions for some subjects; the uses come in their order. */
export function planQuestions(subjects: readonly SeriesSubject[]): readonly PlannedUse[] {
  const shapes = subjects.map((subject) => shared(subject));
  const counts = new Map<string, number>();
  for (const { question } of shapes) counts.set(question.key, (counts.get(question.key) ?? 0) + 1);
  const questions = new Map<string, PlannedQuestion>();
  const unify = (question: PlannedQuestion): PlannedQuestion => {
    const known = questions.get(question.key);
    if (known === undefined) {
      questions.set(question.key, question);
      return question;
    }
    known.windowMs = Math.max(known.windowMs, question.windowMs);
    for (const measure of question.measures) known.measures.add(measure);
    return known;
  };
  return subjects.map((subject, index) => {
    const shape = shapes[index];
    const own = unify(questionOf(subject.by, subject.where, subject, RULE_SERIES_MAX));
    const isShared = shape !== undefined && (counts.get(shape.question.key) ?? 0) > 1;
    const { measure } = subject;
    return isShared
      ? { measure, question: unify(shape.question), own, pinned: shape.pinned }
      : { measure, question: own, own, pinned: {} };
  });
}

/** The series of an answer that a rule looks at, under the dimensions of the rule alone. */
export function seriesFor({ pinned }: PlannedUse, answer: readonly Series[]): readonly Series[] {
  const names = Object.keys(pinned);
  if (names.length === 0) return answer;
  return answer
    .filter(({ labels }) => names.every((name) => (labels[name] ?? '') === pinned[name]))
    .map((series) => ({
      ...series,
      labels: Object.fromEntries(Object.entries(series.labels).filter(([name]) => !names.includes(name))),
    }));
}

/** The question with dimensions of one value moved from the filter into the grouping. */
function shared(subject: SeriesSubject): { question: PlannedQuestion; pinned: Labels } {
  const pinned: Record<string, string> = {};
  // A declared series has the labels that it has, and is asked by none.
  if (readMeasureName(subject.measure).kind === 'series')
    return { question: questionOf(subject.by, subject.where, subject, RULE_SERIES_MAX), pinned };
  const rest: SeriesFilter[] = [];
  for (const filter of subject.where) {
    const [value] = filter.values;
    const fits =
      filter.operator === '=' &&
      filter.values.length === 1 &&
      value !== undefined &&
      !subject.by.includes(filter.dimension) &&
      !Object.hasOwn(pinned, filter.dimension) &&
      subject.by.length + Object.keys(pinned).length < DIMENSIONS_MAX;
    if (fits) pinned[filter.dimension] = value;
    else rest.push(filter);
  }
  const by = [...subject.by, ...Object.keys(pinned)];
  return { question: questionOf(by, rest, subject, SHARED_SERIES_MAX), pinned };
}

function questionOf(
  by: readonly string[],
  where: readonly SeriesFilter[],
  { measure, stepMs, windowMs }: SeriesSubject,
  seriesMax: number,
): PlannedQuestion {
  const dimensions = by.toSorted();
  const filters = where
    .map((filter) => ({ ...filter, values: filter.values.toSorted() }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const key = JSON.stringify([familyOf(measure), dimensions, filters, stepMs, seriesMax]);
  const asked = new Set([measure]);
  return { key, measures: asked, by: dimensions, where: filters, stepMs, windowMs, seriesMax };
}

/**
 * Measures that are asked for together. Those that only rows can answer, which are
 * distinct counts and scores that were given afterwards, would keep the others from
 * the rollups, and are asked for by themselves.
 */
function familyOf(name: string): string {
  const measure = measures.get(name);
  return measure === undefined || measure.kind === 'distinct' || measure.unit === 'score' ? name : '';
}
