import { copyFileSync, fsyncSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeClock, fakeClock } from '../clock.ts';
import type { RouteDefinition } from '../config/index.ts';
import { silentLog } from '../log.ts';
import { openStateDatabase, type StateDatabase } from '../state/state-database.ts';
import type { AlertSnapshot, Change } from './change.ts';
import { type Channel, DeliveryError } from './channel.ts';
import type { Message } from './message.ts';
import { Notifications } from './notifications.ts';
import type { OpenChannel } from './open-channels.ts';
import { makeMessage } from './message.ts';
import { notifyStatePart, OutboxStore } from './outbox-store.ts';
import { alertOf, changeOf, START_MS } from './test-messages.ts';

/** All tests with a key, which hides no mistake in a statement. */
const stateKey = new Uint8Array(32).fill(1);

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** A channel that keeps what it is sent, and does with it what it is told. */
class Ear implements OpenChannel {
  readonly channel: string;
  readonly peers: readonly string[];
  readonly groupsItself = false;
  readonly isForAll = false;
  readonly channels: readonly Channel[];
  readonly heard: { readonly message: Message; readonly atMs: number }[] = [];
  /** What becomes of the next messages; taken if it says nothing. */
  answer: (message: Message) => Promise<void> = () => Promise.resolve();
  believed: (readonly AlertSnapshot[])[] = [];

  constructor(
    id: string,
    clock: FakeClock,
    more: Partial<Pick<Channel, 'perMinute' | 'bounds'>> & { readonly isResent?: boolean } = {},
  ) {
    const { isResent = false, ...bounds } = more;
    this.channel = id;
    this.peers = [id];
    const resend = {
      everyMs: 60_000,
      resolvedMs: 300_000,
      believe: (alerts: readonly AlertSnapshot[]): Promise<void> => {
        this.believed.push(alerts);
        return Promise.resolve();
      },
    };
    this.channels = [
      {
        id,
        type: 'webhook',
        perMinute: 6000,
        bounds: { changesMax: 1000, listedMax: 1000, bytesMax: Infinity },
        ...bounds,
        ...(isResent ? { resend } : {}),
        send: (message) => {
          this.heard.push({ message, atMs: clock.monotonicMs() });
          return this.answer(message);
        },
      },
    ];
  }

  /** The alerts of each message, with their news. */
  get told(): string[] {
    return this.heard.map(({ message }) =>
      message.alerts.map(({ id, news }) => `${id} ${news.join('+')}`).join(', '),
    );
  }
}

const route: RouteDefinition = {
  id: 'all',
  matchers: [],
  active: null,
  channels: ['chat'],
  groupBy: ['alertname'],
  groupWaitMs: 10_000,
  groupIntervalMs: 60_000,
  repeatIntervalMs: 3_600_000,
  escalateAfterMs: 0,
  escalateTo: [],
  goesOn: false,
};

interface Opened {
  readonly notifications: Notifications;
  readonly state: StateDatabase;
  readonly tell: (...changes: readonly Change[]) => void;
}

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-notify-'));
  directories.push(directory);
  return directory;
}

function open(
  clock: FakeClock,
  channels: readonly OpenChannel[],
  pace: Partial<RouteDefinition> = {},
  dataDir = newDirectory(),
  standing: () => readonly AlertSnapshot[] = () => [],
  // A clock that stands still does not wait for another thread.
  syncFile: (descriptor: number) => Promise<void> = (descriptor) => Promise.resolve(fsyncSync(descriptor)),
): Opened {
  const state = openStateDatabase({
    dataDir,
    clock,
    parts: [notifyStatePart],
    key: stateKey,
    syncFile,
  });
  const notifications = new Notifications({
    state,
    clock,
    log: silentLog,
    random: () => 0.5,
    channels,
    routes: [{ ...route, channels: channels.map(({ channel }) => channel), ...pace }],
    retryMs: 3_600_000,
    standing,
    groupCounts: () => ({ open: 1, acknowledged: 0 }),
    redact: (text) => text.replaceAll('secret', '***'),
    retentionNowMs: () => clock.nowMs(),
  });
  notifications.start();
  return {
    notifications,
    state,
    tell: (...changes) => {
      state.write(() => notifications.store(changes));
      notifications.stored(changes);
    },
  };
}

const atOnce = { groupWaitMs: 0, groupIntervalMs: 0 };
const fails =
  (permanent: boolean, retryAfterMs: number | null = null) =>
  () =>
    Promise.reject(new DeliveryError('no secret', { permanent, retryAfterMs }));

