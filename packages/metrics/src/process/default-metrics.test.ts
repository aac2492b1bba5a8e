import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseText } from '../parse/text.ts';
import { Registry } from '../registry/registry.ts';
import { collectDefaultMetrics } from './collect-default-metrics.ts';

/** Allocates enough for some garbage collections. */
function makeGarbage(): number {
  let length = 0;
  for (let i = 0; i < 300; i++) length += Array.from({ length: 20_000 }, (_none, j) => ({ j })).length;
  return length;
}

describe('default metrics', () => {
  it('tell the truth about this process', async () => {
    const register = new Registry();
    collectDefaultMetrics({ register });
    await register.metrics();
    makeGarbage();
    await pause(60);
    const families = parseText(await register.metrics());
    const value = (name: string): number => {
      const samples = families.flatMap((family) => family.samples).filter((sample) => sample.name === name);
      return samples.reduce((sum, sample) => sum + sample.value, 0);
    };
    expect(Math.abs(value('process_resident_memory_bytes') / process.memoryUsage.rss() - 1)).toBeLessThan(
      0.3,
    );
    expect(Math.abs(value('process_start_time_seconds') - performance.timeOrigin / 1000)).toBeLessThan(1);
    expect(value('process_cpu_user_seconds_total')).toBeGreaterThan(0);
    expect(value('nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6);
    expect(value('nodejs_heap_space_size_used_bytes')).toBeGreaterThan(1e6);
    expect(value('nodejs_gc_duration_seconds_count')).toBeGreaterThan(0);
    expect(value('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0);
    expect(value('nodejs_active_resources')).toBe(value('nodejs_active_resources_total'));
    expect(value('nodejs_version_info')).toBe(1);
    expect(families.flatMap(({ samples }) => samples).every((sample) => Number.isFinite(sample.value))).toBe(
      true,
    );
  });

  it('survive that the registry is reset, and are there only once', async () => {
    const register = new Registry();
    collectDefaultMetrics({ register, labels: { instance: 'a' } });
    register.resetMetrics();
    expect(await register.metrics()).toMatch(/^process_resident_memory_bytes\{instance="a"\} \d+$/m);
    expect(() => collectDefaultMetrics({ register, labels: { instance: 'a' } })).toThrow(
      expect.objectContaining({ code: 'DUPLICATE_METRIC' }),
    );
    expect(() => collectDefaultMetrics(5 as never)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
