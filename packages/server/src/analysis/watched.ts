/**
 * The groups of series that are watched, and the prices of the models: everything that is
 * learnt, and how a stretch of steps is read from the source and judged.
 */

import type { SeriesSource, SeriesFilter } from '../series/series.ts';
import { scoreOfDecades } from '../analyse/detect/index.ts';
import type { Judged } from './anomaly-book.ts';
import { Group, type GroupState } from './group.ts';
import type { WatchPlan } from './plan.ts';
import { queryAll } from './query-all.ts';
import { type PriceState, PriceWatch } from './price-watch.ts';

const MINUTE_MS = 60_000;
/** Length of the steps that series are judged at, and of those that prices are. */
export const STEP_MS = MINUTE_MS;
export const PRICE_STEP_MS = 15 * MINUTE_MS;
const RANK_STEP_MS = 60 * MINUTE_MS;
/** Models whose price is followed. */
const PRICES_MAX = 200;
/** A group without a request for so long gives its place to another. */
const IDLE_MS = 7 * 24 * 60 * MINUTE_MS;
/** Between turns of the event loop at most so many steps are judged. */
const STEPS_PER_TURN = 10;

interface Watched {
  readonly group: Group;
  lastMs: number;
}

/** A stretch of time, on steps. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a judgement is handed to, with the length of its step. */
export type OnJudged = (judged: Judged, stepMs: number) => void;

/** All groups. */
export class WatchedGroups {
  readonly #source: SeriesSource;
  readonly #plan: WatchPlan;
  readonly #groups = new Map<string, Watched>();
  readonly #prices = new Map<
    string,
    { readonly labels: Readonly<Record<string, string>>; watch: PriceWatch }
  >();

  constructor(source: SeriesSource, plan: WatchPlan) {
    this.#source = source;
    this.#plan = plan;
  }

