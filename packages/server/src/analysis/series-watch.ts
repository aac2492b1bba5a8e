/**
 * The watch over the series that the configuration declares, PromQL and samples. Each goes
 * on at its own step from where it was, so that a Prometheus that does not answer for a
 * while keeps nothing else waiting, and is caught up with when it does.
 */

import type { SeriesDefinition } from '../config/index.ts';
import type { Log } from '../log.ts';
import type { Series, SeriesSource } from '../series/series.ts';
import { Judge, type JudgeState } from './judge.ts';
import { scaleOfName } from './scale.ts';
import { keyOf, type OnJudged } from './watched.ts';

const DAY_MS = 86_400_000;
/** The most that is read at once. */
const CHUNK_STEPS_MAX = 1440;
/** A series without a value for so long gives its place to another. */
const IDLE_MS = 7 * DAY_MS;
/** Between turns of the event loop at most so many steps are judged. */
const STEPS_PER_TURN = 50;
/** Every series counts alike: none rests on requests. */
const VOLUME = 1;

interface Member {
  readonly labels: Readonly<Record<string, string>>;
  readonly judge: Judge;
  lastMs: number;
}

/** How far the watch over one declaration has come, and what it knows. */
interface Watched {
  readonly definition: SeriesDefinition;
  readonly members: Map<string, Member>;
  /** Start of the first step that is not judged. */
  uptoMs: number;
  problem: string | null;
}

/** What is kept of one declaration, as plain JSON. */
interface WatchedState {
  readonly definition: string;
  readonly uptoMs: number;
  readonly members: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly lastMs: number;
    readonly state: JudgeState;
  }[];
}

/** What it is made of. */
export interface SeriesWatchOptions {
  readonly source: SeriesSource;
  readonly definitions: readonly SeriesDefinition[];
  readonly log: Log;
  /** How much history is learnt where nothing was kept. */
  readonly historyMs: number;
  readonly stopped: () => boolean;
}

