/**
 * Incidents: alerts that were raised at about the same time and share a label, such
 * as the provider, are most likely one trouble. What most of them share, and which
 * was first, points at its cause.
 */

import { type Severity, severities } from '../config/index.ts';
import type { Labels } from '../matching/matcher.ts';
import type { Alert } from './alert.ts';

/** An alert joins an incident whose last one was raised no longer ago than this. */
export const INCIDENT_WINDOW_MS = 10 * 60_000;
/** Different labels that an incident counts. */
const PAIRS_MAX = 500;

/** A label and how many alerts of the incident have it. */
export interface CountedLabel {
  readonly name: string;
  readonly value: string;
  readonly alerts: number;
}

/** An incident as it is kept. Times are epoch milliseconds. */
export interface Incident {
  readonly id: string;
  readonly openedMs: number;
  /** When its last alert was raised. */
  readonly lastMs: number;
  readonly closedMs: number | null;
  readonly severity: Severity;
  /** Alerts so far, and those that are not over. */
  readonly alerts: number;
  readonly open: number;
  readonly labels: readonly CountedLabel[];
  readonly first: { readonly alert: string; readonly name: string; readonly summary: string };
}

/** What points at the cause of an incident. */
export interface LikelyCause {
  /** The label that most alerts have; `null` if none is shared. */
  readonly label: CountedLabel | null;
  readonly first_alert: string;
  readonly explanation: string;
}

interface OpenIncident {
  readonly id: string;
  readonly openedMs: number;
  lastMs: number;
  closedMs: number | null;
  severity: Severity;
  alerts: number;
  open: number;
  readonly counts: Map<string, number>;
  readonly first: Incident['first'];
}

/** Incidents that alerts may still join or leave. */
export class Incidents {
  readonly #recent = new Map<string, OpenIncident>();
  readonly #changed = new Map<string, OpenIncident>();
  /** By label the latest incident that has it. */
  readonly #byPair = new Map<string, OpenIncident>();

  constructor(incidents: readonly Incident[]) {
    for (const { labels, ...incident } of incidents.toSorted((a, b) => a.lastMs - b.lastMs)) {
      const counts = new Map(labels.map(({ name, value, alerts }) => [pairKey(name, value), alerts]));
      const open = { ...incident, counts };
      this.#recent.set(incident.id, open);
      for (const pair of counts.keys()) this.#byPair.set(pair, open);
    }
  }

  /** Puts an alert that is raised now into an incident, a new one if it fits none, and gives its id. */
  join(alert: Alert, nowMs: number): string {
    const incident = this.#fitting(alert.of, nowMs) ?? this.#begin(alert, nowMs);
    incident.alerts += 1;
    incident.open += 1;
    incident.lastMs = nowMs;
    incident.closedMs = null;
    if (severities.indexOf(alert.severity) < severities.indexOf(incident.severity))
      incident.severity = alert.severity;
    for (const pair of pairsOf(alert.of)) {
      const count = incident.counts.get(pair);
      if (count === undefined && incident.counts.size >= PAIRS_MAX) continue;
      incident.counts.set(pair, (count ?? 0) + 1);
      this.#byPair.set(pair, incident);
    }
    this.#changed.set(incident.id, incident);
    return incident.id;
  }

  /** Notes that an alert of the incident is over. */
  leave(id: string, nowMs: number): void {
    const incident = this.#recent.get(id);
    if (incident === undefined) return;
    incident.open = Math.max(0, incident.open - 1);
    if (incident.open === 0) incident.closedMs = nowMs;
    this.#changed.set(incident.id, incident);
  }

  /** Those of some incidents that have changed since they were last asked for, to be stored. */
  takeChanged(ids: Iterable<string>): Incident[] {
    const changed: Incident[] = [];
    for (const id of ids) {
      const incident = this.#changed.get(id);
      if (incident === undefined) continue;
      this.#changed.delete(id);
      changed.push(printed(incident));
    }
    return changed;
  }

  /** Has incidents stored that could not be. */
  markChanged(ids: readonly string[]): void {
    for (const id of ids) {
      const incident = this.#recent.get(id);
      if (incident !== undefined) this.#changed.set(id, incident);
    }
  }

  /** Forgets those that nothing can join or leave any more. */
  forget(nowMs: number): void {
    for (const [id, incident] of this.#recent) {
      if (incident.open > 0 || nowMs - incident.lastMs <= INCIDENT_WINDOW_MS) continue;
      this.#recent.delete(id);
      for (const pair of incident.counts.keys())
        if (this.#byPair.get(pair) === incident) this.#byPair.delete(pair);
    }
  }

  #fitting(of: Labels, nowMs: number): OpenIncident | null {
    const isInTime = ({ lastMs }: OpenIncident): boolean => nowMs - lastMs <= INCIDENT_WINDOW_MS;
    const pairs = pairsOf(of);
    // An alert about the whole shares no label; it belongs to the one trouble there is, if there is just one.
    if (pairs.length === 0) return onlyOne(this.#recent.values(), isInTime);
    const shared = new Map<OpenIncident, number>();
    for (const pair of pairs) {
      const incident = this.#byPair.get(pair);
      if (incident !== undefined && isInTime(incident)) shared.set(incident, (shared.get(incident) ?? 0) + 1);
    }
    const [best] = [...shared].toSorted(([a, m], [b, n]) => n - m || b.lastMs - a.lastMs);
    return best?.[0] ?? null;
  }

  #begin({ id, name, summary, severity }: Alert, nowMs: number): OpenIncident {
    const incident: OpenIncident = {
      id: `i-${id}`,
      openedMs: nowMs,
      lastMs: nowMs,
      closedMs: null,
      severity,
      alerts: 0,
      open: 0,
      counts: new Map(),
      first: { alert: id, name, summary },
    };
    this.#recent.set(incident.id, incident);
    return incident;
  }
}

/** What most likely caused an incident: the label most of its alerts share, and its first alert. */
export function likelyCause({ labels, alerts, first }: Incident): LikelyCause {
  const [most] = labels;
  const label = most !== undefined && most.alerts > 1 ? most : null;
  const beginning = `It began with ${first.alert}: ${first.summary}`;
  return {
    label,
    first_alert: first.alert,
    explanation:
      label === null
        ? beginning
        : `${label.alerts} of ${alerts} alerts have ${label.name} ${JSON.stringify(label.value)}. ${beginning}`,
  };
}

function onlyOne(
  incidents: Iterable<OpenIncident>,
  fits: (incident: OpenIncident) => boolean,
): OpenIncident | null {
  let found: OpenIncident | null = null;
  for (const incident of incidents) {
    if (!fits(incident)) continue;
    if (found !== null) return null;
    found = incident;
  }
  return found;
}

function printed({ counts, ...incident }: OpenIncident): Incident {
  const labels = [...counts]
    .map(([pair, alerts]) => {
      const [name, value] = JSON.parse(pair) as [string, string];
      return { name, value, alerts };
    })
    // Of labels that equally many alerts have, the first that was seen comes first.
    .toSorted((a, b) => b.alerts - a.alerts);
  return { ...incident, labels };
}

function pairsOf(of: Labels): string[] {
  return Object.entries(of)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => pairKey(name, value));
}

function pairKey(name: string, value: string): string {
  return JSON.stringify([name, value]);
}
