/**
 * The groups of one channel that have something to tell, and when each of them may.
 * Within a group messages go in order, one after the other. All times are monotonic,
 * so that a machine's clock that is set neither hurries nor delays a message.
 */

import type { Pace } from './routing.ts';

/** A message that waits in a group. */
export interface LaneMessage {
  readonly seq: number;
  readonly id: string;
  /** Whether more news of the group was at hand than fitted into it. */
  readonly isPart: boolean;
  /** Up to where news is left on disk that is in the message already; 0 for none. */
  restUpTo: number;
  attempts: number;
  /** For how long it has been tried, up to `countedMs`. */
  waitedMs: number;
  countedMs: number;
  /** When it may be tried again. */
  nextMs: number;
  /** Whether it was taken, and only the note of that is missing. */
  isTaken: boolean;
}

/** A group. */
export interface LaneGroup {
  readonly key: string;
  /** Whether there is news on disk that is in no message. */
  hasNews: boolean;
  /** When the news may become a message. */
  dueMs: number;
  /** Until when the group is remembered for its pace although it has nothing to tell. */
  restsUntilMs: number;
  /** The pause after a message. */
  intervalMs: number;
  /** In order. */
  readonly messages: LaneMessage[];
}

export class LaneGroups {
  readonly #groups = new Map<string, LaneGroup>();

  /** Notes that a group has news. */
  addNews(key: string, { waitMs, intervalMs }: Pace, isUrgent: boolean, nowMs: number): void {
    const group = this.#group(key);
    group.intervalMs = intervalMs;
    const dueMs = isUrgent ? nowMs : Math.max(nowMs + waitMs, group.restsUntilMs);
    group.dueMs = group.hasNews ? Math.min(group.dueMs, dueMs) : dueMs;
    group.hasNews = true;
  }

  /** Adds a message that waits on disk. */
  addMessage(key: string, message: LaneMessage): void {
    const { messages } = this.#group(key);
    const at = messages.findIndex(({ seq }) => seq > message.seq);
    messages.splice(at < 0 ? messages.length : at, 0, message);
  }

  /** The group that may go first, and when; `null` if none has anything to tell. */
  first(nowMs: number): { readonly group: LaneGroup; readonly atMs: number } | null {
    let first: LaneGroup | null = null;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const group of this.#groups.values()) {
      const [message] = group.messages;
      if (message === undefined && !group.hasNews) {
        if (group.restsUntilMs <= nowMs) this.#groups.delete(group.key);
        continue;
      }
      const atMs = message === undefined ? group.dueMs : message.nextMs;
      if (atMs < firstMs) {
        first = group;
        firstMs = atMs;
      }
    }
    return first === null ? null : { group: first, atMs: firstMs };
  }

  /** Messages that wait. */
  get waiting(): number {
    let waiting = 0;
    for (const { messages } of this.#groups.values()) waiting += messages.length;
    return waiting;
  }

  #group(key: string): LaneGroup {
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group: LaneGroup = { key, hasNews: false, dueMs: 0, restsUntilMs: 0, intervalMs: 0, messages: [] };
    this.#groups.set(key, group);
    return group;
  }
}
