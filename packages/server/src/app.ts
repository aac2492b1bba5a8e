/**
 * The composition root: opens everything in the order in which events flow through
 * it, and closes it in reverse. Nothing else in the server makes its own parts.
 */

import {
  createAuditLog,
  createSecretRegistry,
  type ResilientAuditLog,
  type SecretRegistry,
} from './audit/index.ts';
import type { FastifyInstance } from 'fastify';
import type { Clock } from './clock.ts';
import { configuredPricer } from './configured-pricer.ts';
import { type Config, describeConfig, type LoadedConfig, secretValues } from './config/index.ts';
import { forgetServer, noteServer } from './data-directory.ts';
import { isLoopback } from './auth/exposure.ts';
import { eventRoutes } from './http/event-routes.ts';
import type { Health } from './health/index.ts';
import { healthRoutes } from './http/health-routes.ts';
import { createHttpServer } from './http/http-server.ts';
import { indexRoute } from './http/index-route.ts';
import { metricsRoutes } from './http/metrics-routes.ts';
import { Admission } from './ingest/admission.ts';
import { Ingest } from './ingest/ingest.ts';
import { LedgerFollowers } from './ledger-followers.ts';
import type { Observed } from './live/server-metrics.ts';
import type { Log } from './log.ts';
import { Parts } from './parts.ts';
import type { Pricer } from './pricing/pricer.ts';
import { createServerHealth } from './server-health.ts';
import { openStores, type Stores } from './stores.ts';
import { version } from './version.ts';

export interface AppOptions {
  readonly loaded: LoadedConfig;
  readonly clock: Clock;
  readonly log: Log;
}

/** A running server. */
export interface App {
  /** Where it answers, e.g. `http://127.0.0.1:9091`. */
  readonly url: string;
  /** Resolves when the ledger can be asked; events are taken in before that. */
  readonly ready: Promise<void>;
  /** Answers what is under way, writes what waits, and closes everything. */
  close(): Promise<void>;
}

/** The stores with the stages that follow the ledger. */
type OpenedStores = Stores & { readonly followers: LedgerFollowers };

/** Starts the server. */
export async function startApp(options: AppOptions): Promise<App> {
  const { clock, log } = options;
  const { config } = options.loaded;
  const secrets = createSecretRegistry(secretValues(config));
  const audit = createAuditLog({ dataDir: config.storage.data_dir, clock, secrets });
  const followers = new LedgerFollowers({ config, clock, log, audit });
  const stores = await openStores({ config, clock, log, onLoaded: followers.loaded });
  try {
    await followers.open(stores);
    return await serve(options, { ...stores, followers }, audit, secrets);
  } catch (error) {
    // What stays open would keep the process, and its hold on the data, for ever.
    await followers.stop();
    await stores.close();
    await followers.close();
    await audit.close();
    throw error;
  }
}

/** Puts the server on its stores. */
async function serve(
  { loaded, clock, log }: AppOptions,
  stores: OpenedStores,
  audit: ResilientAuditLog,
  secrets: SecretRegistry,
): Promise<App> {
  const { config } = loaded;
  const { ledger, metrics, followers } = stores;
  const health = createHealth(config, clock, log, stores, secrets);
  metrics.observe(observed(stores, health));
  const pricer = await configuredPricer(config);
  const ingest = createIngest(config, clock, stores, pricer);
  const parts = await Parts.open({ loaded, config, clock, log, audit, secrets, stores, pricer, health });
  const server = await createHttpServer({
    host: config.service.host,
    version,
    bodyBytesMax: config.ingest.body_bytes_max,
    log,
    onRefused: (code) => metrics.countRefused(code),
    routes: [
      eventRoutes({
        ingest,
        admission: new Admission(config.ingest.queue_bytes_max),
        bodyBytesMax: config.ingest.body_bytes_max,
        onRejected: (rejected) => metrics.countRejected(rejected),
      }),
      indexRoute,
      metricsRoutes(metrics),
      healthRoutes(health),
      ...parts.routes,
      ...followers.routes(stores),
    ],
  });
  const url = await listen(server, config).catch(async (error: unknown) => {
    await parts.close();
    throw error;
  });
  if (!isLoopback(config.service.host)) {
    log.warn(
      { host: config.service.host },
      'listening beyond loopback without tokens: only monitoring is answered',
    );
  }
  leaveNote(config, url, log);
  await health.start();
  // A remote ledger may be away for hours, and events are taken in all the while.
  if (ledger.engine === null) health.setPhase('ready');
  void ledger.ready.then(async () => {
    health.setPhase('ready');
    await parts.ready();
  });
  await recordStart(audit, loaded, url, log);
  parts.start();
  return {
    url,
    ready: ledger.ready,
    async close() {
      health.setPhase('stopping');
      health.stop();
      parts.stop();
      await server.close();
      await parts.close();
      await followers.stop();
      await stores.close();
      await followers.close();
      await recordStop(audit, config);
      forgetServer(config.storage.data_dir);
    },
  };
}

