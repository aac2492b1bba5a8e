/**
 * What the analyst keeps in the state database: anomalies, and what it has learnt of each
 * group of series, compressed, so that a restart goes on where the server stopped.
 */

import { promisify } from 'node:util';
import { deflateRaw, inflateRawSync } from 'node:zlib';
import type { StateDatabase, StatePart } from '../state/state-database.ts';
import type { Anomaly } from './anomaly.ts';

/** Its tables. */
export const analysisStatePart: StatePart = {
  name: 'analysis',
  migrations: [
    {
      version: 1,
      name: 'anomalies and baselines',
      sql: `CREATE TABLE analysis_anomalies (
  id TEXT PRIMARY KEY, opened_ms INTEGER NOT NULL, until_ms INTEGER, measure TEXT NOT NULL, anomaly TEXT NOT NULL) STRICT;
CREATE INDEX analysis_anomalies_opened ON analysis_anomalies (opened_ms);
CREATE TABLE analysis_learnt (name TEXT PRIMARY KEY, state BLOB NOT NULL) STRICT;
CREATE TABLE analysis_watch (id INTEGER PRIMARY KEY CHECK (id = 1), watch TEXT NOT NULL) STRICT;`,
    },
  ],
  sealed: [
    { table: 'analysis_anomalies', column: 'anomaly' },
    { table: 'analysis_watch', column: 'watch' },
    { table: 'analysis_learnt', column: 'name' },
    { table: 'analysis_learnt', column: 'state' },
  ],
};

const ANOMALY = "opened('analysis_anomalies.anomaly', anomaly) AS anomaly";

/** Anomalies that are kept; older ones go first. */
const ANOMALIES_MAX = 20_000;

const compress = promisify(deflateRaw);

/** How far the watch has come. */
export interface WatchMark {
  /** The plan it followed; another plan begins anew. */
  readonly plan: string;
  /** Start of the first step that is not judged. */
  readonly uptoMs: number;
  /** Start of the first step that was. */
  readonly fromMs: number;
  /** Requests that were judged, by the day (epoch days). */
  readonly judged: Readonly<Record<string, number>>;
  /** The levels of the baselines that were last accounted for, and the day (epoch days) of that. */
  readonly levels: Readonly<Record<string, number>>;
  readonly levelsDay: number;
}

/** Which anomalies are asked for. */
export interface AnomalyFilter {
  /** Those that lasted into this time, and began before that one. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly measure?: string;
  readonly scoreMin?: number;
  /** Only those that have these labels. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly open?: boolean;
  readonly limit: number;
}

/** Reads and writes them. */
export class AnalysisStore {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** Keeps an anomaly as it is now. */
  keep(anomaly: Anomaly): void {
    this.keepAll([anomaly]);
  }

  /** Keeps anomalies as they are now. */
  keepAll(anomalies: readonly Anomaly[]): void {
    if (anomalies.length === 0) return;
    const { connection } = this.#state;
    this.#state.write(() => {
      const put = connection.prepare(
        `INSERT INTO analysis_anomalies VALUES (?, ?, ?, ?, sealed('analysis_anomalies.anomaly', ?)) ON CONFLICT (id) DO UPDATE SET until_ms = excluded.until_ms, anomaly = excluded.anomaly`,
      );
      for (const anomaly of anomalies)
        put.run(anomaly.id, anomaly.openedMs, anomaly.untilMs, anomaly.measure, JSON.stringify(anomaly));
      connection
        .prepare(
          `DELETE FROM analysis_anomalies WHERE id IN (SELECT id FROM analysis_anomalies ORDER BY opened_ms DESC LIMIT -1 OFFSET ?)`,
        )
        .run(ANOMALIES_MAX);
    });
  }

  /** Anomalies, the newest first. */
  list(filter: AnomalyFilter): Anomaly[] {
    const { connection } = this.#state;
    const rows = this.#state.read(() =>
      connection
        .prepare(
          `SELECT ${ANOMALY} FROM analysis_anomalies WHERE (until_ms IS NULL OR until_ms >= ?) AND opened_ms < ?
           AND (? = '' OR measure = ?) AND (? = 0 OR until_ms IS NULL) ORDER BY opened_ms DESC, id`,
        )
        .iterate(
          filter.fromMs ?? 0,
          filter.toMs ?? Number.MAX_SAFE_INTEGER,
          filter.measure ?? '',
          filter.measure ?? '',
          filter.open === true ? 1 : 0,
        ),
    );
    const found: Anomaly[] = [];
    const labels = Object.entries(filter.labels ?? {});
    for (const row of rows) {
      const anomaly = JSON.parse(String(row['anomaly'])) as Anomaly;
      if (anomaly.score < (filter.scoreMin ?? 0)) continue;
      if (labels.some(([name, value]) => anomaly.labels[name] !== value)) continue;
      found.push(anomaly);
      if (found.length >= filter.limit) break;
    }
    return found;
  }

  /** The anomaly of an id, or null. */
  find(id: string): Anomaly | null {
    const row = this.#state.read(() =>
      this.#state.connection.prepare(`SELECT ${ANOMALY} FROM analysis_anomalies WHERE id = ?`).get(id),
    );
    return row === undefined ? null : (JSON.parse(String(row['anomaly'])) as Anomaly);
  }

  /** Removes all anomalies, for a watch that begins anew. */
  removeAnomalies(): void {
    this.#state.write(() => this.#state.connection.exec('DELETE FROM analysis_anomalies'));
  }

  /** How far the watch had come, or null. */
  mark(): WatchMark | null {
    const row = this.#state.read(() =>
      this.#state.connection
        .prepare("SELECT opened('analysis_watch.watch', watch) AS watch FROM analysis_watch WHERE id = 1")
        .get(),
    );
    return row === undefined ? null : (JSON.parse(String(row['watch'])) as WatchMark);
  }

  /**
   * Keeps what was learnt, all of it or nothing. The states are asked for and compressed
   * one after the other, so that the server can answer in between; they must not change meanwhile.
   */
  async keepLearnt(mark: WatchMark, learnt: ReadonlyMap<string, () => unknown>): Promise<void> {
    const { connection } = this.#state;
    const rows: (readonly [name: string, state: Uint8Array])[] = [];
    for (const [name, state] of learnt)
      rows.push([name, await compress(JSON.stringify(state()), { level: 1 })]);
    this.#state.write(() => {
      connection.exec('DELETE FROM analysis_learnt');
      const insert = connection.prepare(
        "INSERT INTO analysis_learnt VALUES (sealed('analysis_learnt.name', ?), sealed('analysis_learnt.state', ?))",
      );
      for (const [name, state] of rows) insert.run(name, state);
      connection
        .prepare(
          `INSERT INTO analysis_watch VALUES (1, sealed('analysis_watch.watch', ?)) ON CONFLICT (id) DO UPDATE SET watch = excluded.watch`,
        )
        .run(JSON.stringify(mark));
    });
  }

  /** What was learnt, by name. */
  learnt(): Map<string, unknown> {
    const rows = this.#state.read(() =>
      this.#state.connection
        .prepare(
          "SELECT opened('analysis_learnt.name', name) AS name, opened('analysis_learnt.state', state) AS state FROM analysis_learnt",
        )
        .all(),
    );
    return new Map(
      rows.map((row) => [
        String(row['name']),
        JSON.parse(inflateRawSync(row['state'] as Uint8Array).toString('utf8')) as unknown,
      ]),
    );
  }

  close(): void {
    this.#state.close();
  }
}
