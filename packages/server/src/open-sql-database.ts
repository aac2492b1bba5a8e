/** PostgreSQL for business figures, as a part of the server: written where one is configured. */

import { createHash } from 'node:crypto';
import { ExportState, sqlExportStatePart } from './business/postgres/export-state.ts';
import { SqlExporter } from './business/postgres/exporter.ts';
import { sqlMigrations } from './business/postgres/schema.ts';
import { sqlExportMetrics } from './business/postgres/sql-export-metrics.ts';
import { SqlTarget, type SqlTargetOptions } from './business/postgres/sql-target.ts';
import { businessSettings } from './business/settings.ts';
import type { HealthCheck } from './health/index.ts';
import { changedHours } from './ledger/changed-hours.ts';
import { rewritesOf } from './ledger-rewrites.ts';
import type { Part, PartContext } from './part.ts';
import { openStateDatabase } from './state/state-database.ts';

/** Opens the part. */
export function openSqlDatabase(context: PartContext): Part {
  const { config, clock, log, stores, health } = context;
  const target = targetOf(context);
  if (target === null) return {};
  const metrics = sqlExportMetrics(stores.metrics.registry);
  const settings = businessSettings(config);
  const state = openStateDatabase({ dataDir: config.storage.data_dir, clock, parts: [sqlExportStatePart] });
  const changes = {
    ledger: stores.ledger,
    journal: stores.journal,
    rewrites: () => rewritesOf(config.storage.data_dir),
    withRatings: true,
  };
  let isFailing = false;
  const exporter = new SqlExporter({
    connection: stores.ledger.connection,
    clock,
    state: new ExportState(state),
    settings,
    targetName: nameOf(target, settings),
    open: (signal) => SqlTarget.open(target, settings, signal),
    changes: (mark) => changedHours(changes, mark),
    intervalMs: config.sql_database.interval * 1000,
    onDay: () => metrics.countDay(),
    onFailure: (error) => {
      metrics.countFailure();
      const problem = error instanceof Error ? error.message : String(error);
      if (!isFailing)
        log.warn({ problem }, 'business figures cannot be written to the SQL server; trying again');
      isFailing = true;
    },
    onPending: (days) => metrics.showPending(days),
    onRun: (status) => {
      metrics.show(status);
      if (status.problem === null && isFailing) {
        isFailing = false;
        log.info({}, 'business figures are written to the SQL server again');
      }
    },
  });
  health.add(checkOf(exporter));
  return {
    ready: async () => exporter.start(),
    close: async () => {
      await exporter.stop();
      state.close();
    },
  };
}

/** Where the figures go; `null` where no SQL server is configured. */
function targetOf({ config, outgoing }: PartContext): SqlTargetOptions | null {
  const endpoint = config.monitoring.sql_database_endpoint;
  if (endpoint === '' || !config.business_intelligence.enabled) return null;
  const at = endpoint.lastIndexOf(':');
  const { database, user, password, schema, tls, ca_file: caFile } = config.sql_database;
  return {
    host: endpoint.slice(0, at).replace(/^\[(.*)\]$/, '$1'),
    port: Number(endpoint.slice(at + 1)),
    database,
    user,
    password,
    schema,
    tls,
    caFile,
    outgoing,
  };
}

/** What the figures there depend on besides the ledger, without the password. */
function nameOf(
  { host, port, database, schema }: SqlTargetOptions,
  { revenuePerRequest, costPerRequest }: ReturnType<typeof businessSettings>,
): string {
  const version = sqlMigrations.at(-1)?.version ?? 0;
  const parts = [host, port, database, schema, version, String(revenuePerRequest), String(costPerRequest)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Its absence delays figures and loses none, so it is never more than degraded. */
function checkOf(exporter: SqlExporter): HealthCheck {
  return {
    name: 'sql_database',
    component: 'integrations',
    componentType: 'datastore',
    critical: false,
    run: async () => {
      const { problem, pendingDays, completeMs } = exporter.status;
      const observed = { value: pendingDays, unit: 'days' };
      if (problem !== null)
        return {
          status: 'degraded',
          message: 'Business figures cannot be written; they wait. The log says why.',
          observed,
        };
      return {
        status: 'healthy',
        message: completeMs === null ? 'The figures are being written.' : 'It has all business figures.',
        observed,
      };
    },
  };
}