/** The health checks, whose changes are logged. */
function createHealth(
  config: Config,
  clock: Clock,
  log: Log,
  { journal, ledger }: Stores,
  secrets: SecretRegistry,
): Health {
  return createServerHealth({
    config,
    clock,
    journal,
    ledger,
    redact: (text) => secrets.redact(text),
    onChange: ({ name, to, message }) => {
      // Before the ledger has answered for the first time, that it does not is no news.
      if (ledger.loader === null) return;
      const details = { check: name, status: to, reason: message };
      if (to === 'healthy') log.info(details, 'health changed');
      else log.warn(details, 'health changed');
    },
  });
}

/** Makes the first half of an event's way. */
function createIngest(
  config: Config,
  clock: Clock,
  { journal, ledger, metrics }: Stores,
  pricer: Pricer,
): Ingest {
  return new Ingest({
    journal,
    pricer: () => pricer,
    clock,
    limits: {
      decodedBytesMax: config.ingest.decoded_bytes_max,
      eventsPerRequestMax: config.ingest.events_per_request_max,
      futureToleranceMs: config.ingest.future_tolerance_seconds * 1000,
    },
    onReceipt: (receipt) => {
      metrics.countReceipt(receipt);
      ledger.notify();
    },
  });
}

/** What the metrics ask the other parts of the server at a scrape. */
function observed({ journal, ledger, followers }: OpenedStores, health: Health): Observed {
  return {
    settle: (waitMs) => ledger.settle(waitMs),
    figures: () => ({
      backlogBytes: journal.backlogBytes,
      loaderFailures: ledger.loader?.status.failures ?? 0,
      engineCrashes: ledger.engine?.crashes ?? 0,
      ...followers.figures(),
      checks: health
        .report()
        .checks.map(({ check, result }) => ({ name: check.name, status: result.status })),
    }),
  };
}

/** Lets commands on this machine find the server. Without the note they have to be told its address. */
function leaveNote(config: Config, url: string, log: Log): void {
  try {
    noteServer(config.storage.data_dir, { pid: process.pid, url });
  } catch (error) {
    log.warn({ problem: String(error) }, 'the note of the running server could not be written');
  }
}

/** Accounts for the start and for the configuration that took effect with it. */
async function recordStart(
  audit: ResilientAuditLog,
  loaded: LoadedConfig,
  url: string,
  log: Log,
): Promise<void> {
  const { name } = loaded.config.service;
  const changed = describeConfig(loaded).filter(({ isDefault }) => !isDefault);
  try {
    await audit.append({
      actor: 'server',
      action: 'server.started',
      target: name,
      details: { version, url },
    });
    await audit.append({
      actor: 'server',
      action: 'config.loaded',
      target: loaded.file ?? 'defaults',
      details: Object.fromEntries(changed.map(({ key, value }) => [key, value])),
    });
  } catch (error) {
    // The server is of more use without these entries than not at all; whoever reads the log sees the gap.
    log.error({ problem: String(error) }, 'the start could not be recorded in the audit log');
  }
}

async function recordStop(audit: ResilientAuditLog, config: Config): Promise<void> {
  // A disk that takes no entry must not keep the server from stopping.
  await audit
    .append({ actor: 'server', action: 'server.stopped', target: config.service.name })
    .catch(() => undefined);
  await audit.close();
}

async function listen(server: FastifyInstance, config: Config): Promise<string> {
  const { host, port } = config.service;
  const address = await server.listen({ host, port });
  // The address as a client on this machine would write it.
  return address.replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]');
}
