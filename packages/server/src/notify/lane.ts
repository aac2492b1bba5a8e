/**
 * Delivers to one channel, one message at a time, and knows of no other: a channel
 * that hangs delays nobody else. What fails is tried again with growing pauses until
 * it is taken, refused for good, or too old, and is then put aside for people to see.
 */

import { randomUUID } from 'node:crypto';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Clock, ClockTimer } from '../clock.ts';
import type { Log } from '../log.ts';
import type { AlertSnapshot } from './change.ts';
import { type Channel, DeliveryError } from './channel.ts';
import { type LaneGroup, LaneGroups, type LaneMessage } from './lane-groups.ts';
import { type Message, titleOf } from './message.ts';
import { MessageDraft } from './message-draft.ts';
import type { OutboxStore, StoredMessage } from './outbox-store.ts';
import { pauseMs, Rate } from './pacing.ts';
import type { Pace } from './routing.ts';

export interface LaneOptions {
  readonly channel: Channel;
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1. */
  readonly random: () => number;
  /** After so long a message is put aside. */
  readonly retryMs: number;
  /** What a channel that is told again and again should believe. */
  readonly standing: (channel: string) => readonly AlertSnapshot[];
  /** How a group stands at present. */
  readonly groupCounts: (
    channel: string,
    groupKey: string,
  ) => { readonly open: number; readonly acknowledged: number };
  /** Keeps secrets out of what is written down. */
  readonly redact: (text: string) => string;
}

/** How a channel does, since the start. */
export interface LaneStatus {
  readonly sent: number;
  /** Attempts that failed. */
  readonly failures: number;
  /** Messages put aside. */
  readonly dead: number;
  /** News that waits for its group. */
  readonly news: number;
  /** Messages that wait. */
  readonly waiting: number;
  /** Wall time of the last message that was taken. */
  readonly lastSentMs: number | null;
  /** Why the last attempt failed; `null` if it did not. */
  readonly problem: string | null;
  /** For how long every attempt has failed, in milliseconds. */
  readonly failingMs: number;
}

/** News of one channel that waits. Beyond it, news is refused and counted. */
export const NEWS_WAITING_MAX = 200_000;
/** After a failure the whole channel rests, but not for longer than this unless the receiver asks for it. */
const REST_MS_MAX = 60_000;
const ERROR_LENGTH_MAX = 300;
/** News that is read before other work has its turn. */
const NEWS_AT_ONCE = 250;
/** The pause after the database could not be written. */
const STORE_PAUSE_MS = 5000;

export class Lane {
  readonly #options: LaneOptions;
  readonly #groups = new LaneGroups();
  readonly #rate: Rate;
  readonly #stopping = new AbortController();
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;
  #isStarted = false;
  #restsUntilMs = 0;
  #resendMs: number;
  #failuresInRow = 0;
  #failingSinceMs: number | null = null;
  #news = 0;
  #sent = 0;
  #failures = 0;
  #dead = 0;
  #lastSentMs: number | null = null;
  #problem: string | null = null;

  constructor(options: LaneOptions) {
    this.#options = options;
    const nowMs = options.clock.monotonicMs();
    this.#rate = new Rate(options.channel.perMinute, nowMs);
    this.#resendMs = options.channel.resend === undefined ? Number.POSITIVE_INFINITY : nowMs;
  }

  get channel(): Channel {
    return this.#options.channel;
  }

  get status(): LaneStatus {
    const nowMs = this.#options.clock.monotonicMs();
    return {
      sent: this.#sent,
      failures: this.#failures,
      dead: this.#dead,
      news: this.#news,
      waiting: this.#groups.waiting,
      lastSentMs: this.#lastSentMs,
      problem: this.#problem,
      failingMs: this.#failingSinceMs === null ? 0 : nowMs - this.#failingSinceMs,
    };
  }

  /** Whether there is room for more news. */
  get isFull(): boolean {
    return this.#news >= NEWS_WAITING_MAX;
  }

  /** Notes that so much news of a group is on disk. */
  addNews(groupKey: string, pace: Pace, isUrgent: boolean, count: number): void {
    this.#news += count;
    this.#groups.addNews(groupKey, pace, isUrgent, this.#options.clock.monotonicMs());
    this.#wake();
  }

  /** Takes a message that waits on disk. */
  addMessage({ seq, id, groupKey, attempts, waitedMs }: StoredMessage): void {
    const nowMs = this.#options.clock.monotonicMs();
    const times = { attempts, waitedMs, countedMs: nowMs, nextMs: nowMs };
    this.#groups.addMessage(groupKey, { seq, id, isPart: false, restUpTo: 0, ...times, isTaken: false });
    this.#wake();
  }

  /** Begins to deliver. */
  start(): void {
    this.#isStarted = true;
    this.#wake();
  }

