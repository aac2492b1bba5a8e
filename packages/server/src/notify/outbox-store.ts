/**
 * What is to be told, on disk. News of an alert is stored with the alert's own change.
 * When a group is due, its news becomes a message with an id, in one transaction; the
 * message stays until it has been taken. So a crash at any moment loses nothing, and
 * what is sent twice has the same id. What a lane writes waits for the disk in
 * `synced`, before the next message is sent, and holds nothing else up.
 */

import type { StatementSync } from 'node:sqlite';
import type { StateDatabase, StatePart } from '../state/state-database.ts';
import type { AlertSnapshot, Change } from './change.ts';
import type { Message } from './message.ts';

/** The tables. */
export const notifyStatePart: StatePart = {
  name: 'notifications',
  migrations: [
    {
      version: 1,
      name: 'outbox',
      sql: `
        CREATE TABLE notification_changes (
          seq INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, group_key TEXT NOT NULL,
          body TEXT NOT NULL) STRICT;
        CREATE INDEX notification_changes_group ON notification_changes (channel, group_key, seq);
        CREATE TABLE notification_messages (
          seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL,
          group_key TEXT NOT NULL, state TEXT NOT NULL, created_ms INTEGER NOT NULL, settled_ms INTEGER,
          attempts INTEGER NOT NULL, waited_ms INTEGER NOT NULL, error TEXT NOT NULL, title TEXT NOT NULL,
          body TEXT NOT NULL) STRICT;
        CREATE INDEX notification_messages_state ON notification_messages (state, channel);
        CREATE INDEX notification_messages_settled ON notification_messages (channel, settled_ms);`,
    },
  ],
  sealed: [
    { table: 'notification_changes', column: 'group_key' },
    { table: 'notification_changes', column: 'body' },
    { table: 'notification_messages', column: 'group_key' },
    { table: 'notification_messages', column: 'title' },
    { table: 'notification_messages', column: 'error' },
    { table: 'notification_messages', column: 'body' },
  ],
};

/** How far a message is. */
export type MessageState =
  /** To be sent, or to be sent again. */
  | 'waiting'
  | 'sent'
  /** Put aside: it could not be delivered. */
  | 'dead';

/** The states, for whoever filters by them. */
export const messageStates = ['waiting', 'sent', 'dead'] as const;

/** A message as it is listed. */
export interface StoredMessage {
  readonly seq: number;
  readonly id: string;
  readonly channel: string;
  readonly groupKey: string;
  readonly state: MessageState;
  readonly createdMs: number;
  /** When it was sent or put aside. */
  readonly settledMs: number | null;
  /** Attempts that failed. */
  readonly attempts: number;
  /** For how long it has been tried, on the monotonic clock. */
  readonly waitedMs: number;
  /** Why the last attempt failed. */
  readonly error: string;
  readonly title: string;
}

/** A group with something to tell. */
export interface WaitingGroup {
  readonly channel: string;
  readonly groupKey: string;
  readonly route: string;
}

const columns = `seq, id, channel, opened('notification_messages.group_key', group_key) AS groupKey, state,
  created_ms AS createdMs, settled_ms AS settledMs, attempts, waited_ms AS waitedMs,
  opened('notification_messages.error', error) AS error, opened('notification_messages.title', title) AS title`;
const CHANGE = "opened('notification_changes.body', body)";
const MESSAGE = "opened('notification_messages.body', body) AS body";
const OF_GROUP = "channel = ? AND group_key = sealed('notification_changes.group_key', ?)";

/** News that is removed in one transaction: a few milliseconds. */
const REMOVED_AT_ONCE = 1000;

const statements = {
  add: `INSERT INTO notification_changes (channel, group_key, body)
    VALUES (?, sealed('notification_changes.group_key', ?), sealed('notification_changes.body', ?))`,
  changes: `SELECT seq, ${CHANGE} AS body FROM notification_changes WHERE ${OF_GROUP} AND seq > ? ORDER BY seq`,
  change: `SELECT ${CHANGE} AS body FROM notification_changes WHERE seq = ?`,
  has: `SELECT 1 FROM notification_changes WHERE ${OF_GROUP} LIMIT 1`,
  form: `INSERT INTO notification_messages
      (id, channel, group_key, state, created_ms, attempts, waited_ms, error, title, body)
    VALUES (?1, ?2, sealed('notification_messages.group_key', ?3), 'waiting', ?4, 0, 0,
      sealed('notification_messages.error', ''), sealed('notification_messages.title', ?5),
      sealed('notification_messages.body', ?6))`,
  formed: `DELETE FROM notification_changes WHERE seq IN (
    SELECT seq FROM notification_changes WHERE ${OF_GROUP} AND seq <= ? ORDER BY seq LIMIT ?)`,
  body: `SELECT ${MESSAGE} FROM notification_messages WHERE id = ?`,
  settle: `UPDATE notification_messages SET state = ?, settled_ms = ?,
    error = sealed('notification_messages.error', ?) WHERE id = ?`,
  failed: `UPDATE notification_messages SET attempts = ?, waited_ms = ?,
    error = sealed('notification_messages.error', ?) WHERE id = ?`,
} as const;