/** All declared series. */
export class SeriesWatch {
  readonly #options: SeriesWatchOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: SeriesWatchOptions) {
    this.#options = options;
  }

  /** How far each is judged, and what keeps it from going on. */
  get status() {
    return [...this.#watched.values()].map(({ definition, members, uptoMs, problem }) => ({
      measure: measureOfId(definition.id),
      series: members.size,
      judgedMs: uptoMs,
      problem,
    }));
  }

  /** The judges of every series, with what they are of. */
  get members() {
    return [...this.#watched.values()].flatMap(({ definition, members }) =>
      [...members.values()].map(({ labels, judge }) => ({
        measure: measureOfId(definition.id),
        labels,
        judge,
      })),
    );
  }

  /** Up to when the series of a measure are judged; null for a measure that is not of these. */
  judgedMs(measure: string): number | null {
    return this.#of(measure)?.uptoMs ?? null;
  }

  /** Length of the steps of a measure; null for one that is not of these. */
  stepMs(measure: string): number | null {
    return this.#of(measure)?.definition.stepMs ?? null;
  }

  clear(): void {
    this.#watched.clear();
  }

  /** Begins with those that are not known yet. */
  begin(closedMs: number): void {
    for (const definition of this.#options.definitions) {
      if (this.#watched.has(definition.id)) continue;
      const { stepMs } = definition;
      const uptoMs = Math.max(0, Math.floor((closedMs - this.#options.historyMs) / stepMs) * stepMs);
      this.#watched.set(definition.id, { definition, members: new Map(), uptoMs, problem: null });
    }
  }

  /**
   * Judges what is closed, a stretch at a time.
   *
   * @param told is called after each stretch; `isPast` if there is more to come.
   */
  async pass(closedMs: number, onJudged: OnJudged, told: (isPast: boolean) => Promise<void>): Promise<void> {
    this.begin(closedMs);
    for (const watched of this.#watched.values()) {
      const { stepMs } = watched.definition;
      const toMs = Math.floor(closedMs / stepMs) * stepMs;
      while (watched.uptoMs < toMs && !this.#options.stopped()) {
        const endMs = Math.min(toMs, watched.uptoMs + CHUNK_STEPS_MAX * stepMs);
        if (!(await this.#stretch(watched, endMs, onJudged))) break;
        await told(endMs < toMs);
      }
    }
  }

  /** Everything learnt, by name; each state is made when it is asked for. */
  state(): Map<string, () => unknown> {
    return new Map(
      [...this.#watched].map(([id, { definition, uptoMs, members }]) => [
        `series ${id}`,
        (): WatchedState => ({
          definition: JSON.stringify(definition),
          uptoMs,
          members: [...members.values()].map(({ labels, lastMs, judge }) => ({
            labels,
            lastMs,
            state: judge.state(),
          })),
        }),
      ]),
    );
  }

  /** Takes over what {@link state} gave; what is declared otherwise now begins anew. */
  restore(learnt: ReadonlyMap<string, unknown>): void {
    for (const definition of this.#options.definitions) {
      const kept = learnt.get(`series ${definition.id}`) as WatchedState | undefined;
      if (kept === undefined || kept.definition !== JSON.stringify(definition)) continue;
      const members = new Map<string, Member>();
      for (const { labels, lastMs, state } of kept.members) {
        const judge = judgeOf(definition);
        judge.restore(state);
        members.set(keyOf(labels), { labels, lastMs, judge });
      }
      this.#watched.set(definition.id, { definition, members, uptoMs: kept.uptoMs, problem: null });
    }
  }

  #of(measure: string): Watched | undefined {
    return this.#watched.get(measure.slice(measureOfId('').length));
  }

  /** Reads and judges a stretch; false if it could not be read, which is tried again with the next pass. */
  async #stretch(watched: Watched, toMs: number, onJudged: OnJudged): Promise<boolean> {
    const { definition, uptoMs: fromMs } = watched;
    const { stepMs, seriesMax } = definition;
    let found: Series[];
    try {
      const measure = measureOfId(definition.id);
      found = await this.#options.source.query({
        measure,
        by: [],
        where: [],
        fromMs,
        toMs,
        stepMs,
        seriesMax,
      });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (watched.problem !== problem)
        this.#options.log.warn({ series: definition.id, problem }, 'a series cannot be watched at present');
      watched.problem = problem;
      return false;
    }
    watched.problem = null;
    const values = this.#meet(watched, found);
    const steps = (toMs - fromMs) / stepMs;
    for (let step = 0; step < steps; step += 1) {
      for (const member of watched.members.values())
        judgeStep(
          watched,
          member,
          values.get(member)?.[step] ?? Number.NaN,
          fromMs + step * stepMs,
          onJudged,
        );
      if (step % STEPS_PER_TURN === STEPS_PER_TURN - 1) await turn();
    }
    watched.uptoMs = toMs;
    for (const [key, { lastMs }] of watched.members) if (toMs - lastMs > IDLE_MS) watched.members.delete(key);
    return true;
  }

  /** The values of each member; series that are new become members as long as there is room. */
  #meet({ definition, members }: Watched, found: readonly Series[]): Map<Member, readonly number[]> {
    const values = new Map<Member, readonly number[]>();
    for (const { labels, timestampsMs, values: own } of found) {
      const key = keyOf(labels);
      const known = members.get(key);
      if (known === undefined && (members.size >= definition.seriesMax || !own.some(Number.isFinite)))
        continue;
      const member = known ?? { labels, judge: judgeOf(definition), lastMs: timestampsMs[0] ?? 0 };
      members.set(key, member);
      values.set(member, own);
    }
    return values;
  }
}

function judgeStep(
  { definition: { id, stepMs } }: Watched,
  member: Member,
  value: number,
  atMs: number,
  onJudged: OnJudged,
): void {
  const { judge, labels } = member;
  const isThere = Number.isFinite(value);
  if (isThere) member.lastMs = atMs;
  // What was before the first value teaches nothing.
  if (!isThere && judge.rows === 0) return;
  const judged = judge.observe(atMs, isThere ? value : null, VOLUME);
  onJudged({ ...judged, measure: measureOfId(id), labels, evidence: [] }, stepMs);
}

function judgeOf({ id, stepMs }: SeriesDefinition): Judge {
  return new Judge(scaleOfName(measureOfId(id)), stepMs);
}

function measureOfId(id: string): string {
  return `series:${id}`;
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
