/**
 * The alerts of a server: evaluates the rules again and again, keeps the alerts, has
 * them told, and does what people ask.
 */

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { BellwetherError } from '@bellwether/events';
import type { Clock, ClockTimer } from '../clock.ts';
import { ClockSteps } from '../clock-steps.ts';
import type { AlertRuleDefinition, InhibitionDefinition, MaintenanceDefinition } from '../config/index.ts';
import type { Log } from '../log.ts';
import type { AlertSnapshot, Destination } from '../notify/change.ts';
import type { SeriesSource } from '../series/series.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { type Alert, isOpen, snapshotOf } from './alert.ts';
import { AlertBook, requireOpen } from './alert-book.ts';
import { AlertStore } from './alert-store.ts';
import { type AlertRoutes, announce, placeOf, standing } from './announce.ts';
import { Evaluator, type RuleValues } from './evaluator.ts';
import { INCIDENT_WINDOW_MS, Incidents } from './incidents.ts';
import type { Forecasts } from './forecasts.ts';
import type { SignalSources } from './signals.ts';
import { type Silence, Silences } from './silence.ts';
import { type ChangeSink, Staging } from './staging.ts';
import { type Suppression, Suppressions } from './suppression.ts';

/** What the configuration says of alerts, and may say otherwise while the server runs. */
export interface AlertDefinitions {
  readonly rules: readonly AlertRuleDefinition[];
  readonly inhibitions: readonly InhibitionDefinition[];
  readonly maintenance: readonly MaintenanceDefinition[];
}

export interface AlertsOptions extends AlertDefinitions {
  /** Opened with `alertsStatePart`, and with what the sink needs. */
  readonly state: StateDatabase;
  readonly clock: Clock;
  readonly log: Log;
  readonly series: SeriesSource;
  readonly signals: SignalSources;
  readonly forecasts: Forecasts;
  readonly routes: AlertRoutes;
  readonly sink: ChangeSink;
  readonly intervalMs: number;
  readonly historyMs: number;
  /** The time that retention goes by, which is never ahead of a clock that has jumped. */
  readonly retentionNowMs: () => number;
  /** Called after each evaluation. */
  readonly onEvaluated?: () => void;
}

/** What one evaluation came to. */
export interface EvaluationStatus {
  /** Wall time of its end; `null` before the first one. */
  readonly atMs: number | null;
  readonly durationMs: number;
  /** Questions that could not be answered since the start. */
  readonly failures: number;
  /** What went wrong in the last one; `null` if nothing did. */
  readonly problem: string | null;
}

/** Alerts that are over and kept, whatever their age. */
const ALERTS_KEPT_MAX = 200_000;
const REMOVED_AT_ONCE_MAX = 2000;
/** Values or alerts that are worked on before it is looked whether other work should have its turn. */
const STEPS_AT_ONCE = 20;
/** For so long at most they are worked on without it. */
const TURN_MS = 4;
const CLEAN_UP_MS = 5 * 60_000;
/** The longest snooze: a week. */
export const SNOOZE_MS_MAX = 7 * 86_400_000;

/** How the alerts of a group stand. */
interface GroupCounts {
  readonly open: number;
  readonly acknowledged: number;
}

const noAlerts: GroupCounts = { open: 0, acknowledged: 0 };