/** Reads and writes the tables. */
export class OutboxStore {
  readonly #state: StateDatabase;
  readonly #prepared: Readonly<Record<keyof typeof statements, StatementSync>>;
  /** What was last written of an alert: the same news goes to several places. */
  #written: { readonly alert: AlertSnapshot; readonly text: string } | null = null;

  constructor(state: StateDatabase) {
    this.#state = state;
    const prepared = Object.entries(statements).map(([name, sql]) => [name, state.connection.prepare(sql)]);
    this.#prepared = Object.fromEntries(prepared);
  }

  /** Resolves when all that was written is on disk. */
  synced(): Promise<void> {
    return this.#state.synced();
  }

  /** Stores news; called within the transaction of the caller. */
  addChange(change: Change): void {
    const { destination, kind, atMs, alert } = change;
    if (this.#written?.alert !== alert) this.#written = { alert, text: JSON.stringify(alert) };
    const head = JSON.stringify({ destination, kind, atMs });
    // As JSON has it of the change as a whole.
    this.#prepared.add.run(
      destination.channel,
      destination.groupKey,
      `${head.slice(0, -1)},"alert":${this.#written.text}}`,
    );
  }

  /**
   * Reads the oldest news of a group behind a number, within two bounds, but always one.
   *
   * @returns how much was read, and the number of the last.
   */
  readChanges(
    { channel, groupKey, afterSeq, countMax, bytesMax, bytesOf }: Reading,
    take: (change: Change, seq: number) => void,
  ): { readonly count: number; readonly lastSeq: number } {
    const rows = this.#prepared.changes.iterate(channel, groupKey, afterSeq);
    let lastSeq = afterSeq;
    let count = 0;
    let bytes = 0;
    for (const { seq, body } of rows) {
      if (count >= countMax) break;
      const text = String(body);
      const change = JSON.parse(text) as Change;
      if (bytesMax !== Number.POSITIVE_INFINITY) bytes += bytesOf?.(change) ?? Buffer.byteLength(text);
      if (count > 0 && bytes > bytesMax) break;
      lastSeq = Number(seq);
      count += 1;
      take(change, lastSeq);
    }
    return { count, lastSeq };
  }

  /** News by its number, which is there. */
  change(seq: number): Change {
    const row = this.#prepared.change.get(seq);
    if (row === undefined) throw new Error(`There is no news of the number ${seq}.`);
    return JSON.parse(String(row['body'])) as Change;
  }

