/**
 * Tells alerts to the channels. It takes news within the transaction of the alert's
 * own change, hands it to a lane for each channel, and knows what could not be told.
 */

import { randomUUID } from 'node:crypto';
import { BellwetherError } from '@bellwether/events';
import type { Clock, ClockTimer } from '../clock.ts';
import type { RouteDefinition } from '../config/index.ts';
import type { Log } from '../log.ts';
import type { StateDatabase } from '../state/state-database.ts';
import type { AlertSnapshot, Change } from './change.ts';
import { DeliveryError } from './channel.ts';
import { Lane, type LaneOptions, type LaneStatus } from './lane.ts';
import { testMessage, titleOf } from './message.ts';
import { MessageDraft } from './message-draft.ts';
import type { OpenChannel } from './open-channels.ts';
import { type MessageState, OutboxStore, type StoredMessage } from './outbox-store.ts';
import { RouteTable } from './routing.ts';

export interface NotificationsOptions {
  /** Opened with `notifyStatePart`. */
  readonly state: StateDatabase;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly channels: readonly OpenChannel[];
  readonly routes: readonly RouteDefinition[];
  readonly retryMs: number;
  readonly standing: (channel: string) => readonly AlertSnapshot[];
  readonly groupCounts: LaneOptions['groupCounts'];
  readonly redact: (text: string) => string;
  /** The time that retention goes by. */
  readonly retentionNowMs: () => number;
}

/** How one channel, or one peer of it, does. */
export interface ChannelStatus extends LaneStatus {
  readonly channel: string;
  readonly type: string;
  /** Messages that are put aside and still there. */
  readonly putAside: number;
  /** Those of the last day. */
  readonly putAsideLately: number;
}

/** Messages of each state that are kept, and for how long. */
const KEPT_MAX = 20_000;
const DAY_MS = 86_400_000;
const KEPT_MS = 30 * DAY_MS;
const CLEAN_UP_MS = 600_000;
const LISTED_OF_GONE = 50;
const TEST_MS_MAX = 30_000;

