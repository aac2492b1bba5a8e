/** What governs a running server: who may ask it what, and how its configuration changes. */

import { type OpenAccess, openAccess } from './access.ts';
import type { ResilientAuditLog, SecretRegistry } from './audit/index.ts';
import type { Clock } from './clock.ts';
import { configuredCards } from './configured-pricer.ts';
import type { LiveConfig, LoadedConfig } from './config/index.ts';
import { type LivePricer, livePricer } from './live-pricer.ts';
import type { Log } from './log.ts';
import type { Outgoing } from './outgoing/index.ts';
import { Reloader, type ReloaderOptions } from './reload.ts';

export interface ControlOptions {
  readonly live: LiveConfig;
  readonly load: () => LoadedConfig;
  readonly audit: ResilientAuditLog;
  readonly secrets: SecretRegistry;
  readonly clock: Clock;
  readonly log: Log;
  readonly outgoing: Outgoing;
  readonly setLogLevel: (level: string) => void;
  readonly onReload: ReloaderOptions['onReload'];
}

export interface Control {
  readonly access: OpenAccess;
  readonly pricer: LivePricer;
  readonly reloader: Reloader;
}

/** Opens it, and has what is here take part in reloads. */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { live, clock, log, outgoing, setLogLevel } = options;
  const pricer = livePricer(await configuredCards(live.view));
  const reloader = new Reloader(options);
  reloader.add(async (config) => pricer.prepare(await configuredCards(config)));
  reloader.add(
    ({ outgoing: { allow_private } }) =>
      () =>
        outgoing.setAllowPrivate(allow_private),
  );
  reloader.add((config) => () => setLogLevel(config.performance.log_level));
  return { access: openAccess({ config: live.view, clock, log }), pricer, reloader };
}