  /**
   * Turns the news of a group up to a number into a message, and gives the message's own number. Of much
   * news a rest is left, which the caller removes in parts, with {@link OutboxStore.removeNews}, before
   * anybody is told; the message says up to where, so that a crash in between leaves none behind.
   */
  form(
    message: Message,
    title: string,
    lastSeq: number,
  ): { readonly seq: number; readonly hasRest: boolean } {
    const { id, channel, groupKey, createdMs } = message;
    const { form, formed } = this.#prepared;
    return this.#state.commit(() => {
      const body = JSON.stringify({ ...message, newsUpTo: lastSeq });
      const { lastInsertRowid } = form.run(id, channel, groupKey, createdMs, title, body);
      const { changes } = formed.run(channel, groupKey, lastSeq, REMOVED_AT_ONCE);
      return { seq: Number(lastInsertRowid), hasRest: Number(changes) === REMOVED_AT_ONCE };
    });
  }

  /** Removes a part of the news of a group up to a number; says whether there may be more. */
  removeNews(channel: string, groupKey: string, lastSeq: number): boolean {
    const { formed } = this.#prepared;
    return this.#state.commit(() => {
      const { changes } = formed.run(channel, groupKey, lastSeq, REMOVED_AT_ONCE);
      return Number(changes) === REMOVED_AT_ONCE;
    });
  }

  /** Removes the news that waiting messages are about and that a crash left behind. */
  removeFormed(): void {
    const waiting = this.#rows<{ channel: string; groupKey: string; newsUpTo: number | null }>(
      `SELECT channel, opened('notification_messages.group_key', group_key) AS groupKey,
         json_extract(opened('notification_messages.body', body), '$.newsUpTo') AS newsUpTo
       FROM notification_messages WHERE state = 'waiting'`,
    );
    for (const { channel, groupKey, newsUpTo } of waiting) {
      let hasMore = newsUpTo !== null;
      while (hasMore) hasMore = this.removeNews(channel, groupKey, newsUpTo ?? 0);
    }
  }

  /** Whether a group has news that is in no message. */
  hasChanges(channel: string, groupKey: string): boolean {
    return this.#prepared.has.get(channel, groupKey) !== undefined;
  }

  /** Groups that have news. */
  waitingGroups(): WaitingGroup[] {
    return this.#rows(`
      SELECT channel, opened('notification_changes.group_key', group_key) AS groupKey,
        json_extract(${CHANGE}, '$.destination.route') AS route
      FROM notification_changes WHERE seq IN (SELECT max(seq) FROM notification_changes GROUP BY channel, group_key)`);
  }

  /** How much news waits of each channel. */
  waitingChanges(): { readonly channel: string; readonly n: number }[] {
    return this.#rows('SELECT channel, count(*) AS n FROM notification_changes GROUP BY channel');
  }

  /** Messages that are to be sent, oldest first. */
  waitingMessages(): StoredMessage[] {
    return this.#rows(`SELECT ${columns} FROM notification_messages WHERE state = 'waiting' ORDER BY seq`);
  }

  /** How many messages there are of each state and channel. */
  counts(): { readonly channel: string; readonly state: MessageState; readonly n: number }[] {
    return this.#rows(
      'SELECT channel, state, count(*) AS n FROM notification_messages GROUP BY state, channel',
    );
  }

  /** How many messages of each channel were put aside since an instant. */
  deadSince(fromMs: number): { readonly channel: string; readonly n: number }[] {
    return this.#rows(
      "SELECT channel, count(*) AS n FROM notification_messages WHERE state = 'dead' AND settled_ms >= ? GROUP BY channel",
      fromMs,
    );
  }

  /** A message whole, or `null`. */
  body(id: string): Message | null {
    const row = this.#prepared.body.get(id);
    return row === undefined ? null : (JSON.parse(String(row['body'])) as Message);
  }

  find(id: string): StoredMessage | null {
    return (
      this.#rows<StoredMessage>(`SELECT ${columns} FROM notification_messages WHERE id = ?`, id)[0] ?? null
    );
  }

  /** Messages that fit, newest first. */
  list(filter: {
    readonly state: MessageState | null;
    readonly channel: string | null;
    readonly limit: number;
  }): StoredMessage[] {
    const { state, channel, limit } = filter;
    return this.#rows(
      `SELECT ${columns} FROM notification_messages
       WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR channel = ?2) ORDER BY seq DESC LIMIT ?3`,
      state,
      channel,
      limit,
    );
  }

  /** What was sent to a channel since an instant, oldest first. */
  sentSince(channel: string, fromMs: number): Message[] {
    const rows = this.#rows<{ body: string }>(
      `SELECT ${MESSAGE} FROM notification_messages
       WHERE channel = ? AND settled_ms >= ? AND state = 'sent' ORDER BY seq`,
      channel,
      fromMs,
    );
    return rows.map(({ body }) => JSON.parse(body) as Message);
  }

  settle(id: string, state: 'sent' | 'dead', atMs: number, error: string): void {
    this.#state.commit(() => this.#prepared.settle.run(state, atMs, error, id));
  }

  failed(id: string, attempts: number, waitedMs: number, error: string): void {
    this.#state.commit(() => this.#prepared.failed.run(attempts, Math.round(waitedMs), error, id));
  }

  /** Has a message that was put aside sent again. */
  revive(id: string): void {
    this.#run(
      `UPDATE notification_messages SET state = 'waiting', settled_ms = NULL, attempts = 0, waited_ms = 0
       WHERE id = ? AND state = 'dead'`,
      id,
    );
  }

  /** Removes what was settled before an instant, and the oldest beyond a number. */
  removeOld(beforeMs: number, keptMax: number): void {
    this.#run("DELETE FROM notification_messages WHERE state <> 'waiting' AND settled_ms < ?", beforeMs);
    this.#run(
      `DELETE FROM notification_messages WHERE state = 'sent' AND seq <= (
         SELECT seq FROM notification_messages WHERE state = 'sent' ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
      keptMax,
    );
    this.#run(
      `DELETE FROM notification_messages WHERE state = 'dead' AND seq <= (
         SELECT seq FROM notification_messages WHERE state = 'dead' ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
      keptMax,
    );
  }

  #run(sql: string, ...parameters: readonly (string | number | null)[]): void {
    this.#state.write(() => this.#state.connection.prepare(sql).run(...parameters));
  }

  #rows<Row>(sql: string, ...parameters: readonly (string | number | null)[]): Row[] {
    return this.#state.read(() => this.#state.connection.prepare(sql).all(...parameters)) as Row[];
  }
}

/** What news is read. */
export interface Reading {
  readonly channel: string;
  readonly groupKey: string;
  /** Only news behind it. */
  readonly afterSeq: number;
  readonly countMax: number;
  readonly bytesMax: number;
  /** The bytes of a change; left out, those that are stored. */
  readonly bytesOf?: ((change: Change) => number) | undefined;
}
