/** The demo as a user starts it: its history, and the packs of the example gateway that it starts. */

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogue } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { cli, inherited, temporaryDirectory } from './running-server.ts';

/** Waits for a value, for at most a minute. */
async function until<T>(what: string, find: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await find();
    if (found !== null) return found;
    await sleep(100);
  }
  throw new Error(`in a minute it did not come about that ${what}`);
}

/** The families of an exposition that have a sample of the gateway. */
function ofGateway(text: string): Set<string> {
  const lines = text.split('\n').filter((line) => line.includes('job="gateway"'));
  return new Set(lines.map((line) => line.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, '')));
}

describe('the demo', () => {
  it('shows the platform pack and the load balancer of an application, which ends with it', async () => {
    const directory = temporaryDirectory();
    const child = spawn(
      process.execPath,
      [cli, 'demo', '--port', '0', '--events', '2000', '--data', directory.path],
      { env: inherited, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    const ended = new Promise<number | null>((resolve) => {
      child.once('exit', resolve);
    });
    try {
      const said = (pattern: RegExp) => () => Promise.resolve(pattern.exec(output)?.[1] ?? null);
      const url = await until('the server answers', said(/Bellwether answers at\s+(http:\S+)/));
      const gateway = await until('the gateway answers', said(/The gateway answers at (http:\S+)/));
      const platform = catalogue.filter(({ pack }) => pack === 'platform').map(({ name }) => name);
      const shown = await until('the packs are shown', async () => {
        const found = ofGateway(await (await fetch(`${url}/metrics`)).text());
        return platform.filter((name) => !found.has(name)).length <= 5 ? found : null;
      });
      expect([...shown]).toEqual(
        expect.arrayContaining([
          'config_operations_total',
          'cache_hits_total',
          'rbac_permission_checks_total',
          'audit_events_total',
          'crypto_operations_total',
          'load_balancer_circuit_breaker_state',
          'load_balancer_pool_size_active',
          'load_balancer_backend_health',
        ]),
      );
      // What the server counts from its ledger it does not show a second time.
      expect(shown.has('load_balancer_requests_total')).toBe(false);
      expect(shown.has('llm_requests_total')).toBe(false);
      const { deployments } = (await (await fetch(`${url}/api/v1/deployments`)).json()) as {
        deployments: { service: string; version: string }[];
      };
      expect(deployments).toMatchObject([
        { service: 'code-assistant', version: '7.1.0' },
        { service: 'helpdesk', version: '4.3.0' },
      ]);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      await until('the gateway has ended', () =>
        fetch(gateway).then(
          () => null,
          () => true,
        ),
      );
    } finally {
      child.kill('SIGKILL');
      await ended;
      directory.remove();
    }
  });
});
