import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { Access, Authenticator, KeptTokens, type StaticToken } from '../auth/index.ts';
import { fakeClock } from '../clock.ts';
import { createHealth } from '../health/index.ts';
import { addGuard } from './guard.ts';
import { healthRoutes } from './health-routes.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
});

const tokens: readonly StaticToken[] = [
  { name: 'reader', text: 'a-token-to-read', roles: ['read'] },
  { name: 'sender', text: 'a-token-to-send', roles: ['ingest'] },
];

/** What `/readyz?verbose` says, with a check whose message is not for everybody. */
async function ask(
  rules: { readonly openMonitoring: boolean; readonly tokens?: readonly StaticToken[] },
  token?: string,
): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bellwether-health-'));
  cleanUps.push(() => rmSync(dataDir, { recursive: true }));
  const clock = fakeClock(0);
  const kept = new KeptTokens({ dataDir, clock, onProblem: () => undefined });
  cleanUps.push(() => kept.close());
  const access = new Access({
    authenticator: new Authenticator({
      tokens: kept,
      clock,
      localToken: 'local',
      staticTokens: () => rules.tokens ?? tokens,
    }),
    rules: () => ({
      openOnLoopback: true,
      openMonitoring: rules.openMonitoring,
      hosts: [],
      corsOrigins: [],
      ratePerSecondMax: 0,
    }),
    host: '127.0.0.1',
    clock,
  });
  const health = createHealth({
    clock,
    service: 'bellwether',
    version: '1.0.0',
    metricsCollected: () => true,
    redact: (text) => text,
    checks: [
      {
        name: 'partner_gateway',
        component: 'probe',
        critical: false,
        intervalMs: 1000,
        timeoutMs: 1000,
        run: () => Promise.resolve({ status: 'healthy', message: 'It answers.' }),
      },
    ],
  });
  health.setPhase('ready');
  const server = fastify();
  addGuard(server, access);
  healthRoutes(health)(server);
  const { body, statusCode } = await server.inject({
    url: '/readyz?verbose',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  await server.close();
  expect(statusCode).toBe(200);
  return body;
}

it('lists the checks to whoever may see the health', async () => {
  expect(await ask({ openMonitoring: true })).toContain('partner_gateway');
  expect(await ask({ openMonitoring: true }, 'a-token-to-send')).toContain('partner_gateway');
  expect(await ask({ openMonitoring: false }, 'a-token-to-read')).toContain('partner_gateway');
  expect(await ask({ openMonitoring: false, tokens: [] })).toContain('partner_gateway');
});

it('says to others no more than whether the server is ready', async () => {
  expect(await ask({ openMonitoring: false })).toBe('ok\n');
  expect(await ask({ openMonitoring: false }, 'a-wrong-token')).toBe('ok\n');
  expect(await ask({ openMonitoring: false }, 'a-token-to-send')).toBe('ok\n');
});
