/**
 * The alerts that are not over, in memory: what an evaluation makes of them, what
 * people do to them, and when they are told. Everything that must survive goes
 * through {@link Staging}.
 */

import { BellwetherError } from '@bellwether/events';
import type { AlertRuleDefinition } from '../config/index.ts';
import type { Change, ChangeKind, Destination } from '../notify/change.ts';
import { type Alert, type HistoryAction, type HistoryEntry, isOpen, snapshotOf } from './alert.ts';
import type { AlertStore } from './alert-store.ts';
import type { RuleValue, RuleValues } from './evaluator.ts';
import type { Incidents } from './incidents.ts';
import { nextStep } from './life-cycle.ts';
import { RaiseCounts } from './raise-counts.ts';
import { fingerprintOf } from './rule.ts';
import type { Staging } from './staging.ts';

/** Alerts that are not over. Beyond them nothing new is kept, which is counted. */
export const ALERTS_OPEN_MAX = 20_000;
/** Series of a rule that are remembered so that their absence is noticed. */
const KNOWN_SERIES_MAX = 1000;

/** What the book counts since the start. */
export interface BookCounts {
  readonly raised: Map<string, number>;
  readonly resolved: Map<string, number>;
  refused: number;
}

export class AlertBook {
  readonly #staging: Staging;
  readonly #incidents: Incidents;
  readonly #raises: RaiseCounts;
  readonly #alerts = new Map<string, Alert>();
  readonly #byRule = new Map<string, Set<string>>();
  readonly #byId = new Map<string, string>();
  /** Series that a rule with `missing: alert` has seen, by their fingerprint. */
  readonly #known = new Map<string, Map<string, RuleValue>>();
  readonly counts: BookCounts = { raised: new Map(), resolved: new Map(), refused: 0 };
  /** How many are raised or acknowledged, by severity. Readers ask again and again, also in a flood. */
  readonly open = new Map<string, number>();
  /** Grows with every change of an alert, so that what was counted is known to hold still. */
  version = 0;
  #seq: number;

  constructor(store: AlertStore, staging: Staging, incidents: Incidents, nowMs: number) {
    this.#staging = staging;
    this.#incidents = incidents;
    this.#seq = store.lastSeq();
    this.#raises = new RaiseCounts(store, nowMs);
    // What was noted by a clock that has been set back meanwhile counts from now.
    for (const alert of store.open()) this.#keep(withTimes(alert, (ms) => Math.min(ms, nowMs)));
  }

  /** The wall clock was set by so much: what is measured from is moved along, so that durations stay what they were. */
  moveTimes(stepMs: number): void {
    for (const alert of this.#alerts.values()) {
      const moved = withTimes(alert, (ms) => ms + stepMs);
      this.#keep(moved);
      this.#staging.put(moved, true);
    }
    this.#raises.moveTimes(stepMs);
  }

  /** All that are not over, and those that were resolved by hand while still wrong. */
  all(): IterableIterator<Alert> {
    return this.#alerts.values();
  }

  get(id: string): Alert | undefined {
    const fingerprint = this.#byId.get(id);
    return fingerprint === undefined ? undefined : this.#alerts.get(fingerprint);
  }

  /** Takes what a rule sees at present, one value at each step, so that other work may go in between. */
  *apply({ rule, values }: RuleValues, nowMs: number): Generator<undefined> {
    if (values === null) return;
    const seen = new Set<string>();
    for (const value of values) {
      const fingerprint = fingerprintOf(rule.id, value.labels);
      seen.add(fingerprint);
      this.#advance(rule, fingerprint, value, nowMs);
      yield;
    }
    for (const { labels } of this.#missing(rule, values, seen)) {
      this.#advance(rule, fingerprintOf(rule.id, labels), { labels, value: Number.NaN }, nowMs);
      yield;
    }
  }

  /** Lets go of what no longer matters for alerts to come. */
  forgetOld(nowMs: number): void {
    this.#raises.forget(nowMs);
    this.#incidents.forget(nowMs);
  }

  /** Ends the alerts of rules that are gone. */
  endOthers(rules: ReadonlySet<string>, nowMs: number): void {
    for (const alert of this.#alerts.values()) {
      if (!rules.has(alert.rule)) this.#end(alert, 'server', 'its rule is gone', nowMs);
    }
  }

