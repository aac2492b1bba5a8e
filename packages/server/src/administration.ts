/** The part of the server that administers it: tokens, configuration, audit. */

import type { StoredToken } from './auth/index.ts';
import { FileWatch } from './config/watch.ts';
import { auditRoutes } from './http/audit-routes.ts';
import { configRoutes } from './http/config-routes.ts';
import { tokenRoutes } from './http/token-routes.ts';
import type { Part, PartContext } from './part.ts';

/** Opens it. */
export function administration(context: PartContext): Part {
  const { audit, live, config, clock, log, reloader, access } = context;
  const reload = (actor: string) => reloader.reload(actor);
  const account = async (
    actor: string,
    action: 'token.created' | 'token.revoked',
    { id, name, roles, tenant, expiresMs }: StoredToken,
  ): Promise<void> => {
    const expires = expiresMs === null ? null : new Date(expiresMs).toISOString();
    await audit
      .append({ actor, action, target: id, details: { name, roles, tenant, expires } })
      .catch((error: unknown) => log.error({ problem: String(error) }, 'a token could not be audited'));
  };
  let watch: FileWatch | null = null;
  return {
    routes: [tokenRoutes(access.tokens, clock, account), configRoutes(live, reload), auditRoutes(audit)],
    start() {
      watch = new FileWatch({
        clock,
        intervalMs: () => config.reload.watch_seconds * 1000,
        files: () => [live.loaded.file ?? [], config.pricing.cards].flat(),
        onChange: () => {
          // What is wrong is in the log and in the gauge.
          reload('file watch').catch(() => undefined);
        },
      });
    },
    stop: () => watch?.stop(),
  };
}
