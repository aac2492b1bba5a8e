/** Alerts, their history, silences and incidents on disk, in the database of the small state. */

import type { StateDatabase, StatePart } from '../state/state-database.ts';
import type { Alert, AlertState, HistoryEntry } from './alert.ts';
import type { Incident } from './incidents.ts';
import type { Silence } from './silence.ts';

/** The tables. */
export const alertsStatePart: StatePart = {
  name: 'alerts',
  migrations: [
    {
      version: 1,
      name: 'alerts',
      sql: `
        CREATE TABLE alerts (
          id TEXT PRIMARY KEY, seq INTEGER NOT NULL UNIQUE, fingerprint TEXT NOT NULL, rule TEXT NOT NULL,
          severity TEXT NOT NULL, state TEXT NOT NULL, raised_ms INTEGER, ended_ms INTEGER, incident TEXT,
          is_open INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
        CREATE INDEX alerts_open ON alerts (is_open) WHERE is_open = 1;
        CREATE INDEX alerts_raised ON alerts (raised_ms);
        CREATE INDEX alerts_incident ON alerts (incident);
        CREATE INDEX alerts_ended ON alerts (ended_ms) WHERE ended_ms IS NOT NULL;
        CREATE TABLE alert_history (
          alert TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE, at_ms INTEGER NOT NULL,
          action TEXT NOT NULL, actor TEXT NOT NULL, note TEXT NOT NULL) STRICT;
        CREATE INDEX alert_history_alert ON alert_history (alert);
        CREATE TABLE silences (id TEXT PRIMARY KEY, ends_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
        CREATE TABLE incidents (
          id TEXT PRIMARY KEY, last_ms INTEGER NOT NULL, is_open INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
        CREATE INDEX incidents_last ON incidents (last_ms);`,
    },
  ],
  sealed: [
    { table: 'alerts', column: 'body' },
    { table: 'alert_history', column: 'actor' },
    { table: 'alert_history', column: 'note' },
    { table: 'silences', column: 'body' },
    { table: 'incidents', column: 'body' },
  ],
};

const ALERT = "opened('alerts.body', body) AS body";
const SILENCE = "opened('silences.body', body) AS body";
const INCIDENT = "opened('incidents.body', body) AS body";

/** What is asked of the alerts. */
export interface AlertFilter {
  readonly states: readonly AlertState[];
  readonly severities: readonly string[];
  readonly rule: string | null;
  readonly incident: string | null;
  /** Raised at or after, and before; epoch milliseconds. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Only alerts that were first seen before this one. */
  readonly beforeSeq: number | null;
}

/** Lines of history of one alert. The oldest beyond them go. */
export const HISTORY_PER_ALERT_MAX = 200;

/** Reads and writes the tables. Every write is called within a transaction of the caller. */
export class AlertStore {
  readonly #state: StateDatabase;
  readonly #put;
  readonly #addHistory;
  readonly #putIncident;
  readonly #remove;

