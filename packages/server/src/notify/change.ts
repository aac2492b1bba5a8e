/** What notifications are made of: the news about an alert, and where it goes. */

import type { Severity } from '../config/index.ts';
import type { Labels } from '../matching/matcher.ts';

/** An alert as it was when there was news of it. */
export interface AlertSnapshot {
  readonly id: string;
  /** The same for every time that the same thing is wrong. */
  readonly fingerprint: string;
  readonly name: string;
  readonly severity: Severity;
  readonly state: 'pending' | 'raised' | 'acknowledged' | 'resolved';
  readonly labels: Labels;
  readonly summary: string;
  readonly description: string;
  /** An address, or the empty text. */
  readonly runbook: string;
  /** The figure; `null` where there is none. */
  readonly value: number | null;
  readonly threshold: number;
  /** Epoch milliseconds. */
  readonly raisedAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly acknowledgedBy: string | null;
  readonly incident: string | null;
}

/** What happened to it. */
export type ChangeKind = 'raised' | 'resolved' | 'acknowledged' | 'escalated' | 'repeated';

/** Where alerts of one group are told. */
export interface Destination {
  /** A channel, or one peer of a channel with several. */
  readonly channel: string;
  readonly route: string;
  /** The same for alerts that are told together. */
  readonly groupKey: string;
  readonly groupLabels: Labels;
}

/** News about an alert for one destination. It is stored with the alert's own change, in one transaction. */
export interface Change {
  readonly destination: Destination;
  readonly kind: ChangeKind;
  readonly atMs: number;
  readonly alert: AlertSnapshot;
}
