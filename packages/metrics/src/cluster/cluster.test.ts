import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { MetricValues } from '../instruments/lines.ts';
import { aggregateMetric } from './aggregate.ts';
import { AggregatorRegistry } from './aggregator-registry.ts';

describe('the metrics of a cluster', () => {
  it('are those of all workers, and wait for none that is gone', async () => {
    const fixture = fileURLToPath(new URL('./cluster.fixture.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [fixture]);
    const { before, first, second, third } = JSON.parse(stdout) as Record<string, string>;
    expect(before).toBe('');
    const samples = first!.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples.slice(0, 2)).toEqual(['requests_total{a="x"} 6', 'level 3']);
    const [least, middle, greatest, sum, count] = samples.slice(2).map((line) => Number(line.split(' ')[1]));
    expect([least, greatest, sum, count]).toEqual([0, 2100, 3 * 5050 + 101 * 3000, 303]);
    // The median of all observations is 1050, which no worker has as its own.
    expect(Math.abs(middle! / 1050 - 1)).toBeLessThan(0.006);
    expect(second).toBe(first);
    // The worker may have answered before it was killed.
    expect(third).toMatch(/^requests_total\{a="x"\} [3-6]$/m);
  });
});

describe('making values of several processes one', () => {
  const metric = (values: MetricValues['values'], more: Partial<MetricValues> = {}): MetricValues => ({
    name: 'm',
    help: 'h',
    type: 'gauge',
    aggregator: 'sum',
    values,
    ...more,
  });

  it('keeps label sets apart that look alike', () => {
    const merged = aggregateMetric([
      metric([{ labels: { a: '1,b:2' }, value: 1 }]),
      metric([{ labels: { a: '1', b: '2' }, value: 2 }]),
      metric([{ labels: { b: '2', a: '1' }, value: 3 }]),
    ]);
    expect(merged?.values).toEqual([
      { labels: { a: '1,b:2' }, value: 1 },
      { labels: { a: '1', b: '2' }, value: 5 },
    ]);
  });

  it('takes the value that was set last', () => {
    const all = [3000, 5000, 4000].map((setMs, index) =>
      metric([{ labels: {}, value: index, setMs }], { aggregator: 'last' }),
    );
    expect(aggregateMetric(all)?.values[0]?.value).toBe(1);
  });

  it('does not add quantiles up', () => {
    const summary = (value: number) =>
      metric(
        [
          { labels: { quantile: 0.99 }, value },
          { labels: {}, value: 10 * value, metricName: 'm_sum' },
        ],
        { type: 'summary' },
      );
    expect(aggregateMetric([summary(1), summary(3)])?.values.map(({ value }) => value)).toEqual([3, 40]);
  });

  it('refuses an aggregator that it does not know', () => {
    const wrong = [[metric([], { aggregator: 'mean' as never })]];
    expect(() => AggregatorRegistry.aggregate(wrong)).toThrow(
      expect.objectContaining({ code: 'AGGREGATOR_INVALID' }),
    );
    expect(() => AggregatorRegistry.setRegistries({} as never)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
