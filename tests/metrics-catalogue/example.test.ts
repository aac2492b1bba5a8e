/**
 * The example application, run as a process of its own in front of a real Bellwether
 * server: every family that an application records comes to life in it, and what it
 * shows agrees with what the server shows of the events that it sends.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogue, type FamilyDeclaration, recordedBy } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server/running-server.ts';
import { RunningGateway, scrapeSamples } from './running-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'bellwether-gateway-'));
let server: RunningServer;
let gateway: RunningGateway;

beforeAll(async () => {
  server = await startServer(join(folder, 'server'));
  gateway = await RunningGateway.start(join(folder, 'gateway'), server.url);
});

afterAll(async () => {
  await gateway?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Asks many questions at once, as many users do. */
async function askMany(from: number, to: number): Promise<readonly number[]> {
  const statuses: number[] = [];
  await Promise.all(
    Array.from({ length: to - from }, async (_none, index) => {
      const prompt = `what is the price of item ${from + index} in the shop and is it there`;
      statuses.push((await gateway.ask(prompt, `user-${index % 7}`)).status);
    }),
  );
  return statuses;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await holds()) return;
    await sleep(100);
  }
  throw new Error(`in ten seconds it did not come about that ${what}`);
}

const total = (values: readonly number[] = []): number => values.reduce((sum, value) => sum + value, 0);

/** Whether something was recorded on a family: a gauge may be zero, anything else may not. */
function isRecorded(
  { name, type }: FamilyDeclaration,
  samples: ReadonlyMap<string, readonly number[]>,
): boolean {
  if (type === 'gauge') return samples.has(name);
  const counted = type === 'histogram' || type === 'summary' ? `${name}_count` : name;
  return total(samples.get(counted)) > 0;
}

