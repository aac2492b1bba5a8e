/** Alerts, silences and incidents as readers of the API see them. Times are RFC 3339. */

import type { Labels, Matcher } from '../matching/matcher.ts';
import { matchesAll } from '../matching/matcher.ts';
import type { Alert, Deed, HistoryEntry } from './alert.ts';
import type { AlertFilter } from './alert-store.ts';
import type { Alerts } from './alerts.ts';
import { type Incident, type LikelyCause, likelyCause } from './incidents.ts';
import type { Silence } from './silence.ts';
import type { Suppression } from './suppression.ts';

/** An alert. */
export interface AlertView {
  readonly id: string;
  readonly fingerprint: string;
  readonly rule: string;
  readonly name: string;
  readonly severity: string;
  readonly state: string;
  readonly labels: Labels;
  readonly summary: string;
  readonly description: string;
  readonly runbook: string;
  /** The last figure; `null` where there is none. */
  readonly value: number | null;
  readonly threshold: number;
  readonly since: string;
  readonly raised_at: string | null;
  readonly acknowledged_at: string | null;
  readonly acknowledged_by: string | null;
  readonly resolved_at: string | null;
  /** Who resolved it: `rule` if it did so by itself. */
  readonly resolved_by: string | null;
  readonly escalated_at: string | null;
  readonly notified_at: string | null;
  readonly channels: readonly string[];
  readonly flapping: boolean;
  readonly incident: string | null;
  readonly suppressed: {
    readonly snoozed_until: string | null;
    readonly silenced_by: readonly string[];
    readonly maintenance: readonly string[];
    readonly inhibited_by: string | null;
  };
}

/** Alerts of one answer. */
export interface AlertList {
  readonly alerts: readonly AlertView[];
  /** Alerts that are not over, by severity. */
  readonly open: Readonly<Record<string, number>>;
  /** What to ask for to get the next; `null` if there are none. */
  readonly next: string | null;
}

/** Alerts that one question looks at, so that matchers which fit little end too. */
const SCANNED_MAX = 20_000;

/** The alerts that fit, newest first. */
export function listAlerts(
  alerts: Alerts,
  filter: AlertFilter,
  matchers: readonly Matcher[],
  limit: number,
): AlertList {
  const found: Alert[] = [];
  let scanned = 0;
  let last: number | null = null;
  for (const alert of alerts.store.list(filter)) {
    if (found.length >= limit || scanned >= SCANNED_MAX) {
      last = filter.beforeSeq;
      break;
    }
    scanned += 1;
    if (matchesAll(matchers, alert.labels)) found.push(alert);
    filter = { ...filter, beforeSeq: alert.seq };
  }
  const suppressions = alerts.suppressions();
  return {
    alerts: found.map((alert) => {
      const present = presentOf(alerts, alert);
      return viewAlert(present, suppressions.of(present));
    }),
    open: alerts.openBySeverity(),
    next: last === null ? null : String(last),
  };
}

/** One alert with its history. */
export function showAlert(
  alerts: Alerts,
  id: string,
): AlertView & { readonly history: readonly HistoryView[] } {
  const alert = alerts.find(id);
  const history = alerts.store.history(id).map(viewHistory);
  return { ...viewAlert(alert, alerts.suppressions().of(alert)), history };
}

/** One line of history. */
export interface HistoryView {
  readonly at: string;
  readonly action: string;
  readonly actor: string;
  readonly note: string;
}

function viewHistory({ atMs, action, actor, note }: HistoryEntry): HistoryView {
  return { at: iso(atMs), action, actor, note };
}

/** The last figure of an alert that is not over is in memory only. */
function presentOf(alerts: Alerts, stored: Alert): Alert {
  return stored.state === 'resolved' ? stored : alerts.find(stored.id);
}

/** An alert, with why it is kept back. */
export function viewAlert(alert: Alert, suppression: Suppression): AlertView {
  const { acknowledged, resolved, destinations } = alert;
  const over = alert.state === 'resolved';
  return {
    id: alert.id,
    fingerprint: alert.fingerprint,
    rule: alert.rule,
    name: alert.name,
    severity: alert.severity,
    state: alert.state,
    labels: alert.labels,
    summary: alert.summary,
    description: alert.description,
    runbook: alert.runbook,
    value: alert.value,
    threshold: alert.threshold,
    since: iso(alert.sinceMs),
    raised_at: isoOrNull(alert.raisedAtMs),
    ...deed('acknowledged', acknowledged),
    ...deed('resolved', resolved),
    escalated_at: isoOrNull(alert.escalatedAtMs),
    notified_at: isoOrNull(alert.announcedAtMs),
    channels: [...new Set(destinations.map(({ channel }) => channel))],
    flapping: alert.flapping,
    incident: alert.incident,
    suppressed: {
      snoozed_until: over ? null : isoOrNull(suppression.snoozedUntilMs),
      silenced_by: over ? [] : suppression.silencedBy,
      maintenance: over ? [] : suppression.maintenance,
      inhibited_by: over ? null : suppression.inhibitedBy,
    },
  };
}

function deed<Name extends 'acknowledged' | 'resolved'>(
  name: Name,
  of: Deed | null,
): { readonly [Key in `${Name}_at` | `${Name}_by`]: string | null } {
  return { [`${name}_at`]: isoOrNull(of?.atMs ?? null), [`${name}_by`]: of?.by ?? null } as never;
}

/** A silence. */
export interface SilenceView {
  readonly id: string;
  readonly state: 'pending' | 'active' | 'expired';
  readonly matchers: readonly string[];
  readonly starts_at: string;
  readonly ends_at: string;
  readonly created_by: string;
  readonly comment: string;
}

/** A silence at an instant. */
export function viewSilence(
  { id, matchers, startsMs, endsMs, createdBy, comment }: Silence,
  nowMs: number,
): SilenceView {
  const state = nowMs >= endsMs ? 'expired' : nowMs >= startsMs ? 'active' : 'pending';
  return {
    id,
    state,
    matchers,
    starts_at: iso(startsMs),
    ends_at: iso(endsMs),
    created_by: createdBy,
    comment,
  };
}

/** An incident. */
export interface IncidentView {
  readonly id: string;
  readonly state: 'open' | 'closed';
  readonly severity: string;
  readonly opened_at: string;
  readonly last_alert_at: string;
  readonly closed_at: string | null;
  readonly alerts: number;
  readonly open_alerts: number;
  readonly likely_cause: LikelyCause;
  /** The labels that most alerts have. */
  readonly labels: Incident['labels'];
}

const LABELS_SHOWN_MAX = 10;

/** An incident. */
export function viewIncident(incident: Incident): IncidentView {
  return {
    id: incident.id,
    state: incident.closedMs === null ? 'open' : 'closed',
    severity: incident.severity,
    opened_at: iso(incident.openedMs),
    last_alert_at: iso(incident.lastMs),
    closed_at: isoOrNull(incident.closedMs),
    alerts: incident.alerts,
    open_alerts: incident.open,
    likely_cause: likelyCause(incident),
    labels: incident.labels.slice(0, LABELS_SHOWN_MAX),
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : iso(atMs);
}
