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
import type { Clock, ClockTimer } from './clock.ts';
import { type Config, describeConfig, LiveConfig, type LoadedConfig, secretValues } from './config/index.ts';
import { forgetServer, noteServer } from './data-directory.ts';
import { openControl } from './control.ts';
import type { Health } from './health/index.ts';
import { healthRoutes } from './http/health-routes.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './http/http-server.ts';
import { indexRoute } from './http/index-route.ts';
import { metricsRoutes } from './http/metrics-routes.ts';
import { LedgerFollowers } from './ledger-followers.ts';
import type { Observed } from './live/server-metrics.ts';
import type { Log, LogContext } from './log.ts';
import { openIngest } from './open-ingest.ts';
import { Parts } from './parts.ts';
import { createOutgoing, type Outgoing } from './outgoing/index.ts';
import { createServerHealth } from './server-health.ts';
import { openStores, type Stores } from './stores.ts';
import { version } from './version.ts';

/** How long questions and requests that are under way may hold up the end, e.g. since the engine hangs. */
const LAST_ANSWERS_MS_MAX = 10_000;

export interface AppOptions {
  readonly loaded: LoadedConfig;
  /** Loads the configuration again, from where it came from. */
  readonly load: () => LoadedConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Has what is logged in a request carry its id. */
  readonly within: (context: LogContext, run: () => void) => void;
  /** Has the log keep entries of this level and above. */
  readonly setLogLevel: (level: string) => void;
}

/** A running server. */
export interface App {
  /** Where it answers, e.g. `http://127.0.0.1:9091`. */
  readonly url: string;
  /** Resolves when the ledger can be asked; events are taken in before that. */
  readonly ready: Promise<void>;
  /** With which commands on this machine may ask it anything. */
  readonly localToken: string;
  /** Loads the configuration again; see {@link Reloader.reload}. */
  reload(actor: string): Promise<unknown>;
  /** Answers what is under way, writes what waits, and closes everything. */
  close(): Promise<void>;
}

/** The stores with the stages that follow the ledger, and what all parts use. */
interface OpenedStores extends Stores {
  readonly followers: LedgerFollowers;
  readonly audit: ResilientAuditLog;
  readonly secrets: SecretRegistry;
  readonly outgoing: Outgoing;
  readonly live: LiveConfig;
}

/** Starts the server. */
export async function startApp(options: AppOptions): Promise<App> {
  const { clock, log } = options;
  const live = new LiveConfig(options.loaded);
  const config = live.view;
  const secrets = createSecretRegistry(secretValues(config));
  const audit = createAuditLog({ dataDir: config.storage.data_dir, clock, secrets });
  const outgoing = createOutgoing({ allowPrivate: config.outgoing.allow_private, clock });
  const followers = new LedgerFollowers({ config, clock, log, audit, outgoing });
  const stores = await openStores({ config, clock, log, actor: 'server', onLoaded: followers.loaded });
  const shared = { followers, audit, secrets, outgoing, live };
  try {
    await followers.open(stores);
    return await serve(options, { ...stores, ...shared });
  } catch (error) {
    // What stays open would keep the process, and its hold on the data, for ever.
    await closeStores({ ...stores, ...shared });
    await audit.close();
    throw error;
  }
}

/** Puts the server on its stores. */
async function serve(options: AppOptions, stores: OpenedStores): Promise<App> {
  const { loaded, clock, log } = options;
  const { ledger, metrics, followers, audit, secrets, live } = stores;
  const config = live.view;
  const health = createHealth(config, clock, log, stores, secrets);
  metrics.observe(observed(stores, health));
  const control = await openControl({
    ...options,
    ...stores,
    onReload: (outcome) => metrics.showReload(outcome),
  });
  const { access, pricer, reloader } = control;
  followers.follow(reloader);
  const intake = openIngest({ config, clock, stores, pricer, reloader });
  const context = { loaded, config, clock, log, stores, health, ...stores, ...control, intake };
  const parts = await Parts.open(context);
  const http = await makeHttp(options, stores, access.access, [
    intake.routes,
    indexRoute,
    metricsRoutes(metrics),
    healthRoutes(health),
    ...parts.routes,
    ...followers.routes(stores),
  ]);
  reloader.add(http.prepareTls);
  const url = await http.listen().catch(async (error: unknown) => {
    access.close();
    await parts.close();
    throw error;
  });
  if (access.access.needsTokens) log.info({ host: config.service.host }, 'tokens are needed');
  leaveNote(config, { url, token: access.localToken }, log);
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
    localToken: access.localToken,
    reload: (actor) => reloader.reload(actor),
    async close() {
      health.setPhase('stopping');
      health.stop();
      parts.stop();
      const impatience = giveUpLate(clock, http, ledger);
      await http.close();
      await intake.close();
      await parts.close();
      access.close();
      await closeStores(stores);
      clock.clearTimeout(impatience);
      await recordStop(audit, config);
      forgetServer(config.storage.data_dir);
    },
  };
}

/** The HTTP server with its routes. */
function makeHttp(
  { clock, log, within }: AppOptions,
  { live, metrics }: OpenedStores,
  access: HttpServerOptions['access'],
  routes: HttpServerOptions['routes'],
): Promise<HttpServer> {
  return createHttpServer({
    access,
    config: live.view,
    version,
    log,
    clock,
    within,
    onAnswered: (request) => metrics.observeRequest(request),
    onRefused: (code) => metrics.countRefused(code),
    routes,
  });
}

/** Gives up, after a time, what holds up the end. */
function giveUpLate(clock: Clock, http: HttpServer, ledger: Stores['ledger']): ClockTimer {
  return clock.setTimeout(() => {
    http.dropConnections();
    void ledger.connection.giveUpQuestions();
  }, LAST_ANSWERS_MS_MAX);
}

async function closeStores(stores: OpenedStores): Promise<void> {
  await stores.followers.stop();
  await stores.close();
  await stores.followers.close();
  stores.outgoing.close();
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
function leaveNote(config: Config, note: { url: string; token: string }, log: Log): void {
  try {
    noteServer(config.storage.data_dir, { pid: process.pid, ...note });
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
