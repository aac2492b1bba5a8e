/**
 * The watch over the ledger's series: once a minute it judges the steps that are closed,
 * opens and closes anomalies, and keeps what it has learnt. A step is judged once, some
 * time after its end, so that requests which take long are in it. A ledger into which
 * much history is loaded later is learnt anew.
 */

import type { ClockTimer } from '../clock.ts';
import type { WatchMark } from './analysis-store.ts';
import type { Anomaly } from './anomaly.ts';
import { AnomalyBook, type BookChange, type Judged } from './anomaly-book.ts';
import type { Attribution } from './attribution.ts';
import { isRevisable, isSettled, revisedValue } from './revise.ts';
import { SeriesWatch } from './series-watch.ts';
import { shiftsOf } from './shifts.ts';
import { PRICE_STEP_MS, STEP_MS, type Stretch, WatchedGroups } from './watched.ts';
import type { WatcherOptions } from './watcher-options.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The most that is read at once: a day, and so many values. */
const CHUNK_MS = DAY_MS;
const CHUNK_VALUES_MAX = 1_000_000;
/** How often the watch looks, which groups there are, and whether history was added. */
const PASS_MS = 60_000;
const DISCOVER_MS = HOUR_MS;
const LATE_MS = PASS_MS;
/** How often what was learnt is kept. What came after is read from the ledger again. */
const KEEP_MS = HOUR_MS;
/** History is learnt anew when whole days have so many more requests than were judged, and no more are coming. */
const LATE_FACTOR = 1.5;
const LATE_REQUESTS_MIN = 1000;
/** How often anomalies are held against events that came late; those of the last day, so many of them. */
const REVISE_MS = 10 * PASS_MS;
const REVISED_MS = DAY_MS;
const REVISED_MAX = 20;
/** Anomalies of one pass whose cause is looked for. */
const ATTRIBUTED_MAX = 40;