export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #store: OutboxStore;
  readonly #lanes: ReadonlyMap<string, Lane>;
  readonly routes: RouteTable;
  #timer: ClockTimer | undefined;
  #refused = 0;

  constructor(options: NotificationsOptions) {
    this.#options = options;
    this.#store = new OutboxStore(options.state);
    this.routes = new RouteTable(options.routes, options.channels);
    const channels = options.channels.flatMap((channel) => channel.channels);
    this.#lanes = new Map(
      channels.map((channel) => [channel.id, new Lane({ ...options, channel, store: this.#store })]),
    );
    this.#load();
  }

  /** Begins to deliver. */
  start(): void {
    for (const lane of this.#lanes.values()) lane.start();
    this.#cleanUp();
  }

  /** Gives up what is under way; the rest stays on disk. */
  async stop(): Promise<void> {
    this.#options.clock.clearTimeout(this.#timer);
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
  }

  /** Stores news; called within the transaction of the alerts' own changes. */
  store(changes: readonly Change[]): void {
    for (const change of changes) if (this.#takes(change)) this.#store.addChange(change);
  }

  /** Says that news is on disk. */
  stored(changes: readonly Change[]): void {
    const counts = new Map<Lane, Map<string, Change[]>>();
    for (const change of changes) {
      const lane = this.#lanes.get(change.destination.channel);
      if (lane === undefined || lane.isFull) {
        this.#refused += 1;
        continue;
      }
      const groups = counts.get(lane) ?? new Map<string, Change[]>();
      counts.set(lane, groups);
      const { groupKey } = change.destination;
      const ofGroup = groups.get(groupKey);
      if (ofGroup === undefined) groups.set(groupKey, [change]);
      else ofGroup.push(change);
    }
    for (const [lane, groups] of counts) {
      for (const [groupKey, [first, ...rest]] of groups) {
        if (first === undefined) continue;
        const { channel, route } = first.destination;
        const isUrgent = [first, ...rest].some(({ kind }) => kind === 'escalated');
        lane.addNews(groupKey, this.routes.paceOf(channel, route), isUrgent, rest.length + 1);
      }
    }
  }

  /** News that was not taken since the start: its channel is gone, or too much waits. */
  get refused(): number {
    return this.#refused;
  }

  /** How the channels do. */
  status(): ChannelStatus[] {
    const aside = new Map(
      this.#store.counts().flatMap(({ channel, state, n }) => (state === 'dead' ? [[channel, n]] : [])),
    );
    const lately = new Map(
      this.#store.deadSince(this.#options.clock.nowMs() - DAY_MS).map(({ channel, n }) => [channel, n]),
    );
    return [...this.#lanes].map(([channel, lane]) => ({
      channel,
      type: lane.channel.type,
      putAside: aside.get(channel) ?? 0,
      putAsideLately: lately.get(channel) ?? 0,
      ...lane.status,
    }));
  }

  /** Messages, newest first. */
  list(filter: {
    readonly state: MessageState | null;
    readonly channel: string | null;
    readonly limit: number;
  }): StoredMessage[] {
    return this.#store.list(filter);
  }

  /**
   * Has a message that was put aside sent again.
   *
   * @throws BellwetherError `not_found` if there is none of that id, or its channel is gone.
   */
  retry(id: string): StoredMessage {
    const message = this.#store.find(id);
    const lane = message === null ? undefined : this.#lanes.get(message.channel);
    if (message?.state !== 'dead' || lane === undefined)
      throw new BellwetherError(
        'not_found',
        'No message of that id is put aside for a channel that is declared.',
        {
          field: 'id',
        },
      );
    this.#store.revive(id);
    const revived: StoredMessage = {
      ...message,
      state: 'waiting',
      settledMs: null,
      attempts: 0,
      waitedMs: 0,
    };
    lane.addMessage(revived);
    return revived;
  }

  /**
   * Sends a test message to each peer of a channel, past the outbox.
   *
   * @returns why it did not arrive, or `null` if it did.
   * @throws BellwetherError `not_found`.
   */
  async test(id: string): Promise<string | null> {
    const declared = this.#options.channels.find(({ channel }) => channel === id);
    if (declared === undefined) {
      const known = this.#options.channels.map(({ channel }) => channel).join(', ') || 'none';
      throw new BellwetherError('not_found', `There is no channel of that name; there are ${known}.`, {
        field: 'channel',
      });
    }
    const signal = AbortSignal.timeout(TEST_MS_MAX);
    const problems = await Promise.all(
      declared.channels.map(async (channel): Promise<string | null> => {
        try {
          await channel.send(testMessage(randomUUID(), channel.id, this.#options.clock.nowMs()), signal);
          return null;
        } catch (error) {
          if (!(error instanceof DeliveryError)) throw error;
          return this.#options.redact(error.message);
        }
      }),
    );
    return problems.find((problem) => problem !== null) ?? null;
  }

  #takes({ destination }: Change): boolean {
    return this.#lanes.get(destination.channel)?.isFull === false;
  }

  /** Takes up what the last process left. */
  #load(): void {
    this.#store.removeFormed();
    for (const message of this.#store.waitingMessages()) {
      const lane = this.#lanes.get(message.channel);
      if (lane === undefined) this.#putAside(message.id);
      else lane.addMessage(message);
    }
    const counts = new Map(this.#store.waitingChanges().map(({ channel, n }) => [channel, n]));
    for (const { channel, groupKey, route } of this.#store.waitingGroups()) {
      const lane = this.#lanes.get(channel);
      if (lane === undefined) {
        this.#giveUp(channel, groupKey);
        continue;
      }
      lane.addNews(groupKey, this.routes.paceOf(channel, route), false, counts.get(channel) ?? 0);
      // The news of a channel is counted once, with its first group.
      counts.delete(channel);
    }
  }

  /** News for a channel that is gone becomes a message that is put aside, so that it is seen. */
  #giveUp(channel: string, groupKey: string): void {
    const draft = new MessageDraft();
    const all = { afterSeq: 0, countMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY };
    const { lastSeq } = this.#store.readChanges({ channel, groupKey, ...all }, (change, seq) =>
      draft.add(change, seq),
    );
    const message = draft.finish({
      id: randomUUID(),
      listedMax: LISTED_OF_GONE,
      group: { open: 0, acknowledged: 0 },
      nowMs: this.#options.clock.nowMs(),
      find: (seq) => this.#store.change(seq),
    });
    if (message === null) return;
    let { hasRest } = this.#store.form(message, titleOf(message), lastSeq);
    while (hasRest) hasRest = this.#store.removeNews(channel, groupKey, lastSeq);
    this.#putAside(message.id);
  }

  #putAside(id: string): void {
    this.#store.settle(id, 'dead', this.#options.clock.nowMs(), 'its channel is not declared any more');
  }

  #cleanUp(): void {
    const { clock, log, retentionNowMs } = this.#options;
    try {
      this.#store.removeOld(Math.min(clock.nowMs(), retentionNowMs()) - KEPT_MS, KEPT_MAX);
    } catch (error) {
      log.error({ problem: String(error) }, 'old notifications could not be removed; it is tried again');
    }
    this.#timer = clock.setTimeout(() => this.#cleanUp(), CLEAN_UP_MS).unref();
  }
}