describe('the example gateway', () => {
  it('answers questions and keeps answers', async () => {
    const statuses = await askMany(0, 150);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(140);
    const first = await gateway.ask('a question that is asked twice', 'ann');
    const second = await gateway.ask('a question that is asked twice', 'bob');
    expect(second.body.answer).toBe(first.body.answer);
    expect(
      (await gateway.call('POST', '/feedback', 'bob', { id: second.body.id, satisfaction: 0.8 })).status,
    ).toBe(200);
    expect((await gateway.call('POST', '/feedback', 'bob', { id: 'nobody', satisfaction: 0.8 })).status).toBe(
      404,
    );
    expect((await gateway.ask('', 'ann')).status).toBe(400);
  });

  it('keeps settings for those who may', async () => {
    for (let i = 0; i < 70; i++) await gateway.set(`flag.${i}`, `value ${i}`);
    expect((await gateway.call('GET', '/config/flag.3', 'eve')).body).toEqual({ value: 'value 3' });
    expect((await gateway.call('PUT', '/config/flag.3', 'eve', { value: 'x' })).status).toBe(403);
    expect((await gateway.call('GET', '/config/flag.3', 'mallory')).status).toBe(403);
    expect((await gateway.call('DELETE', '/config/flag.3', 'bob')).status).toBe(403);
    expect((await gateway.call('DELETE', '/config/flag.3', 'ann')).body).toEqual({ deleted: true });
    expect((await gateway.call('GET', '/config/flag.3', 'ann')).status).toBe(404);
    expect((await gateway.call('POST', '/keys/rotate', 'ann')).body).toEqual({ key: 2 });
    expect((await gateway.call('GET', '/config/flag.4', 'eve')).body).toEqual({ value: 'value 4' });
    const audited = readFileSync(join(folder, 'gateway/audit.jsonl'), 'utf8').trim().split('\n');
    const events = audited.map((line) => (JSON.parse(line) as { readonly event: string }).event);
    expect(events.filter((event) => event === 'access.denied').length).toBe(3);
    expect(events.at(-1)).toBe('key.rotated');
  });

  it('notices values that were tampered with, and a storage that is locked', async () => {
    const database = new DatabaseSync(join(folder, 'gateway/settings.sqlite'));
    database.prepare("UPDATE settings SET sealed = zeroblob(40) WHERE name = 'flag.5'").run();
    // Reading others pushes it out of both tiers of the cache.
    for (let i = 6; i < 75; i++) await gateway.call('GET', `/config/flag.${i % 70}`, 'eve');
    expect((await gateway.call('GET', '/config/flag.5', 'eve')).status).toBe(500);
    database.exec('BEGIN EXCLUSIVE');
    expect((await gateway.call('PUT', '/config/flag.6', 'ann', { value: 'x' })).status).toBe(500);
    database.exec('ROLLBACK');
    database.close();
    await gateway.set('flag.5', 'whole again');
  });

  it('does without a backend that fails, and takes it back', async () => {
    await gateway.set('balancer.algorithm', 'round_robin');
    const steady = await gateway.backend('steady');
    const state = async (): Promise<number> =>
      total((await scrapeSamples(gateway.url)).samples.get('load_balancer_circuit_breaker_state'));
    await fetch(`${steady}/fail`, { method: 'POST' });
    const statuses = await askMany(200, 260);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(50);
    expect(await state()).toBeGreaterThan(0);
    const allHealthy = async (): Promise<boolean> => {
      const { body } = await gateway.call('GET', '/health', 'ann');
      return (body.backends as readonly { readonly healthy: boolean }[]).every(({ healthy }) => healthy);
    };
    await until('a check finds the backend failing', async () => !(await allHealthy()));
    await fetch(`${steady}/recover`, { method: 'POST' });
    await until('the backend is healthy again', allHealthy);
    let asked = 300;
    await until('the circuit breaker closes', async () => {
      await askMany(asked, asked + 5);
      asked += 5;
      return (await state()) === 0;
    });
  });

  it('says when agreements are broken and budgets are used up', async () => {
    await gateway.set('sla.response_time_ms', '0.001');
    await gateway.set('sla.quality', '1');
    await gateway.set('sla.cost_usd', '0');
    await gateway.set('sla.error_share', '0');
    await gateway.set('sla.availability', '1');
    await askMany(1000, 1030);
    await gateway.set('budget.provider_month', '0');
    expect(await askMany(1100, 1103)).toEqual([429, 429, 429]);
    await gateway.set('budget.provider_month', '50');
    await until('the agreements were reviewed', async () => {
      const { samples } = await scrapeSamples(gateway.url);
      return ['availability', 'error_rate'].every(
        (kind) => total(samples.get(`load_balancer_sla_${kind}_violations_total`)) > 0,
      );
    });
  });

  it('has recorded every family that an application records', async () => {
    const { samples } = await scrapeSamples(gateway.url);
    const swift = await scrapeSamples(await gateway.backend('swift'));
    const ofClient = /^(metrics_|custom_metrics_errors)/;
    const silent = recordedBy('application').filter(
      (family) =>
        !ofClient.test(family.name) && !isRecorded(family, samples) && !isRecorded(family, swift.samples),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
    // Nothing that was recorded was refused, and no label set was too many.
    expect(samples.get('custom_metrics_errors_total')).toEqual([0]);
    expect([...samples.keys()].filter((name) => name.startsWith('metrics_'))).toEqual([]);
  });

  it('exposes nothing that the catalogue does not declare', async () => {
    const declared = new Set(
      catalogue.filter((family) => family.recordedBy.includes('application')).map(({ name }) => name),
    );
    for (const url of [gateway.url, await gateway.backend('shaky')]) {
      const { families } = await scrapeSamples(url);
      expect(families.length).toBeGreaterThan(2);
      expect(families.filter((name) => !declared.has(name))).toEqual([]);
    }
  });

  it('agrees with what Bellwether shows of its events', async () => {
    const { samples: own } = await scrapeSamples(gateway.url);
    const count = 'load_balancer_requests_total';
    await until('all events have arrived', async () => {
      const { samples } = await scrapeSamples(server.url);
      return total(samples.get(count)) >= total(own.get(count));
    });
    const { samples: theirs } = await scrapeSamples(server.url);
    for (const name of [
      count,
      'load_balancer_errors_total',
      'load_balancer_request_bytes_total',
      'load_balancer_response_bytes_total',
      'load_balancer_request_duration_seconds_count',
      'load_balancer_cache_requests_total',
      'load_balancer_algorithm_selection_total',
      'llm_errors_total',
      'llm_tokens_used_total',
      'gen_ai_client_inference_usage_reasoning_output_tokens_total',
    ]) {
      expect([name, total(theirs.get(name))]).toEqual([name, total(own.get(name))]);
    }
    const cost = total(own.get('load_balancer_total_cost_usd'));
    expect(cost).toBeGreaterThan(0);
    expect(total(theirs.get('load_balancer_total_cost_usd'))).toBeCloseTo(cost, 9);
    expect(total(theirs.get('users_active'))).toBeGreaterThan(0);
  });

  it('stops in an orderly way', async () => {
    expect(await gateway.stop()).toBe(0);
    gateway = await RunningGateway.start(join(folder, 'gateway'), '');
  });
});
