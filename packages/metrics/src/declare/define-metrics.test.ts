import { describe, expect, it } from 'vitest';
import { Registry } from '../registry/registry.ts';
import { defineMetrics } from './define-metrics.ts';

function define() {
  const registry = new Registry();
  const metrics = defineMetrics(
    {
      requests: {
        name: 'llm_requests_total',
        type: 'counter',
        help: 'Requests.',
        labels: ['provider', 'model'],
        pack: 'llm',
      },
      latency: {
        name: 'llm_latency_seconds',
        type: 'histogram',
        help: 'Latency.',
        labels: ['provider'],
        unit: 'seconds',
        buckets: [1],
      },
      up: { name: 'up', type: 'gauge', help: 'Up.' },
      quality: {
        name: 'quality',
        type: 'summary',
        help: 'Quality.',
        labels: ['provider'],
        percentiles: [0.5],
      },
      build: { name: 'build', type: 'info', help: 'Build.', labels: ['version'] },
      breaker: {
        name: 'breaker',
        type: 'stateset',
        help: 'State.',
        labels: ['backend'],
        states: ['open', 'closed'],
      },
    },
    { registry },
  );
  return { registry, metrics };
}

describe('typed declarations', () => {
  it('give recorders by key or by name', async () => {
    const { registry, metrics } = define();
    metrics.requests.inc({ provider: 'a', model: 'm' }, 2);
    metrics.requests.labels({ provider: 'a', model: 'm' }).inc();
    metrics.latency.observe({ provider: 'a' }, 0.5);
    metrics.up.set(1);
    metrics.quality.observe({ provider: 'a' }, 0.9);
    metrics.build.set({ version: '1' });
    metrics.breaker.set({ backend: 'x' }, 'open');
    expect(await registry.metrics()).toBe(
      [
        '# HELP llm_requests_total Requests.',
        '# TYPE llm_requests_total counter',
        'llm_requests_total{provider="a",model="m"} 3',
        '',
        '# HELP llm_latency_seconds Latency.',
        '# TYPE llm_latency_seconds histogram',
        'llm_latency_seconds_bucket{le="1",provider="a"} 1',
        'llm_latency_seconds_bucket{le="+Inf",provider="a"} 1',
        'llm_latency_seconds_sum{provider="a"} 0.5',
        'llm_latency_seconds_count{provider="a"} 1',
        '',
        '# HELP up Up.',
        '# TYPE up gauge',
        'up 1',
        '',
        '# HELP quality Quality.',
        '# TYPE quality summary',
        'quality{quantile="0.5",provider="a"} 0.9',
        'quality_sum{provider="a"} 0.9',
        'quality_count{provider="a"} 1',
        '',
        '# HELP build_info Build.',
        '# TYPE build_info gauge',
        'build_info{version="1"} 1',
        '',
        '# HELP breaker State.',
        '# TYPE breaker gauge',
        'breaker{breaker="open",backend="x"} 1',
        'breaker{breaker="closed",backend="x"} 0',
        '',
      ].join('\n'),
    );
    const byName = defineMetrics(
      [
        { name: 'a_total', type: 'counter', help: 'A.', labels: ['x'] },
        { name: 'b', type: 'gauge', help: 'B.' },
      ],
      { registry },
    );
    byName.a_total.inc({ x: 1 });
    byName.b.inc();
    expect(registry.getSingleMetric('a_total')).toBe(byName.a_total);
  });

  it('refuse at run time what the compiler would have refused', () => {
    const { metrics } = define();
    const code = (expected: string) => expect.objectContaining({ code: expected });
    // @ts-expect-error A label is missing.
    expect(() => metrics.requests.inc({ provider: 'a' })).toThrow(code('LABEL_MISSING'));
    // @ts-expect-error All labels are missing.
    expect(() => metrics.requests.inc(5)).toThrow(code('LABEL_MISSING'));
    // @ts-expect-error A label is misspelt.
    expect(() => metrics.requests.inc({ provider: 'a', modle: 'm' })).toThrow(code('LABEL_UNKNOWN'));
    // @ts-expect-error There is no such label.
    expect(() => metrics.latency.observe({ provider: 'a', model: 'm' }, 1)).toThrow(code('LABEL_UNKNOWN'));
    // @ts-expect-error The value is missing.
    expect(() => metrics.latency.observe({ provider: 'a' })).toThrow(code('VALUE_INVALID'));
    // @ts-expect-error The metric has no labels.
    expect(() => metrics.up.set({ provider: 'a' }, 1)).toThrow(code('LABEL_UNKNOWN'));
    // @ts-expect-error A label's value must be text or a number.
    expect(() => metrics.requests.inc({ provider: {}, model: 'm' })).toThrow(code('LABEL_VALUE_INVALID'));
    // @ts-expect-error There is no such state.
    expect(() => metrics.breaker.set({ backend: 'x' }, 'ajar')).toThrow(code('STATE_UNKNOWN'));
    // @ts-expect-error There is no such metric.
    expect(metrics.request).toBeUndefined();
    const wrong = { name: 'x', type: 'meter', help: 'X.' } as const;
    // @ts-expect-error There is no such type.
    expect(() => defineMetrics([wrong], { registry: new Registry() })).toThrow(code('CONFIG_INVALID'));
  });

  it('take bounds from the declaration', () => {
    const metrics = defineMetrics(
      { c: { name: 'c_total', type: 'counter', help: 'C.', labels: ['a'], seriesMax: 1 } },
      { registry: new Registry() },
    );
    metrics.c.inc({ a: '1' });
    metrics.c.inc({ a: '2' });
    expect(metrics.c.labels({ a: '__overflow__' }).value).toBe(1);
  });
});