  /** The groups, all requests first. */
  get groups(): Group[] {
    return [...this.#groups.values()].map(({ group }) => group);
  }

  /** The models whose price is followed, and the price. */
  get prices() {
    return [...this.#prices.values()].map(({ labels, watch }) => ({
      labels,
      usdPerMillion: watch.usdPerMillion,
    }));
  }

  clear(): void {
    this.#groups.clear();
    this.#prices.clear();
  }

  /** Everything learnt, by name; each state is made when it is asked for. */
  state(): Map<string, () => unknown> {
    const groups = [...this.#groups].map(([key, { group, lastMs }]): [string, () => unknown] => [
      `group ${key}`,
      () => ({ lastMs, state: group.state() }),
    ]);
    const prices = [...this.#prices].map(([key, { watch }]): [string, () => unknown] => [
      `price ${key}`,
      () => watch.state(),
    ]);
    return new Map([...groups, ...prices]);
  }

  /** Takes over what {@link state} gave; what else was learnt beside it is passed over. */
  restore(learnt: ReadonlyMap<string, unknown>): void {
    for (const [name, state] of learnt) {
      const [kind, key] = [name.slice(0, name.indexOf(' ')), name.slice(name.indexOf(' ') + 1)];
      if (kind !== 'group' && kind !== 'price') continue;
      const labels = Object.fromEntries(JSON.parse(key) as [string, string][]);
      if (kind === 'group') {
        const { lastMs, state: kept } = state as { lastMs: number; state: GroupState };
        const group = new Group(labels, this.#plan.measures, STEP_MS);
        group.restore(kept);
        this.#groups.set(key, { group, lastMs });
      } else {
        const watch = new PriceWatch();
        watch.restore(state as PriceState);
        this.#prices.set(key, { labels, watch });
      }
    }
  }

  /** Looks which groups there are in the day before a time: those with the most requests are watched. */
  async discover(untilMs: number): Promise<void> {
    const toMs = Math.ceil(untilMs / RANK_STEP_MS) * RANK_STEP_MS;
    const grid = { fromMs: Math.max(0, toMs - 24 * RANK_STEP_MS), toMs, stepMs: RANK_STEP_MS };
    this.#watch({}, untilMs);
    const found: { readonly labels: Record<string, string>; readonly requests: number }[] = [];
    for (const dimension of this.#plan.dimensions) {
      const series = await this.#source.query({
        measure: 'requests',
        by: [dimension],
        where: [{ dimension, operator: '!=', values: [''] }],
        ...grid,
        seriesMax: this.#plan.groupsMax,
      });
      for (const { labels, values } of series) found.push({ labels, requests: sumOf(values) });
    }
    found.sort((a, b) => b.requests - a.requests);
    for (const [key, { group, lastMs }] of this.#groups) {
      if (Object.keys(group.labels).length > 0 && untilMs - lastMs > IDLE_MS) this.#groups.delete(key);
    }
    for (const { labels, requests } of found) {
      if (requests === 0) break;
      const known = this.#groups.get(keyOf(labels));
      if (known !== undefined) known.lastMs = untilMs;
      else if (this.#groups.size < this.#plan.groupsMax) this.#watch(labels, untilMs);
    }
  }

  /**
   * Judges a stretch, step by step.
   *
   * @returns the requests of the stretch.
   */
  async judge(stretch: Stretch, onJudged: OnJudged): Promise<number> {
    const values = new Map<Group, ReadonlyMap<string, readonly number[]>>();
    const byDimension = new Map<string, Group[]>();
    for (const { group } of this.#groups.values()) {
      const dimension = Object.keys(group.labels)[0] ?? '';
      byDimension.set(dimension, [...(byDimension.get(dimension) ?? []), group]);
    }
    for (const [dimension, groups] of byDimension) {
      for (const [group, series] of await this.#read(dimension, groups, stretch)) values.set(group, series);
    }
    const steps = (stretch.toMs - stretch.fromMs) / STEP_MS;
    for (let step = 0; step < steps; step += 1) {
      const atMs = stretch.fromMs + step * STEP_MS;
      for (const [group, series] of values) judgeStep(group, series, step, atMs, onJudged);
      if (step % STEPS_PER_TURN === STEPS_PER_TURN - 1) await turn();
    }
    const all = this.#groups.get(keyOf({}))?.group;
    return all === undefined ? 0 : sumOf(values.get(all)?.get('requests') ?? []);
  }

  /** Judges the prices of a stretch. */
  async judgePrices({ fromMs, toMs }: Stretch, onJudged: OnJudged): Promise<void> {
    const question = {
      by: ['provider', 'model'],
      where: [],
      fromMs,
      toMs,
      stepMs: PRICE_STEP_MS,
      seriesMax: PRICES_MAX,
    };
    const names = [
      'input_tokens',
      'cached_tokens',
      'output_tokens',
      'cost_usd',
      'unpriced_requests',
    ] as const;
    const found = await queryAll(this.#source, names, question);
    const answers = names.map(
      (name) => new Map((found.get(name) ?? []).map((one) => [keyOf(one.labels), one])),
    );
    const steps = (toMs - fromMs) / PRICE_STEP_MS;
    for (const [key, { labels }] of answers[3] ?? []) {
      const at = (index: number, step: number): number => answers[index]?.get(key)?.values[step] ?? 0;
      const known = this.#prices.get(key) ?? { labels, watch: new PriceWatch() };
      if (!this.#prices.has(key)) {
        if (this.#prices.size >= PRICES_MAX) continue;
        this.#prices.set(key, known);
      }
      for (let step = 0; step < steps; step += 1) {
        // Where some requests have no price the rest cannot be told apart from them.
        if (at(4, step) > 0) continue;
        const costUsd = at(3, step);
        const { expected, decades, sigmas } = known.watch.observe({
          inputTokens: at(0, step),
          cachedTokens: at(1, step),
          outputTokens: at(2, step),
          costUsd: Number.isFinite(costUsd) ? costUsd : 0,
        });
        const atMs = fromMs + step * PRICE_STEP_MS;
        const score = scoreOfDecades(decades);
        onJudged(
          {
            measure: 'cost_usd',
            labels,
            kinds: ['price_change'],
            evidence: [],
            atMs,
            actual: costUsd,
            expected,
            sigmas,
            score,
            sinceMs: atMs - PRICE_STEP_MS,
            isOdd: decades >= 3,
          },
          PRICE_STEP_MS,
        );
      }
    }
  }

  /** The values of the groups that differ in one dimension, by the measure. */
  async #read(
    dimension: string,
    groups: readonly Group[],
    { fromMs, toMs }: Stretch,
  ): Promise<Map<Group, ReadonlyMap<string, readonly number[]>>> {
    const wanted = groups.map(({ labels }) => labels[dimension] ?? '');
    const where: SeriesFilter[] = dimension === '' ? [] : [{ dimension, operator: '=', values: wanted }];
    const found = await queryAll(this.#source, this.#plan.measures, {
      by: dimension === '' ? [] : [dimension],
      where,
      fromMs,
      toMs,
      stepMs: STEP_MS,
      seriesMax: groups.length,
    });
    const byKey = new Map<string, Map<string, readonly number[]>>();
    for (const [measure, series] of found) {
      for (const { labels, values } of series) {
        const kept = byKey.get(keyOf(labels)) ?? new Map<string, readonly number[]>();
        byKey.set(keyOf(labels), kept.set(measure, values));
      }
    }
    // A group without a request in the stretch is not in the answer: its counts are 0, all else is missing.
    return new Map(groups.map((group) => [group, byKey.get(keyOf(group.labels)) ?? new Map()]));
  }

  #watch(labels: Readonly<Record<string, string>>, nowMs: number): void {
    const key = keyOf(labels);
    if (this.#groups.has(key)) return;
    this.#groups.set(key, { group: new Group(labels, this.#plan.measures, STEP_MS), lastMs: nowMs });
  }
}

const counts = new Set(['requests', 'errors', 'cost_usd', 'total_tokens', 'input_tokens', 'output_tokens']);

function judgeStep(
  group: Group,
  series: ReadonlyMap<string, readonly number[]>,
  step: number,
  atMs: number,
  onJudged: OnJudged,
): void {
  const valueOf = (measure: string): number | null => {
    const value = series.get(measure)?.[step] ?? (counts.has(measure) ? 0 : Number.NaN);
    return Number.isFinite(value) ? value : null;
  };
  const volume = valueOf('requests') ?? 0;
  // What was before the first request teaches nothing.
  if (volume === 0 && group.isNew) return;
  for (const judged of group.observe(atMs, valueOf, volume))
    onJudged({ ...judged, labels: group.labels }, STEP_MS);
}

/** A key that keeps names and values apart whatever they contain. */
export function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + (Number.isFinite(value) ? value : 0), 0);
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