  /** Puts an alert that a person has done something to in the place of the former. */
  replace(alert: Alert, entry: HistoryEntry, told: ChangeKind | null): void {
    const changes = told === null ? [] : this.#changesOf(alert, told, entry.atMs);
    this.#keep(alert);
    this.#staging.put(alert, true, [entry], changes);
    this.#staging.commitOne(alert.id);
  }

  /** Resolves an alert by hand. It stays known until its value has been well once. */
  resolveByHand(alert: Alert, by: string, note: string, nowMs: number): Alert {
    const resolved: Alert = {
      ...alert,
      state: 'resolved',
      resolved: { atMs: nowMs, by },
      clearSinceMs: null,
    };
    const changes = alert.announcedAtMs === null ? [] : this.#changesOf(resolved, 'resolved', nowMs);
    if (alert.incident !== null) this.#incidents.leave(alert.incident, nowMs);
    this.#keep(resolved);
    count(this.counts.resolved, alert.severity);
    this.#staging.put(resolved, true, [{ atMs: nowMs, action: 'resolved', actor: by, note }], changes);
    this.#staging.commitOne(alert.id);
    return resolved;
  }

  /** Tells an alert to destinations, those it was told to before included in what it remembers. */
  tell(alert: Alert, kind: ChangeKind, to: readonly Destination[], nowMs: number): void {
    const destinations = alert.destinations.length === 0 ? to : bothOf(alert.destinations, to);
    const told: Alert = {
      ...alert,
      destinations,
      announcedAtMs: alert.announcedAtMs ?? nowMs,
      toldAtMs: nowMs,
      escalatedAtMs: kind === 'escalated' ? nowMs : alert.escalatedAtMs,
    };
    const changes = changesTo(to, told, kind, nowMs);
    const action: HistoryAction = kind === 'escalated' ? 'escalated' : 'notified';
    const note = to.map(({ channel }) => channel).join(', ');
    this.#keep(told);
    // A repetition is no news to the history.
    const history = kind === 'repeated' ? [] : [{ atMs: nowMs, action, actor: 'server', note }];
    this.#staging.put(told, true, history, changes);
  }

  #advance(rule: AlertRuleDefinition, fingerprint: string, value: RuleValue, nowMs: number): void {
    const alert = this.#alerts.get(fingerprint);
    if (alert !== undefined) alert.value = Number.isNaN(value.value) ? null : value.value;
    const step = nextStep(rule, alert, value, nowMs, () => this.#seq + 1);
    if (step.kind === 'none') return;
    if (step.kind === 'drop') {
      if (alert !== undefined) this.#drop(alert);
    } else if (alert === undefined && this.#alerts.size >= ALERTS_OPEN_MAX) this.counts.refused += 1;
    else if (step.kind === 'raise') this.#raise(step.alert, nowMs);
    else if (step.kind === 'resolve') this.#end(step.alert, 'rule', '', nowMs);
    else {
      this.#keep(step.alert);
      this.#staging.put(step.alert, true);
    }
  }

  #raise(raised: Alert, nowMs: number): void {
    const flapping = this.#raises.add(raised.fingerprint, nowMs);
    const incident = this.#incidents.join(raised, nowMs);
    const alert: Alert = { ...raised, flapping, incident };
    const history: HistoryEntry[] = [{ atMs: nowMs, action: 'raised', actor: 'rule', note: alert.summary }];
    if (flapping) history.push({ atMs: nowMs, action: 'flapping', actor: 'server', note: '' });
    count(this.counts.raised, alert.severity);
    this.#keep(alert);
    this.#staging.put(alert, true, history);
  }

