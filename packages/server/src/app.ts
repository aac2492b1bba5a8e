/**
 * The composition root: opens everything in the order in which events flow through
 * it, and closes it in reverse. Nothing else in the server makes its own parts.
 */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuditLog, createSecretRegistry, type ResilientAuditLog } from './audit/index.ts';
import type { FastifyInstance } from 'fastify';
import type { Clock } from './clock.ts';
import { type Config, describeConfig, type LoadedConfig, secretValues } from './config/index.ts';
import { forgetServer, noteServer } from './data-directory.ts';
import { eventRoutes } from './http/event-routes.ts';
import { healthRoutes } from './http/health-routes.ts';
import { createHttpServer } from './http/http-server.ts';
import { metricsRoutes } from './http/metrics-routes.ts';
import { reportRoutes } from './http/report-routes.ts';
import { Ingest } from './ingest/ingest.ts';
import { Journal } from './journal/journal.ts';
import { Ledger } from './ledger/ledger.ts';
import { type Verification, verify } from './verify/verify.ts';
import { LiveCounters } from './live/live-counters.ts';
import { ServerMetrics } from './live/server-metrics.ts';
import type { Log } from './log.ts';
import { createPricer, parseRateCard, type RateCard } from './pricing/index.ts';
import { createServerHealth } from './server-health.ts';
import { version } from './version.ts';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

export interface StoreOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AppOptions extends Omit<StoreOptions, 'config'> {
  readonly loaded: LoadedConfig;
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

/** The stores of a data directory, without the HTTP server. */
export interface Stores {
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly metrics: ServerMetrics;
  verify(): Promise<Verification>;
  close(): Promise<void>;
}

/** Opens the journal and the ledger of the configured data directory. */
export async function openStores({ config, clock, log }: StoreOptions): Promise<Stores> {
  const dataDirectory = config.storage.data_dir;
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const metrics = new ServerMetrics(config, clock);
  const live = new LiveCounters(metrics.recorder);
  const journal = await Journal.open({
    directory: join(dataDirectory, 'journal'),
    identityWindowMs: config.identity.window_days * DAY_MS,
    identityMemoryBytesMax: 48 * MIB,
    queueBytesMax: config.ingest.queue_bytes_max,
    backlogBytesMax: 4096 * MIB,
  });
  const ledger = new Ledger({
    dataDirectory,
    limits: engineLimits(config),
    journal,
    clock,
    log,
    onLoaded: async (payload, rows) => {
      metrics.countLoaded(rows, await live.count(payload));
    },
  });
  return {
    journal,
    ledger,
    metrics,
    verify: () =>
      verify({ ledger, journal, live: { registry: metrics.registry, counted: () => live.counted } }),
    async close() {
      await ledger.close();
      await journal.close();
    },
  };
}

/** Starts the server. */
export async function startApp(options: AppOptions): Promise<App> {
  const { clock, log } = options;
  const { config } = options.loaded;
  const secrets = createSecretRegistry(secretValues(config));
  const audit = createAuditLog({ dataDir: config.storage.data_dir, clock, secrets });
  const stores = await openStores({ config, clock, log });
  const { journal, ledger, metrics } = stores;
  const health = createServerHealth({
    config,
    clock,
    journal,
    ledger,
    redact: (text) => secrets.redact(text),
    onChange: ({ name, to, message }) => {
      log.warn({ check: name, status: to, reason: message }, 'health changed');
    },
  });
  metrics.observe({ journal, ledger, health });
  const pricer = createPricer({ cards: readCards(config) });
  const ingest = new Ingest({
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
  const server = await createHttpServer({
    host: config.service.host,
    version,
    bodyBytesMax: config.ingest.body_bytes_max,
    log,
    onRefused: (code) => metrics.countRefused(code),
    routes: [
      eventRoutes(ingest, (rejected) => metrics.countRejected(rejected)),
      metricsRoutes(metrics),
      healthRoutes(health),
      reportRoutes(ledger, clock, () => stores.verify()),
    ],
  });
  const url = await listen(server, config);
  noteServer(config.storage.data_dir, { pid: process.pid, url });
  await health.start();
  void ledger.ready.then(() => health.setPhase('ready'));
  await recordStart(audit, options.loaded, url).catch((error: unknown) => {
    // The server is of more use without this entry than not at all; whoever reads the log sees the gap.
    log.error({ problem: String(error) }, 'the start could not be recorded in the audit log');
  });
  return {
    url,
    ready: ledger.ready,
    async close() {
      health.setPhase('stopping');
      health.stop();
      await server.close();
      await stores.close();
      await audit
        .append({ actor: 'server', action: 'server.stopped', target: config.service.name })
        .catch(() => undefined);
      await audit.close();
      forgetServer(config.storage.data_dir);
    },
  };
}

/** Accounts for the start and for the configuration that took effect with it. */
async function recordStart(audit: ResilientAuditLog, loaded: LoadedConfig, url: string): Promise<void> {
  const { name } = loaded.config.service;
  const changed = describeConfig(loaded).filter(({ isDefault }) => !isDefault);
  await audit.append({ actor: 'server', action: 'server.started', target: name, details: { version, url } });
  await audit.append({
    actor: 'server',
    action: 'config.loaded',
    target: loaded.file ?? 'defaults',
    details: Object.fromEntries(changed.map(({ key, value }) => [key, value])),
  });
}

function readCards(config: Config): RateCard[] {
  return config.pricing.cards.map((file) => parseRateCard(readFileSync(file, 'utf8'), file));
}

async function listen(server: FastifyInstance, config: Config): Promise<string> {
  const { host, port } = config.service;
  const address = await server.listen({ host, port });
  // The address as a client on this machine would write it.
  return address.replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]');
}

function engineLimits(config: Config) {
  return {
    memoryBytesMax: config.performance.memory_limit_gb * 1024 * MIB,
    threadsMax: Math.min(config.ledger.max_threads, config.performance.cpu_cores),
    queryMemoryBytesMax: config.ledger.query_memory_mb * MIB,
    querySecondsMax: config.ledger.query_timeout_seconds,
  };
}