describe('grouping', () => {
  it('waits for others, and keeps a pause between messages of a group', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock);
    const { tell } = open(clock, [chat]);
    tell(changeOf('raised', alertOf(1)));
    await clock.advanceAsync(9000);
    tell(changeOf('raised', alertOf(2)));
    expect(chat.told).toEqual([]);
    await clock.advanceAsync(1000);
    expect(chat.told).toEqual(['a-1 raised, a-2 raised']);
    tell(changeOf('raised', alertOf(3)));
    await clock.advanceAsync(59_000);
    expect(chat.told.length).toBe(1);
    await clock.advanceAsync(1000);
    expect(chat.told.at(-1)).toBe('a-3 raised');
  });

  it('tells an escalation at once', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock);
    const { tell } = open(clock, [chat]);
    tell(changeOf('escalated', alertOf(1)));
    await clock.advanceAsync(0);
    expect(chat.told).toEqual(['a-1 escalated']);
  });

  it('leaves out no news of an alert that came and went', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock);
    const { tell } = open(clock, [chat]);
    tell(changeOf('raised', alertOf(1)));
    tell(changeOf('resolved', alertOf(1, { state: 'resolved', resolvedAtMs: START_MS })));
    await clock.advanceAsync(10_000);
    expect(chat.told).toEqual(['a-1 raised+resolved']);
    expect(chat.heard[0]?.message).toMatchObject({ firing: 0, resolved: 1, isRaising: true });
  });

  it('splits what is too much for one message, without pauses between the parts', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock, { bounds: { changesMax: 2, listedMax: 2, bytesMax: Infinity } });
    const { tell } = open(clock, [chat]);
    tell(...[1, 2, 3, 4, 5].map((n) => changeOf('raised', alertOf(n))));
    await clock.advanceAsync(10_000);
    expect(chat.told).toEqual(['a-1 raised, a-2 raised', 'a-3 raised, a-4 raised', 'a-5 raised']);
  });

  it('keeps to the messages a minute of a channel', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock, { perMinute: 60 });
    const { tell, notifications } = open(clock, [chat], atOnce);
    tell(...Array.from({ length: 40 }, (_none, n) => changeOf('raised', alertOf(n), 'chat', `g${n}`)));
    await clock.advanceAsync(0);
    expect(chat.heard.length).toBe(10);
    await clock.advanceAsync(20_000);
    expect(chat.heard.length).toBe(30);
    expect(notifications.status()[0]).toMatchObject({ sent: 30, news: 10 });
  });
});

describe('failures', () => {
  it('are tried again with growing pauses, with the same id, and in order', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock);
    const { tell, notifications } = open(clock, [chat], atOnce);
    chat.answer = fails(false);
    tell(changeOf('raised', alertOf(1)));
    await clock.advanceAsync(0);
    tell(changeOf('resolved', alertOf(1, { state: 'resolved' })));
    await clock.advanceAsync(29_000);
    expect(chat.heard.map(({ atMs }) => atMs)).toEqual([0, 2000, 6000, 14_000]);
    expect(notifications.status()[0]).toMatchObject({ problem: 'no ***', failures: 4, sent: 0 });
    chat.answer = () => Promise.resolve();
    await clock.advanceAsync(1000);
    expect(chat.told.slice(-2)).toEqual(['a-1 raised', 'a-1 resolved']);
    expect(new Set(chat.heard.slice(0, 5).map(({ message }) => message.id)).size).toBe(1);
    expect(notifications.status()[0]).toMatchObject({ problem: null, sent: 2, waiting: 0 });
  });

  it('heed Retry-After', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock);
    const { tell } = open(clock, [chat], atOnce);
    chat.answer = fails(false, 45_000);
    tell(changeOf('raised', alertOf(1)), changeOf('raised', alertOf(2), 'chat', 'other'));
    await clock.advanceAsync(44_999);
    expect(chat.heard.length).toBe(1);
    chat.answer = () => Promise.resolve();
    await clock.advanceAsync(1);
    expect(chat.heard.length).toBe(3);
  });

  it('are not mixed up when an older one of the group is sent again while one is on its way', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock);
    chat.answer = fails(true);
    const { notifications, tell } = open(clock, [chat], atOnce);
    tell(changeOf('raised', alertOf(1)));
    await clock.advanceAsync(1);
    const [aside] = notifications.list({ state: 'dead', channel: null, limit: 10 });
    const { promise, resolve } = Promise.withResolvers<void>();
    chat.answer = () => promise;
    tell(changeOf('raised', alertOf(2)));
    await clock.advanceAsync(1);
    notifications.retry(aside?.id ?? '');
    chat.answer = () => Promise.resolve();
    resolve();
    await clock.advanceAsync(10_000);
    expect(chat.told).toEqual(['a-1 raised', 'a-2 raised', 'a-1 raised']);
    expect(notifications.list({ state: 'sent', channel: null, limit: 10 })).toHaveLength(2);
    expect(notifications.status()).toMatchObject([{ waiting: 0, sent: 2 }]);
    await notifications.stop();
  });

  it('of a hanging channel delay no other', async () => {
    const clock = fakeClock(START_MS);
    const [slow, quick] = [new Ear('slow', clock), new Ear('quick', clock)];
    const { tell } = open(clock, [slow, quick], atOnce);
    slow.answer = () => new Promise(() => undefined);
    for (let n = 0; n < 120; n += 1) {
      tell(changeOf('raised', alertOf(n), 'slow', `g${n}`), changeOf('raised', alertOf(n), 'quick', `g${n}`));
      await clock.advanceAsync(1000);
    }
    expect(slow.heard.length).toBe(1);
    expect(quick.heard.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 120 }, (_none, n) => n * 1000));
  });

  it.each([
    ['for good', true, 0],
    ['for too long', false, 4_500_000],
  ])('%s put a message aside, from where it can be sent again', async (_name, permanent, waitMs) => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock);
    const { tell, notifications } = open(clock, [chat], atOnce);
    chat.answer = fails(permanent);
    tell(changeOf('raised', alertOf(1)));
    for (let passedMs = 0; passedMs <= waitMs; passedMs += 60_000) await clock.advanceAsync(60_000);
    const [dead] = notifications.list({ state: 'dead', channel: null, limit: 10 });
    expect(dead).toMatchObject({ channel: 'chat', error: 'no ***' });
    expect(notifications.status()[0]).toMatchObject({ putAside: 1, putAsideLately: 1, waiting: 0 });
    chat.answer = () => Promise.resolve();
    notifications.retry(dead?.id ?? '');
    await clock.advanceAsync(60_000);
    expect(notifications.list({ state: 'sent', channel: 'chat', limit: 10 }).map(({ id }) => id)).toEqual([
      dead?.id,
    ]);
    expect(() => notifications.retry(dead?.id ?? '')).toThrow('No message of that id');
  });

  it('are not hurried or delayed by a clock that is set', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock);
    const { tell, notifications } = open(clock, [chat]);
    tell(changeOf('raised', alertOf(1)));
    clock.jump(-5 * 86_400_000);
    await clock.advanceAsync(10_000);
    expect(chat.told).toEqual(['a-1 raised']);
    chat.answer = fails(false);
    tell(changeOf('raised', alertOf(2)));
    await clock.advanceAsync(61_000);
    clock.jump(35 * 86_400_000);
    await clock.advanceAsync(60_000);
    expect(notifications.list({ state: 'dead', channel: null, limit: 10 })).toEqual([]);
  });
});

