/**
 * A message in the making. News may be of ten thousand alerts of which a message lists
 * twenty: of the others only what its counts need is kept, and what it lists in the end
 * is read again.
 */

import type { AlertSnapshot, Change, ChangeKind, Destination } from './change.ts';
import type { Message, MessageAlert } from './message.ts';

/** So many alerts are kept whole in any case, which spares messages of machines the second reading. */
const WHOLE_MAX = 250;

/** What is known of an alert. */
interface Drafted {
  /** The number of its last change. */
  seq: number;
  rank: number;
  isOver: boolean;
  news: readonly ChangeKind[];
  alert: AlertSnapshot | null;
}

/** What a message is finished with. */
export interface Finish {
  readonly id: string;
  readonly listedMax: number;
  /** How the whole group stands. */
  readonly group: { readonly open: number; readonly acknowledged: number };
  readonly nowMs: number;
  /** Reads a change again, by the number it was added with. */
  readonly find: (seq: number) => Change;
}

const severityRank: Readonly<Record<string, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

/** Most alerts have one piece of news, and share it. */
const single: Readonly<Record<ChangeKind, readonly ChangeKind[]>> = {
  raised: ['raised'],
  resolved: ['resolved'],
  acknowledged: ['acknowledged'],
  escalated: ['escalated'],
  repeated: ['repeated'],
};

export class MessageDraft {
  readonly #alerts = new Map<string, Drafted>();
  readonly #kinds = new Set<ChangeKind>();
  #destination: Destination | null = null;
  #keepsWhole = true;
  #changes = 0;

  /** Changes so far. */
  get changes(): number {
    return this.#changes;
  }

  /** Adds a change; they are added in the order in which they came. */
  add(change: Change, seq: number): void {
    const { alert, kind, destination } = change;
    this.#changes += 1;
    this.#destination ??= destination;
    this.#kinds.add(kind);
    const before = this.#alerts.get(alert.id)?.news ?? [];
    const news = before.length === 0 ? single[kind] : before.at(-1) === kind ? before : [...before, kind];
    this.#alerts.set(alert.id, {
      seq,
      rank: rankOf(alert),
      isOver: alert.state === 'resolved',
      news,
      alert: this.#keepsWhole ? alert : null,
    });
    if (this.#keepsWhole && this.#alerts.size > WHOLE_MAX) this.#letGo();
  }

  /** The message; `null` without any change. */
  finish({ id, listedMax, group, nowMs, find }: Finish): Message | null {
    if (this.#destination === null) return null;
    const { channel, route, groupKey, groupLabels } = this.#destination;
    const all = [...this.#alerts.values()];
    const listed = all.toSorted((a, b) => a.rank - b.rank).slice(0, listedMax);
    const resolved = all.filter(({ isOver }) => isOver).length;
    const kinds = this.#kinds;
    return {
      id,
      channel,
      route,
      groupKey,
      groupLabels,
      createdMs: nowMs,
      alerts: listed.map(({ seq, alert, news }): MessageAlert => ({ ...(alert ?? find(seq).alert), news })),
      omitted: all.length - listed.length,
      firing: all.length - resolved,
      resolved,
      isRaising: kinds.has('raised') || kinds.has('escalated') || kinds.has('repeated'),
      isEscalation: kinds.has('escalated'),
      groupOpen: group.open,
      groupAcknowledged: group.acknowledged,
      isTest: false,
    };
  }

  #letGo(): void {
    this.#keepsWhole = false;
    for (const drafted of this.#alerts.values()) drafted.alert = null;
  }
}

/** What is over stands below what is not, whatever its severity. */
function rankOf({ state, severity }: AlertSnapshot): number {
  return (state === 'resolved' ? 10 : 0) + (severityRank[severity] ?? 4);
}