/** The watch. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #groups: WatchedGroups;
  readonly #series: SeriesWatch;
  readonly #book = new AnomalyBook();
  #mark: WatchMark | null = null;
  #toldMs: number | null = null;
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #discoveredMs = -Infinity;
  #lateCheckedMs = -Infinity;
  #lateRequests = -1;
  #revisedMs = -Infinity;
  #late: { readonly requests: number; readonly judged: number } | null = null;
  #keptMs = -Infinity;
  #isRestored = false;
  #awaiting: BookChange[] = [];

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#groups = new WatchedGroups(options.source, options.plan);
    const { source, declared: definitions, log, historyMs } = options;
    this.#series = new SeriesWatch({ source, definitions, log, historyMs, stopped: () => this.#stopped });
  }

  /** The groups and what is known of them. */
  get groups(): WatchedGroups {
    return this.#groups;
  }

  /** The declared series and what is known of them. */
  get series(): SeriesWatch {
    return this.#series;
  }

  /** The anomalies that last. */
  get open(): readonly Anomaly[] {
    return this.#book.open;
  }

  /** Requests that whole days of the history have, and those of them that were there when their minutes were judged. */
  get late(): { readonly requests: number; readonly judged: number } | null {
    return this.#late;
  }

  /** Up to when everything is judged, and its anomalies told; null before the first pass. */
  get toldMs(): number | null {
    return this.#toldMs;
  }

  /** Begins to watch. */
  start(): void {
    this.#schedule(0);
  }

  /** Ends it without waiting. */
  stop(): void {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
  }

  /** Waits for the pass under way, and keeps what was learnt. */
  async close(): Promise<void> {
    this.stop();
    await this.#running;
    if (this.#isRestored) await this.#keep();
  }

  /** Judges what is closed. One pass after another; a failure is logged, and the next pass tries again. */
  pass(): Promise<void> {
    this.#running = this.#running
      .then(() => this.#pass())
      .catch((error: unknown) => {
        if (!this.#stopped)
          this.#options.log.warn({ problem: String(error) }, 'series could not be analysed');
      });
    return this.#running;
  }

  /** Forgets what was learnt, and learns it from history again with the next pass. */
  relearn(reason: 'history' | 'asked'): void {
    this.#begin(reason, this.#closedMs());
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock
      .setTimeout(() => {
        void this.pass().then(() => this.#schedule(PASS_MS));
      }, delayMs)
      .unref();
  }

  #closedMs(): number {
    return Math.floor((this.#options.clock.nowMs() - this.#options.settleMs) / STEP_MS) * STEP_MS;
  }

  async #pass(): Promise<void> {
    if (!(await this.#options.settle())) {
      this.#options.log.warn({}, 'the ledger lags behind; series are analysed when it has caught up');
      return;
    }
    this.#restore();
    const closedMs = this.#closedMs();
    if (this.#mark === null) this.#begin('first', closedMs);
    // The clock was set back: what was judged lies in the future, and nothing would be judged until then.
    else if (this.#mark.uptoMs > closedMs + HOUR_MS) this.relearn('history');
    if (this.#lateCheckedMs > closedMs) this.#lateCheckedMs = -Infinity;
    await this.#skipEmpty(closedMs);
    while (!this.#stopped && this.#mark !== null && this.#mark.uptoMs < closedMs) {
      const fromMs = this.#mark.uptoMs;
      const toMs = Math.min(closedMs, fromMs + this.#chunkMs);
      await this.#stretch({ fromMs, toMs }, closedMs);
    }
    const onJudged = (judged: Judged, stepMs: number): void => this.#take(judged, stepMs);
    await this.#series.pass(closedMs, onJudged, (isPast) => this.#tell(isPast, isPast));
    this.#accountShifts();
    await this.#revise(closedMs);
    await this.#checkLate(closedMs);
    if (closedMs - this.#keptMs >= KEEP_MS) await this.#keep();
  }

  async #stretch(stretch: Stretch, closedMs: number): Promise<void> {
    const { fromMs, toMs } = stretch;
    const isPast = closedMs - toMs > HOUR_MS || toMs - fromMs > HOUR_MS;
    if (toMs - this.#discoveredMs >= DISCOVER_MS || toMs < this.#discoveredMs) {
      await this.#groups.discover(toMs);
      this.#discoveredMs = toMs;
    }
    const onJudged = (judged: Judged, stepMs: number): void => this.#take(judged, stepMs);
    const requests = await this.#groups.judge(stretch, onJudged);
    const prices = {
      fromMs: Math.floor(fromMs / PRICE_STEP_MS) * PRICE_STEP_MS,
      toMs: Math.floor(toMs / PRICE_STEP_MS) * PRICE_STEP_MS,
    };
    if (prices.toMs > prices.fromMs) await this.#groups.judgePrices(prices, onJudged);
    const mark = this.#mark;
    if (mark === null) return;
    const day = String(Math.floor(fromMs / DAY_MS));
    const judged = { ...mark.judged, [day]: (mark.judged[day] ?? 0) + requests };
    const oldest = (toMs - this.#options.historyMs) / DAY_MS - 1;
    for (const name of Object.keys(judged)) if (Number(name) < oldest) delete judged[name];
    this.#mark = { ...mark, uptoMs: toMs, judged };
    await this.#tell(isPast, toMs < closedMs);
    this.#toldMs = toMs;
  }

  #take(judged: Judged, stepMs: number): void {
    const change = this.#book.take(judged, this.#options.threshold(), stepMs);
    if (change !== null) this.#awaiting.push(change);
  }

  /**
   * Keeps what has changed, looks for causes, and tells.
   *
   * @param isPast whether this was long ago, and so is no news.
   * @param hasMore whether later steps are known already: then it is not known of any anomaly that it lasts.
   */
  async #tell(isPast: boolean, hasMore: boolean): Promise<void> {
    const uptoMs = this.#mark?.uptoMs ?? 0;
    this.#awaiting.push(...this.#book.sweep(({ measure }) => this.#series.judgedMs(measure) ?? uptoMs));
    const changes = this.#awaiting.splice(0);
    let attributed = 0;
    for (const { change, anomaly } of changes) {
      attributed += 1;
      const cause = attributed > ATTRIBUTED_MAX ? null : await this.#attribute(anomaly);
      const known =
        cause === null ? anomaly : (this.#book.amend(anomaly.id, { cause }) ?? { ...anomaly, cause });
      // What changed since is in a later entry of the list.
      const told = change === 'closed' ? known : { ...known, untilMs: null };
      // While history is caught up with, nothing that began in it is shown as if it lasted now.
      if (change === 'closed' || !hasMore) this.#options.store.keep(told);
      this.#options.onChange({ change, anomaly: told }, isPast);
    }
    this.#options.store.keepAll(hasMore ? this.#book.soFar : this.#book.open);
  }

  async #attribute(anomaly: Anomaly): Promise<Attribution | null> {
    try {
      return await this.#options.attribute(anomaly);
    } catch (error) {
      this.#options.log.warn({ problem: String(error) }, 'the cause of an anomaly could not be looked for');
      return null;
    }
  }

  /** Takes over what was kept, once. */
  #restore(): void {
    if (this.#isRestored) return;
    this.#isRestored = true;
    const { store, log } = this.#options;
    const mark = store.mark();
    if (mark === null) return;
    if (mark.plan !== this.#planText) {
      this.#begin('plan', this.#closedMs());
      return;
    }
    try {
      const learnt = store.learnt();
      this.#groups.restore(learnt);
      this.#mark = mark;
      this.#toldMs = mark.uptoMs;
      this.#keptMs = mark.uptoMs;
      this.#series.restore(learnt);
      const open = store.list({ open: true, limit: 1000 });
      this.#book.restore(open, (anomaly) => this.#series.stepMs(anomaly.measure) ?? stepOf(anomaly));
    } catch (error) {
      // State of another version: history is there to learn from again.
      log.warn({ problem: String(error) }, 'kept baselines cannot be used; learning them anew');
      this.#begin('plan', this.#closedMs());
    }
  }

  #begin(reason: 'first' | 'plan' | 'history' | 'asked', closedMs: number): void {
    const fromMs = this.#historyFromMs(closedMs);
    this.#groups.clear();
    this.#series.clear();
    this.#book.clear();
    this.#awaiting = [];
    this.#discoveredMs = -Infinity;
    this.#keptMs = -Infinity;
    this.#late = null;
    if (reason !== 'first') this.#options.store.removeAnomalies();
    this.#mark = { plan: this.#planText, fromMs, uptoMs: fromMs, judged: {}, levels: {}, levelsDay: 0 };
    const from = new Date(fromMs).toISOString();
    this.#options.onLearnt({ reason, from, groups: this.#options.plan.groupsMax });
  }

  #historyFromMs(closedMs: number): number {
    return Math.max(0, Math.floor((closedMs - this.#options.historyMs) / DAY_MS) * DAY_MS);
  }

  async #requestsByDay(fromMs: number, toMs: number): Promise<readonly number[]> {
    if (toMs <= fromMs) return [];
    const question = { measure: 'requests', by: [], where: [], fromMs, toMs, stepMs: DAY_MS };
    const [series] = await this.#options.source.query(question);
    return series?.values ?? [];
  }

  /** Nothing is learnt of the time before the first request. */
  async #skipEmpty(closedMs: number): Promise<void> {
    const mark = this.#mark;
    // A watch that has begun in the middle of a day has looked already.
    if (mark === null || mark.uptoMs > mark.fromMs || mark.fromMs % DAY_MS !== 0) return;
    const untilMs = Math.ceil(closedMs / DAY_MS) * DAY_MS;
    const days = await this.#requestsByDay(mark.fromMs, untilMs);
    const first = days.findIndex((requests) => requests > 0);
    const fromMs = first < 0 ? closedMs : Math.min(closedMs, mark.fromMs + first * DAY_MS);
    this.#mark = { ...mark, fromMs, uptoMs: fromMs };
  }

  get #chunkMs(): number {
    const { measures, groupsMax } = this.#options.plan;
    const steps = Math.floor(CHUNK_VALUES_MAX / (measures.length * groupsMax));
    return Math.min(CHUNK_MS, Math.max(1, steps) * STEP_MS);
  }

  get #planText(): string {
    const { measures, dimensions, groupsMax } = this.#options.plan;
    return JSON.stringify([measures, dimensions, groupsMax]);
  }

  /** Once a day, tells which baselines have moved. */
  #accountShifts(): void {
    const mark = this.#mark;
    if (mark === null) return;
    const day = Math.floor(mark.uptoMs / DAY_MS);
    if (day === mark.levelsDay) return;
    const { shifts, levels } = shiftsOf(this.#groups.groups, mark.levels);
    this.#mark = { ...mark, levels, levelsDay: day };
    if (shifts.length > 0) this.#options.onShifted(shifts);
  }

  /** Whether whole days have far more requests than were judged: then history was loaded since. */
  async #checkLate(closedMs: number): Promise<void> {
    const mark = this.#mark;
    if (mark === null || this.#stopped || closedMs - this.#lateCheckedMs < LATE_MS) return;
    this.#lateCheckedMs = closedMs;
    const fromMs = this.#historyFromMs(closedMs);
    const toMs = Math.floor(mark.uptoMs / DAY_MS) * DAY_MS;
    const there = (await this.#requestsByDay(fromMs, toMs)).reduce((sum, value) => sum + value, 0);
    const judged = Object.entries(mark.judged)
      .filter(([day]) => Number(day) * DAY_MS >= fromMs && Number(day) * DAY_MS < toMs)
      .reduce((sum, [, requests]) => sum + requests, 0);
    this.#late = { requests: there, judged };
    const isStanding = there === this.#lateRequests;
    this.#lateRequests = there;
    if (there - judged < LATE_REQUESTS_MIN || there < LATE_FACTOR * judged) return;
    if (!isStanding) {
      // More may be on its way: look again at the next pass.
      this.#lateCheckedMs = closedMs - LATE_MS;
      return;
    }
    this.#options.log.info({ requests: there, judged }, 'history was loaded; learning the baselines anew');
    this.relearn('history');
    await this.#pass();
  }

  /** Once in a while, reads again what the newest anomalies rest on. */
  async #revise(closedMs: number): Promise<void> {
    if (this.#stopped || closedMs - this.#revisedMs < REVISE_MS) return;
    this.#revisedMs = closedMs;
    const { store, source, onChange } = this.#options;
    const newest = store.list({ fromMs: closedMs - REVISED_MS, limit: REVISED_MAX }).filter(isRevisable);
    for (const anomaly of newest) {
      const stepMs = stepOf(anomaly);
      const revised = await revisedValue(source, anomaly, stepMs);
      if (revised === anomaly.revised) continue;
      const known = this.#book.amend(anomaly.id, { revised }) ?? { ...anomaly, revised };
      const isOver = revised !== null && isSettled(anomaly, revised);
      const change = isOver ? this.#book.withdraw(anomaly.id) : null;
      store.keep(change?.anomaly ?? { ...known, untilMs: anomaly.untilMs });
      if (change !== null) onChange(change, false);
    }
  }

  async #keep(): Promise<void> {
    const mark = this.#mark;
    if (mark === null) return;
    await this.#options.store.keepLearnt(mark, new Map([...this.#groups.state(), ...this.#series.state()]));
    this.#keptMs = mark.uptoMs;
  }
}

/** Length of the steps that an anomaly of requests was judged at. */
function stepOf({ kinds }: Pick<Anomaly, 'kinds'>): number {
  return kinds.includes('price_change') ? PRICE_STEP_MS : STEP_MS;
}
