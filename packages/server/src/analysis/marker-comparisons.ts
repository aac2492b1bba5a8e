/** What came of deployments and changes of model: kept once enough time has passed after each to tell. */

import type { StateDatabase, StatePart } from '../state/state-database.ts';
import type { MeasureRegression } from './regressions.ts';

/** Its table. */
export const comparisonsStatePart: StatePart = {
  name: 'comparisons',
  migrations: [
    {
      version: 1,
      name: 'what came of markers',
      sql: `CREATE TABLE marker_comparisons (
  marker TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, hours INTEGER NOT NULL, measures TEXT NOT NULL) STRICT;`,
    },
  ],
};

/** What came of a marker. */
export interface MarkerComparison {
  readonly marker: string;
  /** When the marker is of. */
  readonly atMs: number;
  /** Whole hours after it that were compared. */
  readonly hours: number;
  readonly measures: readonly MeasureRegression[];
}

/** Comparisons that are kept. */
const KEPT_MAX = 10_000;

/** Keeps them. */
export class MarkerComparisons {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** Hours that were compared of a marker; 0 if it was not compared yet. */
  hoursOf(marker: string): number {
    const row = this.#state.read(() =>
      this.#state.connection.prepare('SELECT hours FROM marker_comparisons WHERE marker = ?').get(marker),
    );
    return Number(row?.['hours'] ?? 0);
  }

  /** Keeps one, in place of that of fewer hours. */
  put({ marker, atMs, hours, measures }: MarkerComparison): void {
    const { connection } = this.#state;
    this.#state.write(() => {
      connection
        .prepare('INSERT OR REPLACE INTO marker_comparisons VALUES (?, ?, ?, ?)')
        .run(marker, atMs, hours, JSON.stringify(measures));
      connection
        .prepare(
          'DELETE FROM marker_comparisons WHERE marker IN (SELECT marker FROM marker_comparisons ORDER BY at_ms DESC LIMIT -1 OFFSET ?)',
        )
        .run(KEPT_MAX);
    });
  }

  /** Those of markers since a time, oldest first. */
  since(fromMs: number): MarkerComparison[] {
    const rows = this.#state.read(() =>
      this.#state.connection
        .prepare('SELECT * FROM marker_comparisons WHERE at_ms >= ? ORDER BY at_ms, marker')
        .all(fromMs),
    );
    return rows.map((row) => ({
      marker: String(row['marker']),
      atMs: Number(row['at_ms']),
      hours: Number(row['hours']),
      measures: JSON.parse(String(row['measures'])) as MeasureRegression[],
    }));
  }
}