  /** Ends an alert that was raised, or forgets one that was not. */
  #end(alert: Alert, by: string, note: string, nowMs: number): void {
    const wasOpen = alert.raisedAtMs !== null && this.#alerts.get(alert.fingerprint)?.state !== 'resolved';
    if (!wasOpen) {
      this.#drop(alert);
      return;
    }
    const ended: Alert = { ...alert, state: 'resolved', resolved: { atMs: nowMs, by } };
    this.#forget(ended);
    if (ended.incident !== null) this.#incidents.leave(ended.incident, nowMs);
    count(this.counts.resolved, ended.severity);
    const changes = ended.announcedAtMs === null ? [] : this.#changesOf(ended, 'resolved', nowMs);
    this.#staging.put(ended, false, [{ atMs: nowMs, action: 'resolved', actor: by, note }], changes);
  }

  /** A pending alert leaves no trace; one that was resolved by hand stays in the history. */
  #drop(alert: Alert): void {
    this.#forget(alert);
    if (alert.raisedAtMs === null) this.#staging.remove(alert);
    else this.#staging.put(alert, false);
  }

  #changesOf(alert: Alert, kind: ChangeKind, atMs: number) {
    return changesTo(alert.destinations, alert, kind, atMs);
  }

  /** What the rule knew before and does not see now. */
  #missing(rule: AlertRuleDefinition, values: readonly RuleValue[], seen: ReadonlySet<string>): RuleValue[] {
    const gone = [...(this.#byRule.get(rule.id) ?? [])]
      .filter((fingerprint) => !seen.has(fingerprint))
      .flatMap((fingerprint) => {
        const alert = this.#alerts.get(fingerprint);
        return alert === undefined ? [] : [{ labels: alert.of, value: Number.NaN }];
      });
    if (rule.missing !== 'alert') return gone;
    const known = this.#known.get(rule.id) ?? new Map<string, RuleValue>();
    this.#known.set(rule.id, known);
    for (const value of values) {
      if (known.size >= KNOWN_SERIES_MAX) break;
      known.set(fingerprintOf(rule.id, value.labels), value);
    }
    const alerting = new Set(this.#byRule.get(rule.id));
    return [
      ...gone,
      ...[...known].filter(([key]) => !seen.has(key) && !alerting.has(key)).map(([, value]) => value),
    ];
  }

  #keep(alert: Alert): void {
    this.version += 1;
    this.#countOpen(this.#alerts.get(alert.fingerprint), -1);
    this.#countOpen(alert, 1);
    this.#alerts.set(alert.fingerprint, alert);
    this.#byId.set(alert.id, alert.fingerprint);
    const ofRule = this.#byRule.get(alert.rule) ?? new Set();
    this.#byRule.set(alert.rule, ofRule.add(alert.fingerprint));
    this.#seq = Math.max(this.#seq, alert.seq);
  }

  #countOpen(alert: Alert | undefined, by: number): void {
    if (alert !== undefined && isOpen(alert))
      this.open.set(alert.severity, (this.open.get(alert.severity) ?? 0) + by);
  }

  #forget({ fingerprint, id, rule }: Alert): void {
    this.version += 1;
    this.#countOpen(this.#alerts.get(fingerprint), -1);
    this.#alerts.delete(fingerprint);
    this.#byId.delete(id);
    const ofRule = this.#byRule.get(rule);
    ofRule?.delete(fingerprint);
    if (ofRule?.size === 0) this.#byRule.delete(rule);
  }
}

/**
 * The alert to which something can be done.
 *
 * @throws BellwetherError `alert_over` if it is over or not raised.
 */
export function requireOpen(alert: Alert | undefined): Alert {
  if (alert === undefined || !isOpen(alert)) throw new BellwetherError('alert_over');
  return alert;
}

/** The same news for several destinations; they share what it says of the alert. */
function changesTo(
  destinations: readonly Destination[],
  alert: Alert,
  kind: ChangeKind,
  atMs: number,
): Change[] {
  const snapshot = snapshotOf(alert);
  return destinations.map((destination) => ({ destination, kind, atMs, alert: snapshot }));
}

function bothOf(known: readonly Destination[], more: readonly Destination[]): readonly Destination[] {
  const keys = new Set(known.map(keyOf));
  return [...known, ...more.filter((place) => !keys.has(keyOf(place)))];
}

function keyOf({ channel, groupKey }: Destination): string {
  return JSON.stringify([channel, groupKey]);
}

function count(counts: Map<string, number>, severity: string): void {
  counts.set(severity, (counts.get(severity) ?? 0) + 1);
}

/** An alert with other times for what its rule, its routes and its repetition are measured from. */
function withTimes(alert: Alert, move: (ms: number) => number): Alert {
  const moved = (ms: number | null): number | null => (ms === null ? null : move(ms));
  return {
    ...alert,
    sinceMs: move(alert.sinceMs),
    clearSinceMs: moved(alert.clearSinceMs),
    announcedAtMs: moved(alert.announcedAtMs),
    toldAtMs: moved(alert.toldAtMs),
  };
}
