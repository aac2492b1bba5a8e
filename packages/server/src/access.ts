/** Opens what decides who may ask what, as the configuration says and the data directory keeps it. */

import {
  Access,
  type AccessRules,
  Authenticator,
  KeptTokens,
  makeToken,
  type StaticToken,
} from './auth/index.ts';
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
  const access = new Access({
    authenticator,
    rules: () => rulesOf(config),
    host: config.service.host,
    clock,
  });
  return { access, tokens, localToken, close: () => tokens.close() };
}

function rulesOf({ access }: Config): AccessRules {
  return {
    openOnLoopback: access.open_on_loopback,
    openMonitoring: access.open_monitoring,
    hosts: access.hosts,
    corsOrigins: access.cors_origins,
    ratePerSecondMax: access.rate_limit,
  };
}

/** The tokens that the configuration gives. */
function staticTokens({ access }: Config): StaticToken[] {
  const tokens: StaticToken[] = [
    { name: 'configured admin', text: access.admin_token, roles: ['admin'] },
    { name: 'configured operate', text: access.operate_token, roles: ['operate'] },
    { name: 'configured read', text: access.read_token, roles: ['read'] },
    { name: 'configured ingest', text: access.ingest_token, roles: ['ingest'] },
  ];
  return tokens.filter(({ text }) => text !== '');
}
