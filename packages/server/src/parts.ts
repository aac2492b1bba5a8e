/**
 * The parts of the server, in the order in which they are opened; they are closed in
 * reverse. Each line of the list is one part, made in a file of its own.
 */

import { administration } from './administration.ts';
import { alerting } from './alerts-part.ts';
import { openAnalysis } from './open-analysis.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';
import { openAdvice } from './open-advice.ts';
import { openAccuracy } from './open-accuracy.ts';
import { openCompletions } from './open-completions.ts';
import { openBackups } from './open-backups.ts';
import { openErasures } from './open-erasures.ts';
import { openIntegrity } from './open-integrity.ts';
import { openMonitoring } from './open-monitoring.ts';
import { openCapacity } from './open-capacity.ts';
import { openCorrections } from './corrections.ts';
import { backendRoutes } from './http/backend-routes.ts';
import { exportRoutes } from './http/export-routes.ts';
import { keepingRoutes } from './http/keeping-routes.ts';
import { performanceRoutes } from './http/performance-routes.ts';
import { reconcileRoutes } from './http/reconcile-routes.ts';
import { reportRoutes } from './http/report-routes.ts';
import { rerateRoutes } from './http/rerate-routes.ts';
import { openKeeping } from './keeping.ts';
import { openFederation } from './open-federation.ts';
import { openDocuments } from './open-documents.ts';
import { openDeployments } from './open-deployments.ts';
import { openSqlDatabase } from './open-sql-database.ts';
import { openBusiness } from './open-business.ts';
import { openObjectives } from './open-objectives.ts';
import { makeRollups } from './open-rollups.ts';
import { ledgerFigures } from './ledger-figures.ts';
import type { OpenPart, Part, PartContext } from './part.ts';
import { protocols } from './protocols.ts';

const parts: readonly OpenPart[] = [
  protocols,
  reporting,
  ledgerFigures,
  rollups,
  keeping,
  corrections,
  openBackups,
  openFederation,
  openObjectives,
  openBusiness,
  openSqlDatabase,
  openDeployments,
  openDocuments,
  openAccuracy,
  openAdvice,
  openAnalysis,
  openCapacity,
  openMonitoring,
  openCompletions,
  alerting,
  openIntegrity,
  openErasures,
  administration,
];

/** How long all of them together may take to close. */
const CLOSE_MS = 10_000;

/** All parts, as one. */
export class Parts {
  readonly #parts: Part[] = [];
  readonly #clock: Clock;
  readonly #log: Log;

  private constructor({ clock, log }: Pick<PartContext, 'clock' | 'log'>) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Opens them. Those that are open are closed again if one fails. */
  static async open(given: Omit<PartContext, 'signals'>): Promise<Parts> {
    const opened = new Parts(given);
    const context = { ...given, signals: () => opened.#parts.flatMap(({ signals }) => signals ?? []) };
    try {
      for (const open of parts) opened.#parts.push(await open(context));
    } catch (error) {
      opened.stop();
      await opened.close();
      throw error;
    }
    return opened;
  }

  get routes() {
    return this.#parts.flatMap(({ routes }) => routes ?? []);
  }

  start(): void {
    for (const part of this.#parts) part.start?.();
  }

  async ready(): Promise<void> {
    for (const part of this.#parts) await part.ready?.();
  }

  stop(): void {
    for (const part of this.#parts.toReversed()) part.stop?.();
  }

  /** Closes them; but waits no longer for those that wait for an engine that hangs, whose end is next. */
  async close(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimeout(resolve, CLOSE_MS);
    for (const part of this.#parts.toReversed()) {
      // What one of them leaves undone must not keep the others, and the stores, from being closed.
      const closed = (async () => part.close?.())();
      await Promise.race([closed, late]).catch((error: unknown) =>
        this.#log.error({ problem: String(error) }, 'a part of the server could not be closed'),
      );
    }
    this.#clock.clearTimeout(timer);
  }
}

function reporting({ clock, stores }: PartContext): Part {
  const { ledger } = stores;
  return {
    routes: [
      reportRoutes(ledger, clock, () => stores.verify({ live: true })),
      performanceRoutes(ledger, clock),
      backendRoutes(ledger, clock),
      reconcileRoutes(ledger),
    ],
  };
}

function rollups(context: PartContext): Part {
  const made = makeRollups(context);
  return {
    ready: async () => made.start(),
    stop: () => made.stop(),
    close: () => made.close(),
  };
}

function keeping(context: PartContext): Part {
  const { ledger } = context.stores;
  const kept = openKeeping({ ...context, actor: 'server' });
  return {
    routes: [exportRoutes(ledger, context.clock, kept.exporter), keepingRoutes(ledger, context.clock, kept)],
    start: () => kept.schedule(),
    stop: () => kept.stop(),
    close: () => kept.close(),
  };
}

function corrections(context: PartContext): Part {
  const opened = openCorrections(context);
  return {
    routes: [rerateRoutes(opened.reratings, context.stores.ledger, context.clock)],
    ready: () => opened.resume(),
    close: async () => opened.close(),
  };
}
