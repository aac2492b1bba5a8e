/** Opens what decides who may ask what, as the configuration says and the data directory keeps it. */

import { Access, Authenticator, KeptTokens, makeToken, type Role, type StaticToken } from './auth/index.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/index.ts';
import type { Log } from './log.ts';

/** Access of a running server. */
export interface OpenAccess {
  readonly access: Access;
  readonly tokens: KeptTokens;
  /** The token for commands on this machine, which they find in the server's note. */
  readonly localToken: string;
  close(): void;
}

/** Opens it. What is configured is read again for each request, since it may change. */
export function openAccess(options: {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}): OpenAccess {
  const { config, clock, log } = options;
  const tokens = new KeptTokens({
    dataDir: config.storage.data_dir,
    clock,
    onProblem: (error) => log.error({ problem: String(error) }, 'the tokens cannot be read'),
  });
  const { text: localToken } = makeToken();
  const authenticator = new Authenticator({
    tokens,
    clock,
    localToken,
    staticTokens: () => staticTokens(config),
  });
  const access = new Access({ authenticator, rules: () => config.access, host: config.service.host, clock });
  return { access, tokens, localToken, close: () => tokens.close() };
}

const staticRoles: readonly Role[] = ['admin', 'operate', 'read', 'ingest'];

/** The tokens that the configuration gives. */
function staticTokens({ access }: Config): StaticToken[] {
  return staticRoles
    .map((role) => ({ name: `configured ${role}`, text: access[`${role}_token`], roles: [role] }))
    .filter(({ text }) => text !== '');
}