describe('10,000 alerts at once', () => {
  it('are one message for people, and each of them once for machines', async () => {
    const clock = fakeClock(START_MS);
    const people = new Ear('people', clock, {
      bounds: { changesMax: 100_000, listedMax: 20, bytesMax: Infinity },
    });
    const machines = new Ear('machines', clock, {
      bounds: { changesMax: 100, listedMax: 100, bytesMax: 18_000 },
    });
    const { tell, notifications } = open(clock, [people, machines]);
    const alerts = Array.from({ length: 10_000 }, (_none, n) => alertOf(n));
    for (let at = 0; at < alerts.length; at += 250) {
      const batch = alerts.slice(at, at + 250);
      tell(...['people', 'machines'].flatMap((to) => batch.map((alert) => changeOf('raised', alert, to))));
    }
    await clock.advanceAsync(60_000);
    expect(
      people.heard.map(({ message }) => [message.firing, message.alerts.length, message.omitted]),
    ).toEqual([[10_000, 20, 9980]]);
    const told = machines.heard.flatMap(({ message }) => message.alerts.map(({ id }) => id));
    expect(told.toSorted()).toEqual(alerts.map(({ id }) => id).toSorted());
    expect(notifications.status().map(({ news, waiting }) => news + waiting)).toEqual([0, 0]);
  });
});