  constructor(state: StateDatabase) {
    this.#state = state;
    this.#put = state.connection.prepare(
      `INSERT INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, sealed('alerts.body', ?))
       ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, state = excluded.state,
         raised_ms = excluded.raised_ms, ended_ms = excluded.ended_ms, incident = excluded.incident,
         is_open = excluded.is_open, body = excluded.body`,
    );
    this.#addHistory = state.connection.prepare(
      "INSERT INTO alert_history VALUES (?, ?, ?, sealed('alert_history.actor', ?), sealed('alert_history.note', ?))",
    );
    this.#putIncident = state.connection.prepare(
      `INSERT INTO incidents VALUES (?, ?, ?, sealed('incidents.body', ?)) ON CONFLICT (id) DO UPDATE
       SET last_ms = excluded.last_ms, is_open = excluded.is_open, body = excluded.body`,
    );
    this.#remove = state.connection.prepare('DELETE FROM alerts WHERE id = ?');
  }

  /** Runs `work` in one transaction. */
  write<R>(work: () => R): R {
    return this.#state.write(work);
  }

  /** Runs `work` in one transaction, which is on disk when `synced` has resolved. */
  commit<R>(work: () => R): R {
    return this.#state.commit(work);
  }

  /** Resolves when all that was committed is on disk. */
  synced(): Promise<void> {
    return this.#state.synced();
  }

  /** Stores an alert; `isKept` says that it must be in memory after a restart. */
  putAlert(alert: Alert, isKept: boolean): void {
    const { id, seq, fingerprint, rule, severity, state, raisedAtMs, resolved, incident } = alert;
    const endedMs = resolved?.atMs ?? null;
    const body = JSON.stringify(alert);
    const kept = isKept ? 1 : 0;
    this.#put.run(id, seq, fingerprint, rule, severity, state, raisedAtMs, endedMs, incident, kept, body);
  }

  removeAlert(id: string): void {
    this.#remove.run(id);
  }

  addHistory(alert: string, { atMs, action, actor, note }: HistoryEntry): void {
    this.#addHistory.run(alert, atMs, action, actor, note);
  }

  /** The alerts that are not over, and those whose dismissal is not. */
  open(): Alert[] {
    return this.#alerts(`SELECT ${ALERT} FROM alerts WHERE is_open = 1 ORDER BY seq`);
  }

  /** Fingerprints and times of what was raised since an instant, oldest first. */
  raisedSince(fromMs: number): { readonly fingerprint: string; readonly atMs: number }[] {
    return this.#state.read(() =>
      this.#state.connection
        .prepare('SELECT fingerprint, raised_ms AS atMs FROM alerts WHERE raised_ms >= ? ORDER BY raised_ms')
        .all(fromMs),
    ) as never;
  }

  lastSeq(): number {
    return this.#number('SELECT coalesce(max(seq), 0) AS n FROM alerts');
  }

  find(id: string): Alert | null {
    return this.#alerts(`SELECT ${ALERT} FROM alerts WHERE id = ?`, id)[0] ?? null;
  }

  /** Alerts that fit, newest first; the caller ends the iteration when it has enough. */
  *list(filter: AlertFilter): Generator<Alert> {
    const { states, severities, rule, incident, fromMs, toMs, beforeSeq } = filter;
    const rows = this.#state.connection
      .prepare(
        `SELECT ${ALERT} FROM alerts
         WHERE (json_array_length($states) = 0 OR state IN (SELECT value FROM json_each($states)))
           AND (json_array_length($severities) = 0 OR severity IN (SELECT value FROM json_each($severities)))
           AND ($rule IS NULL OR rule = $rule) AND ($incident IS NULL OR incident = $incident)
           AND ($fromMs IS NULL OR coalesce(raised_ms, 9e15) >= $fromMs)
           AND ($toMs IS NULL OR coalesce(raised_ms, 9e15) < $toMs)
           AND ($beforeSeq IS NULL OR seq < $beforeSeq)
         ORDER BY seq DESC`,
      )
      .iterate({
        states: JSON.stringify(states),
        severities: JSON.stringify(severities),
        rule,
        incident,
        fromMs,
        toMs,
        beforeSeq,
      });
    for (const { body } of rows) yield JSON.parse(String(body)) as Alert;
  }

  history(alert: string): HistoryEntry[] {
    const rows = this.#state.read(() =>
      this.#state.connection
        .prepare(
          `SELECT at_ms AS atMs, action, opened('alert_history.actor', actor) AS actor,
             opened('alert_history.note', note) AS note FROM
             (SELECT rowid AS n, * FROM alert_history WHERE alert = ? ORDER BY rowid DESC LIMIT ?) ORDER BY n`,
        )
        .all(alert, HISTORY_PER_ALERT_MAX),
    );
    return rows.map((row) => ({ ...row })) as never;
  }

  putSilence(silence: Silence): void {
    this.#state.connection
      .prepare(
        `INSERT INTO silences VALUES (?, ?, sealed('silences.body', ?))
         ON CONFLICT (id) DO UPDATE SET ends_ms = excluded.ends_ms, body = excluded.body`,
      )
      .run(silence.id, silence.endsMs, JSON.stringify(silence));
  }

  silences(): Silence[] {
    const rows = this.#state.read(() =>
      this.#state.connection.prepare(`SELECT ${SILENCE} FROM silences ORDER BY ends_ms`).all(),
    );
    return rows.map(({ body }) => JSON.parse(String(body)) as Silence);
  }

  putIncident(incident: Incident): void {
    const isOpen = incident.closedMs === null ? 1 : 0;
    this.#putIncident.run(incident.id, incident.lastMs, isOpen, JSON.stringify(incident));
  }

  incident(id: string): Incident | null {
    return this.#incidents(`SELECT ${INCIDENT} FROM incidents WHERE id = ?`, id)[0] ?? null;
  }

  /** Incidents, newest first. */
  incidents(limit: number): Incident[] {
    return this.#incidents(`SELECT ${INCIDENT} FROM incidents ORDER BY last_ms DESC, id LIMIT ?`, limit);
  }

  /** Those that are open, or had their last alert since an instant. */
  recentIncidents(fromMs: number): Incident[] {
    return this.#incidents(`SELECT ${INCIDENT} FROM incidents WHERE is_open = 1 OR last_ms >= ?`, fromMs);
  }

  /**
   * Removes what was over before an instant, and the oldest beyond a number, a part at a time.
   *
   * @returns how many alerts went.
   */
  removeOld(beforeMs: number, keptMax: number, removedMax: number): number {
    const { connection } = this.#state;
    const over = 'ended_ms IS NOT NULL AND is_open = 0';
    const excess = Math.max(0, this.#number(`SELECT count(*) AS n FROM alerts WHERE ${over}`) - keptMax);
    const { changes: byCount } = connection
      .prepare(`DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE ${over} ORDER BY seq LIMIT ?)`)
      .run(Math.min(excess, removedMax));
    const { changes: byAge } = connection
      .prepare(
        `DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE ${over} AND ended_ms < ? LIMIT ?)`,
      )
      .run(beforeMs, removedMax);
    connection.prepare('DELETE FROM silences WHERE ends_ms < ?').run(beforeMs);
    connection.prepare('DELETE FROM incidents WHERE is_open = 0 AND last_ms < ?').run(beforeMs);
    return Number(byCount) + Number(byAge);
  }

  #alerts(sql: string, ...parameters: readonly (string | number)[]): Alert[] {
    const rows = this.#state.read(() => this.#state.connection.prepare(sql).all(...parameters));
    return rows.map(({ body }) => JSON.parse(String(body)) as Alert);
  }

  #incidents(sql: string, parameter: string | number): Incident[] {
    const rows = this.#state.read(() => this.#state.connection.prepare(sql).all(parameter));
    return rows.map(({ body }) => JSON.parse(String(body)) as Incident);
  }

  #number(sql: string): number {
    return Number(this.#state.read(() => this.#state.connection.prepare(sql).get())?.['n'] ?? 0);
  }
}
