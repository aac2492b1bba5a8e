/**
 * Deployment markers: what was brought into service, which version, where and when.
 * Analysis compares what was before a marker with what came after it, and charts
 * show markers as annotations.
 */

import { BellwetherError } from '@bellwether/events';
import type { StateDatabase, StatePart } from '../state/state-database.ts';

/** The table of markers. */
export const deploymentsStatePart: StatePart = {
  name: 'deployments',
  migrations: [
    {
      version: 1,
      name: 'markers',
      sql: `CREATE TABLE deployments (
  id TEXT PRIMARY KEY, service TEXT NOT NULL, version TEXT NOT NULL, environment TEXT NOT NULL, at_ms INTEGER NOT NULL,
  annotations TEXT NOT NULL, received_ms INTEGER NOT NULL) STRICT;
CREATE INDEX deployments_at ON deployments (at_ms);`,
    },
  ],
};

/** A marker. */
export interface Deployment {
  /** The same id is the same marker. */
  readonly id: string;
  readonly service: string;
  readonly version: string;
  /** Empty if it was not said. */
  readonly environment: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly receivedMs: number;
}

/** Which markers. */
export interface DeploymentQuery {
  /** Epoch milliseconds; included. */
  readonly fromMs: number;
  /** Excluded. */
  readonly toMs: number;
  readonly service: string | null;
  readonly environment: string | null;
  readonly limit: number;
}

/** Markers that are kept. More are refused, so that a pipeline gone wild does not fill the disk. */
export const DEPLOYMENTS_MAX = 100_000;

type Row = Readonly<Record<string, unknown>>;

/** The store. */
export class DeploymentStore {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /**
   * Keeps a marker.
   *
   * @returns false if it is there already.
   * @throws BellwetherError `deployment_conflict` if another one has its id, `overloaded` if there are too many.
   */
  add(deployment: Deployment): boolean {
    const { connection } = this.#state;
    return this.#state.write(() => {
      const known = this.get(deployment.id);
      if (known !== null) {
        if (textOf(known) === textOf(deployment)) return false;
        throw new BellwetherError('deployment_conflict', undefined, { field: 'id' });
      }
      const count = connection.prepare('SELECT count(*) AS n FROM deployments').get();
      if (Number(count?.['n']) >= DEPLOYMENTS_MAX)
        throw new BellwetherError('overloaded', `There are ${DEPLOYMENTS_MAX} deployments already.`);
      const { id, service, version, environment, atMs, annotations, receivedMs } = deployment;
      connection
        .prepare('INSERT INTO deployments VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(id, service, version, environment, atMs, JSON.stringify(annotations), receivedMs);
      return true;
    });
  }

  /** The marker of an id; `null` if there is none. */
  get(id: string): Deployment | null {
    const row = this.#state.connection.prepare('SELECT * FROM deployments WHERE id = ?').get(id);
    return row === undefined ? null : deploymentOf(row);
  }

  /** Markers of a time, newest first. */
  list({ fromMs, toMs, service, environment, limit }: DeploymentQuery): Deployment[] {
    return this.#state.connection
      .prepare(
        `SELECT * FROM deployments WHERE at_ms >= :from AND at_ms < :to
         AND (:service IS NULL OR service = :service) AND (:environment IS NULL OR environment = :environment)
         ORDER BY at_ms DESC, id LIMIT :limit`,
      )
      .all({ from: fromMs, to: toMs, service, environment, limit })
      .map(deploymentOf);
  }

  /** The newest marker of each service and environment. */
  newest(): Deployment[] {
    return this.#state.connection
      .prepare(
        `SELECT *, max(at_ms) FROM deployments GROUP BY service, environment ORDER BY service, environment`,
      )
      .all()
      .map(deploymentOf);
  }
}

/** What must be the same under one id: all but when it arrived. */
function textOf({ service, version, environment, atMs, annotations }: Deployment): string {
  const sorted = Object.entries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([service, version, environment, atMs, sorted]);
}

function deploymentOf(row: Row): Deployment {
  return {
    id: String(row['id']),
    service: String(row['service']),
    version: String(row['version']),
    environment: String(row['environment']),
    atMs: Number(row['at_ms']),
    annotations: JSON.parse(String(row['annotations'])) as Record<string, string>,
    receivedMs: Number(row['received_ms']),
  };
}

/** A marker as readers see it. */
export interface DeploymentView {
  readonly id: string;
  readonly service: string;
  readonly version: string;
  readonly environment: string;
  /** RFC 3339. */
  readonly at: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A marker as readers see it. */
export function viewDeployment(deployment: Deployment): DeploymentView {
  const { id, service, version, environment, atMs, annotations } = deployment;
  return { id, service, version, environment, at: new Date(atMs).toISOString(), annotations };
}