describe('the disk', () => {
  it('has a message, and that the one before it was taken, before anybody hears of it', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock);
    const directory = newDirectory();
    const disk = newDirectory();
    /** What a machine that loses its power now finds: what was there at the last sync. */
    const sync = (descriptor: number): Promise<void> => {
      fsyncSync(descriptor);
      for (const file of ['state.db', 'state.db-wal']) copyFileSync(join(directory, file), join(disk, file));
      return Promise.resolve();
    };
    const found: (readonly string[])[] = [];
    chat.answer = () => {
      const left = new DatabaseSync(join(disk, 'state.db'));
      const rows = left.prepare('SELECT state FROM notification_messages ORDER BY seq').all();
      left.close();
      found.push(rows.map(({ state }) => String(state)));
      return Promise.resolve();
    };
    const { tell } = open(clock, [chat], atOnce, directory, () => [], sync);
    for (const n of [1, 2, 3]) tell(changeOf('raised', alertOf(n), 'chat', `g${n}`));
    await clock.advanceAsync(0);
    expect(found).toEqual([['waiting'], ['sent', 'waiting'], ['sent', 'sent', 'waiting']]);
    const left = new DatabaseSync(join(disk, 'state.db'));
    expect(
      left.prepare("SELECT count(*) AS n FROM notification_messages WHERE state = 'sent'").get(),
    ).toEqual({
      n: 3,
    });
    left.close();
  });

  it('that fails holds messages back until they are there', async () => {
    const clock = fakeClock(START_MS);
    const chat = new Ear('chat', clock);
    const { tell } = open(
      clock,
      [chat],
      atOnce,
      newDirectory(),
      () => [],
      () => Promise.reject(new Error('EIO')),
    );
    tell(changeOf('raised', alertOf(1)));
    await clock.advanceAsync(0);
    expect(chat.heard.length).toBe(0);
    await clock.advanceAsync(5000);
    expect(chat.told).toEqual(['a-1 raised']);
  });
});

describe('a restart', () => {
  it('tells nothing twice when a crash fell between the parts of what a message was made of', async () => {
    const clock = fakeClock(START_MS);
    const directory = newDirectory();
    const first = open(clock, [new Ear('chat', clock)], {}, directory);
    const changes = Array.from({ length: 2500 }, (_none, n) => changeOf('raised', alertOf(n)));
    first.tell(...changes);
    const store = new OutboxStore(first.state);
    const [change = changeOf('raised', alertOf(0)), ...rest] = changes;
    const message = makeMessage('m-1', [change, ...rest], 20, { open: 2500, acknowledged: 0 }, START_MS);
    expect(store.form(message, '', changes.length).hasRest).toBe(true);
    first.state.close();
    const chat = new Ear('chat', clock);
    const { tell } = open(clock, [chat], atOnce, directory);
    await clock.advanceAsync(60_000);
    expect(chat.heard.map(({ message: { id, firing } }) => [id, firing])).toEqual([['m-1', 2500]]);
    tell(changeOf('raised', alertOf(9000)));
    await clock.advanceAsync(60_000);
    expect(chat.told.at(-1)).toBe('a-9000 raised');
  });

  it('goes on with what waits', async () => {
    const clock = fakeClock(START_MS);
    const directory = newDirectory();
    const before = new Ear('chat', clock);
    const first = open(clock, [before], atOnce, directory);
    before.answer = () => new Promise(() => undefined);
    first.tell(changeOf('raised', alertOf(1)));
    await clock.advanceAsync(0);
    first.tell(changeOf('raised', alertOf(2)), changeOf('raised', alertOf(3), 'chat', 'other'));
    first.state.close();
    const after = new Ear('chat', clock);
    open(clock, [after], atOnce, directory);
    await clock.advanceAsync(0);
    expect(after.told.toSorted()).toEqual(['a-1 raised', 'a-2 raised', 'a-3 raised']);
    expect(after.heard[0]?.message.id).toBe(before.heard[0]?.message.id);
  });

  it('puts aside what was for a channel that is gone', () => {
    const clock = fakeClock(START_MS);
    const directory = newDirectory();
    const first = open(clock, [new Ear('chat', clock)], {}, directory);
    first.tell(changeOf('raised', alertOf(1)));
    first.state.close();
    const { notifications } = open(clock, [new Ear('other', clock)], {}, directory);
    expect(notifications.list({ state: 'dead', channel: null, limit: 10 })).toMatchObject([
      { channel: 'chat', error: 'its channel is not declared any more', title: 'High: p1 fails' },
    ]);
  });
});

describe('a channel that is told again and again', () => {
  it('hears each minute what is open, and for five minutes what is over', async () => {
    const clock = fakeClock(START_MS);
    const router = new Ear('router', clock, { isResent: true });
    let openAlerts: readonly AlertSnapshot[] = [alertOf(1), alertOf(2)];
    const { tell } = open(clock, [router], atOnce, newDirectory(), () => openAlerts);
    await clock.advanceAsync(120_000);
    expect(router.believed.map((alerts) => alerts.map(({ id }) => id))).toEqual(
      Array.from({ length: 3 }, () => ['a-1', 'a-2']),
    );
    openAlerts = [alertOf(2)];
    tell(changeOf('resolved', alertOf(1, { state: 'resolved', resolvedAtMs: clock.nowMs() }), 'router'));
    router.believed = [];
    await clock.advanceAsync(420_000);
    const states = router.believed.map((alerts) => alerts.map(({ id, state }) => `${id} ${state}`));
    expect(states).toEqual([
      ...Array.from({ length: 5 }, () => ['a-2 raised', 'a-1 resolved']),
      ...Array.from({ length: 2 }, () => ['a-2 raised']),
    ]);
  });
});
