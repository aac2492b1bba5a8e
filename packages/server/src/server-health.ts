/**
 * The health checks of a server: what it depends on, and how bad the loss of each
 * is. Without the journal nothing can be taken in; without the ledger events are
 * still taken in safely, but nothing can be asked.
 */

import type { Clock } from './clock.ts';
import type { Config } from './config/index.ts';
import {
  type CheckOutcome,
  clockCheck,
  createHealth,
  diskSpaceCheck,
  eventLoopCheck,
  type Health,
  type HealthChange,
  type HealthCheck,
  memoryCheck,
  pingCheck,
} from './health/index.ts';
import type { Journal } from './journal/journal.ts';
import type { Ledger } from './ledger/ledger.ts';
import { clickHouseCheck } from './ledger-health.ts';
import { version } from './version.ts';

const GIB = 1024 ** 3;
/** Acknowledged events on disk that the ledger has not taken, from which on somebody should look. */
const BACKLOG_WARNING_BYTES = 64 * 1024 * 1024;

/** The engine comes back within seconds of a crash, and the answer should follow. */
const LEDGER_INTERVAL_MS = 3000;

export interface ServerHealthOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly redact: (text: string) => string;
  readonly onChange: (change: HealthChange) => void;
}

/** Makes the health of a server, which does not run yet. */
export function createServerHealth(options: ServerHealthOptions): Health {
  const { config, clock, journal, ledger } = options;
  return createHealth({
    clock,
    service: config.service.name,
    version,
    metricsCollected: () => ledger.loader !== null,
    redact: options.redact,
    onChange: options.onChange,
    checks: [
      journalCheck(journal),
      ledgerCheck(ledger, journal),
      ...(ledger.engine === null ? [clickHouseCheck(ledger.connection, clock)] : []),
      diskSpaceCheck({
        path: config.storage.data_dir,
        thresholds: () => ({
          warningPercent: config.storage.disk_warning_percent,
          criticalPercent: config.storage.disk_critical_percent,
        }),
      }),
      memoryCheck({
        limitBytes: config.performance.memory_limit_gb * GIB,
        processIds: () => (ledger.engine?.pid === undefined ? [] : [ledger.engine.pid]),
      }),
      eventLoopCheck(),
      clockCheck({ clock }),
    ],
  });
}

function journalCheck(journal: Journal): HealthCheck {
  return pingCheck(
    'journal',
    'storage',
    async () => {
      const { damagedBlocks, damagedIdentities, damagedRuns } = await journal.check();
      const damaged = damagedBlocks + damagedIdentities + damagedRuns;
      if (damaged > 0) throw new Error(`${damaged} parts of it are damaged; what is readable is kept.`);
      return 'It is written to.';
    },
    { critical: true, componentType: 'datastore' },
  );
}

function ledgerCheck(ledger: Ledger, journal: Journal): HealthCheck {
  return {
    name: 'ledger',
    component: 'storage',
    componentType: 'datastore',
    // Events are safe in the journal while the ledger is away, so the server is degraded and not down.
    critical: false,
    intervalMs: LEDGER_INTERVAL_MS,
    run: async (): Promise<CheckOutcome> => {
      if (ledger.loader === null) {
        const { waitsFor } = ledger;
        return waitsFor === null
          ? { status: 'degraded', message: 'It is starting.' }
          : { status: 'unhealthy', message: `${waitsFor} Events wait in the journal.` };
      }
      if (!(await ledger.connection.ping())) return { status: 'unhealthy', message: 'It does not answer.' };
      const { problem } = ledger.loader.status;
      if (problem !== null)
        return { status: 'unhealthy', message: 'It does not take events; they wait in the journal.' };
      if (ledger.lostRows > 0)
        return { status: 'unhealthy', message: `It has lost ${ledger.lostRows} rows; restore a backup.` };
      const waiting = journal.backlogBytes;
      return waiting > BACKLOG_WARNING_BYTES
        ? { status: 'degraded', message: `It is ${Math.round(waiting / 1024 ** 2)} MiB behind the journal.` }
        : { status: 'healthy', message: 'It answers and takes events.' };
    },
  };
}
