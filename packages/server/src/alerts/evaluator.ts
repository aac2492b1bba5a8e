/**
 * Finds the present values of rules. A question to the ledger is asked once for all
 * rules that share it, and again only when another step of its series is over.
 */

import type { AlertRuleDefinition, SeriesSubject } from '../config/index.ts';
import { type Labels, matchesAll } from '../matching/matcher.ts';
import { VALUES_MAX } from '../series/grid.ts';
import type { Series, SeriesSource } from '../series/series.ts';
import { type PlannedQuestion, type PlannedUse, planQuestions, seriesFor } from './query-plan.ts';
import type { Forecasts } from './forecasts.ts';
import type { Signal, SignalSources } from './signals.ts';
import { needsRequests, windowValue } from './window-value.ts';

/** The value of one series of a rule. */
export interface RuleValue {
  readonly labels: Labels;
  /** NaN where there is none. */
  readonly value: number;
}

/** What a rule sees at present; `null` while that could not be found out. */
export interface RuleValues {
  readonly rule: AlertRuleDefinition;
  readonly values: readonly RuleValue[] | null;
}

/** How long after the end of a step it is asked for, so that what was sent in it has arrived. */
const LAG_MS = 5000;
/** Questions under way at once. */
const CONCURRENT = 2;
/** Answers that are kept until their next step. */
const ANSWERS_MAX = 4000;

interface SeriesRule {
  readonly rule: AlertRuleDefinition;
  readonly subject: SeriesSubject;
  readonly use: PlannedUse;
  readonly requests: PlannedUse | null;
}

interface Answer {
  readonly toMs: number;
  readonly series: Promise<ReadonlyMap<string, readonly Series[]> | null>;
}

export interface EvaluatorOptions {
  readonly rules: readonly AlertRuleDefinition[];
  readonly series: SeriesSource;
  readonly signals: SignalSources;
  /** Where forecasts are had from. */
  readonly forecasts: Forecasts;
  /** Hears of each question that could not be answered. */
  readonly onFailure: (about: string, error: unknown) => void;
}