  /** Gives up what is under way, which is sent again at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#options.clock.clearTimeout(this.#timer);
    await this.#running;
  }

  #wake(): void {
    if (!this.#isStarted || this.#stopping.signal.aborted || this.#isRunning) return;
    this.#options.clock.clearTimeout(this.#timer);
    this.#isRunning = true;
    this.#running = this.#run();
  }

  /** Works until there is nothing that may go now, and then sets the timer. */
  async #run(): Promise<void> {
    const { clock } = this.#options;
    // Whoever wakes a lane goes on first: what it stores together is sent together.
    await Promise.resolve();
    while (!this.#stopping.signal.aborted) {
      const nowMs = clock.monotonicMs();
      const first = this.#groups.first(nowMs);
      const atMs = Math.max(
        Math.min(first?.atMs ?? Number.POSITIVE_INFINITY, this.#resendMs),
        this.#restsUntilMs,
      );
      const delayMs = Math.max(atMs - nowMs, this.#rate.waitMs(nowMs));
      if (delayMs > 0) {
        this.#putOnDisk();
        // At once, and not when the promise settles: whoever wakes the lane in between must not be overheard.
        this.#isRunning = false;
        if (delayMs < Number.POSITIVE_INFINITY)
          this.#timer = clock.setTimeout(() => this.#wake(), delayMs).unref();
        return;
      }
      // News goes first: what is told again may wait for it.
      if (first !== null && first.atMs <= nowMs) await this.#work(first.group);
      else await this.#resend();
    }
  }

  async #work(group: LaneGroup): Promise<void> {
    const { clock, log, channel } = this.#options;
    try {
      const [waiting] = group.messages;
      const formed = waiting === undefined ? await this.#form(group) : { waiting, message: null };
      if (formed !== null) await this.#deliver(group, formed.waiting, formed.message);
    } catch (error) {
      log.error(
        { channel: channel.id, problem: String(error) },
        'a notification could not be stored; it is tried again',
      );
      this.#restsUntilMs = clock.monotonicMs() + STORE_PAUSE_MS;
    }
  }

