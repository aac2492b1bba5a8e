/** An alert: one time that one thing was wrong, from the first sign to its end. */

import type { Severity } from '../config/index.ts';
import type { Labels } from '../matching/matcher.ts';
import type { AlertSnapshot, Destination } from '../notify/change.ts';

/** How far an alert is. */
export type AlertState =
  /** Wrong, but not yet for as long as the rule asks. */
  | 'pending'
  | 'raised'
  /** Somebody has it in hand. */
  | 'acknowledged'
  | 'resolved';

/** The states, for whoever filters by them. */
export const alertStates = ['pending', 'raised', 'acknowledged', 'resolved'] as const;

/** Who did something, and when. */
export interface Deed {
  readonly atMs: number;
  readonly by: string;
}

/** An alert as it is kept. Times are epoch milliseconds. */
export interface Alert {
  readonly id: string;
  /** Ascending in the order in which alerts were first seen. */
  readonly seq: number;
  readonly fingerprint: string;
  readonly rule: string;
  /** What the value is of: the labels of the series or the signal. */
  readonly of: Labels;
  readonly name: string;
  readonly severity: Severity;
  readonly labels: Labels;
  readonly summary: string;
  readonly description: string;
  readonly runbook: string;
  readonly threshold: number;
  readonly state: AlertState;
  /** The last figure, not stored with each change; `null` where there is none. */
  value: number | null;
  readonly sinceMs: number;
  readonly raisedAtMs: number | null;
  /** Since when the value is well again, while the rule or flapping keeps the alert. */
  readonly clearSinceMs: number | null;
  readonly acknowledged: Deed | null;
  readonly resolved: Deed | null;
  readonly snoozedUntilMs: number | null;
  readonly escalatedAtMs: number | null;
  /** When it was first told; `null` while it is kept back. */
  readonly announcedAtMs: number | null;
  /** When it was last told. */
  readonly toldAtMs: number | null;
  /** Whether it has come and gone so often that its end is waited out. */
  readonly flapping: boolean;
  readonly incident: string | null;
  /** Where it was told, so that its end is told there too. */
  readonly destinations: readonly Destination[];
}

/** What happened to an alert. */
export type HistoryAction =
  | 'raised'
  | 'acknowledged'
  | 'resolved'
  | 'snoozed'
  | 'notified'
  | 'escalated'
  | 'flapping';

/** One line of an alert's history. */
export interface HistoryEntry {
  readonly atMs: number;
  readonly action: HistoryAction;
  /** Who did it: a person's name, or `rule` or `server`. */
  readonly actor: string;
  readonly note: string;
}

/** Whether somebody should still do something about it. */
export function isOpen({ state }: Alert): boolean {
  return state === 'raised' || state === 'acknowledged';
}

/** The alert as notifications tell it. */
export function snapshotOf(alert: Alert): AlertSnapshot {
  const { id, fingerprint, name, severity, state, labels, summary, description, runbook } = alert;
  const { value, threshold, incident, sinceMs } = alert;
  return {
    id,
    fingerprint,
    name,
    severity,
    state,
    labels,
    summary,
    description,
    runbook,
    value,
    threshold,
    raisedAtMs: alert.raisedAtMs ?? sinceMs,
    resolvedAtMs: alert.resolved?.atMs ?? null,
    acknowledgedBy: alert.acknowledged?.by ?? null,
    incident,
  };
}
