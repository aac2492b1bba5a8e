/**
 * The gateway: a load balancer in front of model servers and a configuration service,
 * in one process. It records everything it does with Bellwether's recorders, exposes
 * that on `/metrics`, pushes it over OTLP, and sends an event for each attempt to a
 * Bellwether server.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { applicationMetrics } from '@bellwether/events';
import { OtlpPusher, Registry, scrape, systemClock } from '@bellwether/metrics';
import { Shipper } from '@bellwether/sdk';
import { Agreements } from './balancer/agreements.ts';
import { AttemptRecorder } from './balancer/attempt-recorder.ts';
import { Backend } from './balancer/backend.ts';
import { Balancer } from './balancer/balancer.ts';
import { Spending } from './balancer/spending.ts';
import { AccessControl } from './configuration/access.ts';
import { AuditTrail } from './configuration/audit-trail.ts';
import { ConfigService } from './configuration/config-service.ts';
import { ConfigStore } from './configuration/store.ts';
import { Vault } from './configuration/vault.ts';
import { startFleet } from './models/fleet.ts';
import { seededRandom } from './models/random.ts';
import { gatewayRoutes } from './routes.ts';
import { defaultSettings, settingsOf } from './settings.ts';
import { letVisitorsIn } from './visitors.ts';
import { serve } from './web/router.ts';

/** How the gateway is set up. */
export interface GatewayOptions {
  /** 0 takes any free one. */
  readonly port: number;
  readonly dataDirectory: string;
  /** 32 bytes that the data keys are derived from. */
  readonly masterKey: Buffer;
  /** Where Bellwether answers; `''` sends no events. */
  readonly bellwetherUrl: string;
  /** Where OTLP is taken, without `/v1/metrics`; `''` pushes no metrics. */
  readonly otlpUrl: string;
  readonly otlpIntervalMs: number;
  /** Whether made-up people use it. */
  readonly visitors: boolean;
  /** Makes the model servers behave the same in every run. */
  readonly seed: number;
}

/** A running gateway. */
export interface Gateway {
  readonly url: string;
  close(): Promise<void>;
}

const CHECK_INTERVAL_MS = 500;

/** Starts the gateway and its model servers. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const clock = systemClock;
  mkdirSync(options.dataDirectory, { recursive: true });
  const registry = new Registry();
  const metrics = applicationMetrics({
    registry,
    packs: ['llm', 'load_balancer', 'platform'],
    llm: { genAi: true },
  });

  const store = new ConfigStore(join(options.dataDirectory, 'settings.sqlite'), metrics);
  const audit = await AuditTrail.open(join(options.dataDirectory, 'audit.jsonl'), metrics, clock);
  const access = new AccessControl(metrics, clock);
  access.assign('ann', 'admin');
  access.assign('bob', 'operator');
  access.assign('eve', 'viewer');
  const vault = new Vault(options.masterKey, Math.max(1, store.newestKey()), metrics);
  const config = new ConfigService({ access, audit, vault, store, metrics, clock });
  config.seed(defaultSettings);
  const settings = settingsOf(config);

  const fleet = await startFleet(options.seed);
  const backends = fleet.members.map((member) => new Backend(member, metrics.loadBalancer, clock));
  const agreements = new Agreements(metrics.loadBalancer, settings.agreement);
  const spending = new Spending(metrics, settings.budgets, clock);
  const { bellwetherUrl: url } = options;
  const shipper = url === '' ? undefined : new Shipper({ url, registry });
  const recorder = new AttemptRecorder({
    metrics,
    prices: settings,
    agreements,
    spending,
    ship: (event) => void shipper?.ship(event),
  });
  const { algorithm } = settings;
  const balancer = new Balancer({ backends, metrics, algorithm, spending, recorder, clock });

  async function checkBackends(): Promise<void> {
    await Promise.all(backends.map((backend) => backend.check()));
    for (const { member, healthy } of backends) agreements.noteCheck(member.id, healthy);
    agreements.review();
  }
  await checkBackends();
  const checks = setInterval(() => void checkBackends(), CHECK_INTERVAL_MS);

  const web = await serve(
    options.port,
    gatewayRoutes(balancer, config, (accept) => scrape(registry, { accept })),
    metrics,
    clock,
  );
  const pusher = pusherFor(options, registry);
  const visitors = options.visitors ? letVisitorsIn(web.url, seededRandom(options.seed)) : undefined;
  return {
    url: web.url,
    async close() {
      await visitors?.stop();
      clearInterval(checks);
      await web.close();
      await shipper?.close();
      await pusher?.close();
      for (const backend of backends) backend.close();
      await fleet.close();
      await audit.close();
      store.close();
    },
  };
}

function pusherFor({ otlpUrl, otlpIntervalMs }: GatewayOptions, registry: Registry): OtlpPusher | undefined {
  if (otlpUrl === '') return undefined;
  const pusher = new OtlpPusher({
    url: `${otlpUrl}/v1/metrics`,
    families: () => registry.families(),
    resource: { 'service.name': 'gateway', 'service.instance.id': String(process.pid) },
    intervalMs: otlpIntervalMs,
  });
  pusher.start();
  return pusher;
}