  /** Makes a message of a group's news, on disk. */
  async #form(
    group: LaneGroup,
  ): Promise<{ readonly waiting: LaneMessage; readonly message: Message } | null> {
    const { store, channel, clock, groupCounts } = this.#options;
    const { listedMax, changesMax, bytesMax } = channel.bounds;
    const draft = new MessageDraft();
    const lastSeq = await this.#readNews(group, draft);
    if (this.#stopping.signal.aborted) return null;
    const message = draft.finish({
      id: randomUUID(),
      listedMax,
      group: groupCounts(channel.id, group.key),
      nowMs: clock.nowMs(),
      find: (seq) => store.change(seq),
    });
    if (message === null) {
      group.hasNews = false;
      return null;
    }
    const { seq, hasRest } = store.form(message, titleOf(message), lastSeq);
    this.#news = Math.max(0, this.#news - draft.changes);
    group.hasNews = store.hasChanges(channel.id, group.key);
    const nowMs = clock.monotonicMs();
    const times = { attempts: 0, waitedMs: 0, countedMs: nowMs, nextMs: nowMs };
    // News that came while this was read is no part of it, and waits its turn.
    const isFull = draft.changes >= changesMax || Number.isFinite(bytesMax);
    const isPart = isFull && group.hasNews;
    const restUpTo = hasRest ? lastSeq : 0;
    const waiting = { seq, id: message.id, isPart, restUpTo, ...times, isTaken: false };
    group.messages.push(waiting);
    return { waiting, message };
  }

  /** Removes what is left of the news that a message was made of. */
  async #removeRest(group: LaneGroup, waiting: LaneMessage): Promise<void> {
    const { store, channel } = this.#options;
    if (waiting.restUpTo === 0) return;
    while (store.removeNews(channel.id, group.key, waiting.restUpTo)) await yieldToOthers();
    waiting.restUpTo = 0;
    group.hasNews = store.hasChanges(channel.id, group.key);
  }

  /** Reads the news that goes into one message, so much at a time that other work has its turn; gives the last number. */
  async #readNews(group: LaneGroup, draft: MessageDraft): Promise<number> {
    const { store, channel } = this.#options;
    const { changesMax, bytesMax, bytesOf } = channel.bounds;
    const of = { channel: channel.id, groupKey: group.key, bytesMax, bytesOf };
    let afterSeq = 0;
    for (;;) {
      const countMax = Math.min(NEWS_AT_ONCE, changesMax - draft.changes);
      const { count, lastSeq } = store.readChanges({ ...of, afterSeq, countMax }, (change, seq) =>
        draft.add(change, seq),
      );
      afterSeq = lastSeq;
      // What is bounded by its size is no longer than a page.
      if (count < countMax || draft.changes >= changesMax || Number.isFinite(bytesMax)) return afterSeq;
      await yieldToOthers();
      if (this.#stopping.signal.aborted) return afterSeq;
    }
  }

  /** Sends a message; `formed` is what is on disk already of one that was just made. */
  async #deliver(group: LaneGroup, waiting: LaneMessage, formed: Message | null): Promise<void> {
    const { store, channel, clock } = this.#options;
    await this.#removeRest(group, waiting);
    const message = formed ?? store.body(waiting.id);
    if (message !== null && !waiting.isTaken) {
      // The message, and that the one before it was taken, is on disk before anybody hears of it.
      await store.synced();
      if (this.#stopping.signal.aborted) return;
      this.#rate.take(clock.monotonicMs());
      try {
        await channel.send(message, this.#stopping.signal);
      } catch (error) {
        if (!this.#stopping.signal.aborted) this.#failed(group, waiting, error);
        return;
      }
      waiting.isTaken = true;
      this.#succeeded();
    }
    store.settle(waiting.id, 'sent', clock.nowMs(), '');
    remove(group, waiting);
    const nowMs = clock.monotonicMs();
    group.restsUntilMs = nowMs + group.intervalMs;
    // What did not fit into the message follows at once; what came since then waits its turn.
    if (!waiting.isPart) group.dueMs = Math.max(group.dueMs, group.restsUntilMs);
  }

  /** Nothing follows for a while that would have what was noted last put on disk. */
  #putOnDisk(): void {
    const { store, log, channel } = this.#options;
    store.synced().catch((error: unknown) => {
      log.error({ channel: channel.id, problem: String(error) }, 'the outbox could not be put on disk');
    });
  }

  #succeeded(): void {
    this.#sent += 1;
    this.#failuresInRow = 0;
    this.#failingSinceMs = null;
    this.#problem = null;
    this.#lastSentMs = this.#options.clock.nowMs();
  }

  #failed(group: LaneGroup, waiting: LaneMessage, error: unknown): void {
    const { store, channel, clock, log, random, retryMs } = this.#options;
    const nowMs = clock.monotonicMs();
    const { reason, isPermanent, retryAfterMs } = this.#judge(error);
    waiting.attempts += 1;
    waiting.waitedMs += nowMs - waiting.countedMs;
    waiting.countedMs = nowMs;
    this.#failures += 1;
    this.#problem = reason;
    this.#failingSinceMs ??= nowMs;
    store.failed(waiting.id, waiting.attempts, waiting.waitedMs, reason);
    const about = { channel: channel.id, message: waiting.id, attempts: waiting.attempts, reason };
    if (isPermanent || waiting.waitedMs >= retryMs) {
      store.settle(waiting.id, 'dead', clock.nowMs(), reason);
      remove(group, waiting);
      this.#dead += 1;
      log.error(about, 'a notification was put aside');
      return;
    }
    this.#failuresInRow += 1;
    waiting.nextMs = nowMs + Math.max(retryAfterMs ?? 0, pauseMs(waiting.attempts, random()));
    this.#rest(retryAfterMs);
    log.warn(about, 'a notification could not be delivered; it is tried again');
  }

  /** The whole channel rests a little after a failure, so that a queue does not fall upon a service that is ill. */
  #rest(retryAfterMs: number | null): void {
    const { clock, random } = this.#options;
    const pause = Math.min(REST_MS_MAX, pauseMs(this.#failuresInRow, random()));
    this.#restsUntilMs = clock.monotonicMs() + Math.max(retryAfterMs ?? 0, pause);
  }

  async #resend(): Promise<void> {
    const { channel, clock, log, standing, store } = this.#options;
    const { resend } = channel;
    if (resend === undefined) return;
    this.#resendMs = clock.monotonicMs() + resend.everyMs;
    try {
      const open = standing(channel.id);
      const present = new Set(open.map(({ fingerprint }) => fingerprint));
      const over = new Map<string, AlertSnapshot>();
      for (const message of store.sentSince(channel.id, clock.nowMs() - resend.resolvedMs)) {
        for (const alert of message.alerts) {
          if (alert.state === 'resolved' && !present.has(alert.fingerprint))
            over.set(alert.fingerprint, alert);
        }
      }
      if (open.length + over.size === 0) return;
      await resend.believe([...open, ...over.values()], this.#stopping.signal);
      this.#failuresInRow = 0;
      this.#failingSinceMs = null;
      this.#problem = null;
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const { reason, retryAfterMs } = this.#judge(error);
      this.#failures += 1;
      this.#failuresInRow += 1;
      this.#problem = reason;
      this.#failingSinceMs ??= clock.monotonicMs();
      this.#rest(retryAfterMs);
      this.#resendMs = this.#restsUntilMs;
      log.warn({ channel: channel.id, reason }, 'alerts could not be told again');
    }
  }

  #judge(error: unknown): {
    readonly reason: string;
    readonly isPermanent: boolean;
    readonly retryAfterMs: number | null;
  } {
    const { redact } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    const reason = redact(message).slice(0, ERROR_LENGTH_MAX);
    // What is no refusal is a mistake of ours, or of a file with a secret: it may be put right.
    if (!(error instanceof DeliveryError)) return { reason, isPermanent: false, retryAfterMs: null };
    return { reason, isPermanent: error.permanent, retryAfterMs: error.retryAfterMs };
  }
}

/** Lets go of a message. It need not be the first any more: an older one may have been sent again meanwhile. */
function remove({ messages }: LaneGroup, message: LaneMessage): void {
  const at = messages.indexOf(message);
  if (at >= 0) messages.splice(at, 1);
}