export class Evaluator {
  readonly #options: EvaluatorOptions;
  readonly #seriesRules: readonly SeriesRule[];
  readonly #signalRules: readonly AlertRuleDefinition[];
  readonly #forecastRules: readonly AlertRuleDefinition[];
  readonly #answers = new Map<string, Answer>();
  #open = 0;
  readonly #waiting: (() => void)[] = [];
  /** Questions asked of the ledger so far. */
  asked = 0;

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    const enabled = options.rules.filter((rule) => rule.enabled);
    this.#signalRules = enabled.filter(({ subject }) => subject.kind === 'signal');
    this.#forecastRules = enabled.filter(({ subject }) => subject.kind === 'forecast');
    this.#seriesRules = planRules(enabled);
  }

  /** The values of every rule. Never rejects. */
  async evaluate(nowMs: number): Promise<readonly RuleValues[]> {
    const signals = this.#signalRules.map((rule) => this.#signalValues(rule, nowMs));
    const series = this.#seriesRules.map((rule) => this.#seriesValues(rule, nowMs));
    const forecasts = this.#forecastRules.map((rule) => this.#forecastValues(rule, nowMs));
    const values = await Promise.all([...signals, ...series, ...forecasts]);
    this.#forget(nowMs);
    return values;
  }

  async #signalValues(rule: AlertRuleDefinition, nowMs: number): Promise<RuleValues> {
    if (rule.subject.kind !== 'signal') return { rule, values: null };
    const { signal, matchers } = rule.subject;
    const source = this.#options.signals.get(signal);
    if (source === undefined) return { rule, values: null };
    try {
      const found: readonly Signal[] = await source.read(nowMs);
      return { rule, values: found.filter(({ labels }) => matchesAll(matchers, labels)) };
    } catch (error) {
      this.#options.onFailure(signal, error);
      return { rule, values: null };
    }
  }

  async #forecastValues(rule: AlertRuleDefinition, nowMs: number): Promise<RuleValues> {
    if (rule.subject.kind !== 'forecast') return { rule, values: null };
    const { matchers, figure } = rule.subject;
    try {
      const found = await this.#options.forecasts.read(rule.subject, nowMs);
      return { rule, values: found.filter(({ labels }) => matchesAll(matchers, labels)) };
    } catch (error) {
      this.#options.onFailure(`the forecast ${figure}`, error);
      return { rule, values: null };
    }
  }

  async #seriesValues({ rule, subject, use, requests }: SeriesRule, nowMs: number): Promise<RuleValues> {
    const toMs = Math.floor((nowMs - LAG_MS) / subject.stepMs) * subject.stepMs;
    const found = await this.#seriesOf(use, toMs);
    const counts = requests === null ? null : await this.#seriesOf(requests, toMs);
    if (found === null || (requests !== null && counts === null)) return { rule, values: null };
    const fromMs = toMs - subject.windowMs;
    const requestsOf = new Map(counts?.map((series) => [keyOf(series.labels), series]));
    const values = found.map((series) => ({
      labels: series.labels,
      value: windowValue(subject, series, requestsOf.get(keyOf(series.labels)) ?? null, fromMs),
    }));
    // A rule about the whole has one value, even where nothing came at all.
    const isWhole = subject.by.length === 0 && values.length === 0;
    return { rule, values: isWhole ? [{ labels: {}, value: Number.NaN }] : values };
  }

  async #seriesOf(use: PlannedUse, toMs: number): Promise<readonly Series[] | null> {
    const answer = (await this.#answer(use.question, toMs))?.get(use.measure);
    if (answer === undefined) return null;
    const { seriesMax, stepMs, windowMs } = use.question;
    const mostSeries = Math.min(seriesMax, Math.floor((VALUES_MAX * stepMs) / windowMs));
    const isCut = use.question !== use.own && answer.length >= mostSeries;
    if (!isCut) return seriesFor(use, answer);
    return (await this.#answer(use.own, toMs))?.get(use.measure) ?? null;
  }

  #answer(question: PlannedQuestion, toMs: number): Promise<ReadonlyMap<string, readonly Series[]> | null> {
    const known = this.#answers.get(question.key);
    if (known?.toMs === toMs) return known.series;
    const series = this.#ask(question, toMs);
    if (this.#answers.size < ANSWERS_MAX || known !== undefined)
      this.#answers.set(question.key, { toMs, series });
    return series;
  }

  async #ask(
    question: PlannedQuestion,
    toMs: number,
  ): Promise<ReadonlyMap<string, readonly Series[]> | null> {
    if (this.#open >= CONCURRENT) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#open += 1;
    this.asked += 1;
    const { key, by, where, stepMs, windowMs } = question;
    const names = [...question.measures];
    // An answer holds so many values at most; of long windows it has fewer series.
    const seriesMax = Math.min(question.seriesMax, Math.floor((VALUES_MAX * stepMs) / windowMs));
    const asked = { by, where, fromMs: toMs - windowMs, toMs, stepMs, seriesMax };
    const { series } = this.#options;
    try {
      const answers = await (series.queryMeasures?.(asked, names) ??
        Promise.all(names.map((measure) => series.query({ ...asked, measure }))));
      return new Map(names.map((name, n) => [name, answers[n] ?? []]));
    } catch (error) {
      // Asked again at the next evaluation and not only with the next step.
      this.#answers.delete(key);
      this.#options.onFailure(names.join(', '), error);
      return null;
    } finally {
      this.#open -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Lets go of answers that no rule asks for any more, since time has been set back or on. */
  #forget(nowMs: number): void {
    for (const [key, { toMs }] of this.#answers) {
      if (toMs > nowMs) this.#answers.delete(key);
    }
  }
}

function planRules(rules: readonly AlertRuleDefinition[]): readonly SeriesRule[] {
  const series = rules.flatMap((rule) =>
    rule.subject.kind === 'series' ? [{ rule, subject: rule.subject }] : [],
  );
  const counting = series.filter(({ subject }) => needsRequests(subject));
  const uses = planQuestions([
    ...series.map(({ subject }) => subject),
    ...counting.map(({ subject }): SeriesSubject => ({ ...subject, measure: 'requests' })),
  ]);
  return series.flatMap(({ rule, subject }, index) => {
    const use = uses[index];
    const at = counting.findIndex((other) => other.rule === rule);
    const requests = at < 0 ? null : (uses[series.length + at] ?? null);
    return use === undefined ? [] : [{ rule, subject, use, requests }];
  });
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