export class Alerts {
  readonly #options: AlertsOptions;
  readonly store: AlertStore;
  readonly silences: Silences;
  readonly #staging: Staging;
  readonly #book: AlertBook;
  readonly #clockSteps: ClockSteps;
  #evaluator: Evaluator;
  #definitions: AlertDefinitions;
  #changed = false;
  #timer: ClockTimer | undefined;
  #running: Promise<void> | null = null;
  #stopped = false;
  #cleanedMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #lastFailure = '';
  /** The places of destinations, which many alerts share. */
  readonly #places = new WeakMap<Destination, string>();
  #groups: { readonly version: number; readonly counts: ReadonlyMap<string, GroupCounts> } = {
    version: -1,
    counts: new Map(),
  };
  #status: Omit<EvaluationStatus, 'failures'> = { atMs: null, durationMs: 0, problem: null };

  constructor(options: AlertsOptions) {
    const { clock, state } = options;
    const nowMs = clock.nowMs();
    this.#options = options;
    this.#definitions = options;
    this.store = new AlertStore(state);
    this.silences = new Silences(this.store.silences());
    const incidents = new Incidents(this.store.recentIncidents(nowMs - INCIDENT_WINDOW_MS));
    this.#staging = new Staging(this.store, incidents, options.sink);
    this.#book = new AlertBook(this.store, this.#staging, incidents, nowMs);
    this.#clockSteps = new ClockSteps(clock);
    this.#evaluator = this.#makeEvaluator();
  }

  /** Begins to evaluate. */
  start(): void {
    this.#endOthers();
    this.#next(0);
  }

  /** Goes by other definitions from the next evaluation on; alerts of rules that are gone end. */
  redefine(definitions: AlertDefinitions): void {
    this.#definitions = definitions;
    this.#changed = true;
  }

  /** Waits for an evaluation that goes on, and begins none again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#running;
  }

  get rules(): readonly AlertRuleDefinition[] {
    return this.#definitions.rules;
  }

  get status(): EvaluationStatus {
    return { ...this.#status, failures: this.#failures };
  }

  get counts(): AlertBook['counts'] {
    return this.#book.counts;
  }

  /** Questions asked of the ledger so far. */
  get asked(): number {
    return this.#evaluator.asked;
  }

  /** The alerts that are not over. */
  open(): Alert[] {
    return [...this.#book.all()].filter(({ state }) => state !== 'resolved');
  }

  /** How many alerts are raised or acknowledged, by severity. */
  openBySeverity(): Record<string, number> {
    return { critical: 0, high: 0, medium: 0, low: 0, ...Object.fromEntries(this.#book.open) };
  }

  /** The alert as memory has it, with its last figure; else as it is stored. */
  find(id: string): Alert {
    const alert = this.#book.get(id) ?? this.store.find(id);
    if (alert === null)
      throw new BellwetherError('not_found', 'There is no alert of that id.', { field: 'id' });
    return alert;
  }

  /** Why alerts are kept back at present. */
  suppressions(): { of(alert: Alert): Suppression } {
    return this.#suppressions(this.#options.clock.nowMs());
  }

  /** What a channel that is told the state again and again should believe now. */
  standing(channel: string): AlertSnapshot[] {
    const suppressions = this.#suppressions(this.#options.clock.nowMs());
    return standing(this.#book, suppressions, channel).map(snapshotOf);
  }

  /** How many alerts of a group are open, and how many of them acknowledged. */
  groupCounts(channel: string, groupKey: string): GroupCounts {
    return this.#countGroups().get(placeOf({ channel, groupKey })) ?? noAlerts;
  }

  /** @throws BellwetherError `not_found`, or `alert_over` if it is not raised. */
  acknowledge(id: string, by: string, note: string): Alert {
    const alert = this.#requireOpen(id);
    const atMs = this.#options.clock.nowMs();
    const acknowledged: Alert = { ...alert, state: 'acknowledged', acknowledged: { atMs, by } };
    this.#book.replace(acknowledged, { atMs, action: 'acknowledged', actor: by, note }, 'acknowledged');
    return acknowledged;
  }

  /** @throws as {@link acknowledge}. */
  resolve(id: string, by: string, note: string): Alert {
    return this.#book.resolveByHand(this.#requireOpen(id), by, note, this.#options.clock.nowMs());
  }

  /** @throws as {@link acknowledge}, and `invalid_parameter` for a time that is past or too far. */
  snooze(id: string, untilMs: number, by: string, note: string): Alert {
    const alert = this.#requireOpen(id);
    const atMs = this.#options.clock.nowMs();
    if (!(untilMs > atMs && untilMs <= atMs + SNOOZE_MS_MAX))
      throw new BellwetherError('invalid_parameter', 'A snooze ends within a week.', { field: 'until' });
    const snoozed: Alert = { ...alert, snoozedUntilMs: untilMs };
    const until = `until ${new Date(untilMs).toISOString()}`;
    const entry = {
      atMs,
      action: 'snoozed' as const,
      actor: by,
      note: note === '' ? until : `${until}: ${note}`,
    };
    this.#book.replace(snoozed, entry, null);
    return snoozed;
  }

  /** @throws BellwetherError as `Silences.make` does. */
  silence(wanted: Omit<Silence, 'id'>): Silence {
    const silence = this.silences.make(wanted, this.#options.clock.nowMs());
    this.store.write(() => this.store.putSilence(silence));
    this.silences.put(silence);
    return silence;
  }

  /** Ends a silence now. */
  endSilence(id: string): Silence {
    const silence = this.silences.get(id);
    if (silence === undefined)
      throw new BellwetherError('not_found', 'There is no silence of that id.', { field: 'id' });
    const ended = { ...silence, endsMs: Math.min(silence.endsMs, this.#options.clock.nowMs()) };
    this.store.write(() => this.store.putSilence(ended));
    this.silences.put(ended);
    return ended;
  }

  /** Evaluates all rules once, stores what follows, and has it told. Never rejects. */
  async evaluate(): Promise<void> {
    const { clock, log } = this.#options;
    const startedMs = clock.monotonicMs();
    let problem: string | null = null;
    try {
      if (this.#changed) this.#takeDefinitions();
      const values = await this.#evaluator.evaluate(clock.nowMs());
      const nowMs = clock.nowMs();
      const stepMs = this.#clockSteps.take();
      if (stepMs !== 0) this.#book.moveTimes(stepMs);
      const unanswered = values.filter((rule) => rule.values === null).length;
      if (unanswered > 0) problem = `${unanswered} of ${values.length} rules could not be evaluated`;
      // Said once for as long as it stays so, and not at every evaluation.
      if (problem !== null && problem !== this.#status.problem)
        log.warn(
          { problem, cause: this.#lastFailure },
          'rules could not be evaluated; their alerts stay as they are',
        );
      await this.#apply(values, nowMs);
      const steps = announce(this.#book, this.#options.routes, this.#suppressions(nowMs), nowMs);
      await this.#inTurns(steps, () => this.#staging.commitNews());
      await this.#staging.commit();
      this.#cleanUp(nowMs);
    } catch (error) {
      problem = 'what has changed could not be stored';
      log.error({ problem: String(error) }, 'alerts could not be stored; it is tried again');
    }
    this.#status = { atMs: clock.nowMs(), durationMs: clock.monotonicMs() - startedMs, problem };
    this.#options.onEvaluated?.();
  }

  /** Applies all rules. */
  async #apply(evaluated: readonly RuleValues[], nowMs: number): Promise<void> {
    const book = this.#book;
    await this.#inTurns(
      (function* steps() {
        for (const rule of evaluated) yield* book.apply(rule, nowMs);
      })(),
    );
    book.forgetOld(nowMs);
  }

  /** Takes all steps, and does something after every few; other work has its turn in between. */
  async #inTurns(steps: Iterable<unknown>, afterSome = (): void => undefined): Promise<void> {
    const { clock } = this.#options;
    let sinceMs = clock.monotonicMs();
    let taken = 0;
    for (const _step of steps) {
      taken += 1;
      if (taken % STEPS_AT_ONCE !== 0) continue;
      afterSome();
      if (clock.monotonicMs() - sinceMs < TURN_MS) continue;
      await yieldToOthers();
      sinceMs = clock.monotonicMs();
    }
  }

  /** Counts the open alerts by where they were told, once for as long as none changes. */
  #countGroups(): ReadonlyMap<string, GroupCounts> {
    const { version } = this.#book;
    if (this.#groups.version === version) return this.#groups.counts;
    const counts = new Map<string, GroupCounts>();
    for (const alert of this.#book.all()) {
      if (!isOpen(alert)) continue;
      const isTaken = alert.state === 'acknowledged' ? 1 : 0;
      for (const key of new Set(alert.destinations.map((destination) => this.#placeOf(destination)))) {
        const { open, acknowledged } = counts.get(key) ?? noAlerts;
        counts.set(key, { open: open + 1, acknowledged: acknowledged + isTaken });
      }
    }
    this.#groups = { version, counts };
    return counts;
  }

  #placeOf(destination: Destination): string {
    const known = this.#places.get(destination);
    if (known !== undefined) return known;
    const place = placeOf(destination);
    this.#places.set(destination, place);
    return place;
  }

  #next(delayMs: number): void {
    if (this.#stopped) return;
    const { clock, intervalMs } = this.#options;
    const run = async (): Promise<void> => {
      const startedMs = clock.monotonicMs();
      await this.evaluate();
      this.#next(Math.max(0, intervalMs - (clock.monotonicMs() - startedMs)));
    };
    this.#timer = clock
      .setTimeout(() => {
        this.#running = run();
      }, delayMs)
      .unref();
  }

  #suppressions(nowMs: number): Suppressions {
    return new Suppressions(this.#definitions, this.silences, this.#book.all(), nowMs);
  }

  #makeEvaluator(): Evaluator {
    const { series, signals, forecasts } = this.#options;
    return new Evaluator({
      rules: this.#definitions.rules,
      series,
      signals,
      forecasts,
      onFailure: (about, error) => this.#failed(about, error),
    });
  }

  #takeDefinitions(): void {
    const { asked } = this.#evaluator;
    this.#changed = false;
    this.#evaluator = this.#makeEvaluator();
    this.#evaluator.asked = asked;
    this.#endOthers();
  }

  /** Ends the alerts of rules that there are no more. */
  #endOthers(): void {
    const enabled = this.rules.filter((rule) => rule.enabled).map(({ id }) => id);
    this.#book.endOthers(new Set(enabled), this.#options.clock.nowMs());
  }

  #requireOpen(id: string): Alert {
    this.find(id);
    return requireOpen(this.#book.get(id));
  }

  #failed(about: string, error: unknown): void {
    this.#failures += 1;
    this.#lastFailure = `${about}: ${String(error)}`;
  }

  #cleanUp(nowMs: number): void {
    if (nowMs - this.#cleanedMs < CLEAN_UP_MS && nowMs >= this.#cleanedMs) return;
    this.#cleanedMs = nowMs;
    const beforeMs = Math.min(nowMs, this.#options.retentionNowMs()) - this.#options.historyMs;
    this.store.write(() => this.store.removeOld(beforeMs, ALERTS_KEPT_MAX, REMOVED_AT_ONCE_MAX));
    this.silences.forget(beforeMs);
  }
}
