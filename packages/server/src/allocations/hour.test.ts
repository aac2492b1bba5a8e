import { formatUsd } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import type { SelfHostedDefinition } from '../config/index.ts';
import { divideHour, type RequestGroup } from './hour.ts';

const machines: SelfHostedDefinition = {
  id: 'a100',
  provider: 'vllm',
  models: ['*'],
  hourUsd: '10.00',
  allocateBy: 'tokens',
  concurrency: 4,
  gpuQuery: '',
  cpuQuery: '',
  memoryQuery: '',
  percent: false,
};
const group = (more: Partial<RequestGroup>): RequestGroup => ({
  model: 'llama',
  tenant: '',
  team: '',
  application: '',
  charged: false,
  requests: 1,
  tokens: 0n,
  timeUs: 0n,
  ...more,
});
const costs = (...args: Parameters<typeof divideHour>): string[] =>
  divideHour(...args).rows.map(({ kind, costPicoUsd }) => `${kind} ${formatUsd(costPicoUsd)}`);

describe('an hour', () => {
  it('is divided by tokens, and what was not in use is idle', () => {
    const groups = [group({ tokens: 300n }), group({ tokens: 100n, team: 'b' })];
    expect(costs(machines, groups, 0.25)).toEqual(['requests 1.875', 'requests 0.625', 'idle 7.50']);
  });

  it('is divided by time where that is asked for', () => {
    const groups = [group({ tokens: 300n, timeUs: 1n }), group({ tokens: 1n, timeUs: 3n })];
    expect(costs({ ...machines, allocateBy: 'time' }, groups, 1)).toEqual([
      'requests 2.50',
      'requests 7.50',
      'idle 0.00',
    ]);
  });

  it('takes the use from the latency where nothing measures it, and never more than all', () => {
    const quarter = [group({ tokens: 1n, timeUs: 3_600_000_000n })];
    expect(costs(machines, quarter, null)).toEqual(['requests 2.50', 'idle 7.50']);
    const more = [group({ tokens: 1n, timeUs: 36_000_000_000n })];
    expect(costs(machines, more, null)).toEqual(['requests 10.00', 'idle 0.00']);
  });

  it('is idle without requests, whatever was in use', () => {
    expect(costs(machines, [], 0.9)).toEqual(['idle 10.00']);
  });

  it('counts requests where they tell neither tokens nor time', () => {
    expect(costs(machines, [group({ requests: 3 }), group({ requests: 1 })], 1)[0]).toBe('requests 7.50');
  });

  it('sets apart the share of requests that have a charge already', () => {
    const groups = [group({ tokens: 1n }), group({ tokens: 1n, charged: true })];
    expect(costs(machines, groups, 1)).toEqual(['requests 5.00', 'charged 5.00', 'idle 0.00']);
  });

  it('sums to what the machines cost, to the pico-dollar', () => {
    const groups = Array.from({ length: 7 }, (_none, n) => group({ tokens: BigInt(n * n + 1) }));
    const { rows } = divideHour({ ...machines, hourUsd: '3.000000000001' }, groups, 1 / 3);
    expect(formatUsd(rows.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n))).toBe('3.000000000001');
  });
});
