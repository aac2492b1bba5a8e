import { describe, expect, it } from 'vitest';
import type { MetricsError } from '../errors.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Registry } from '../registry/registry.ts';
import { generator } from '../testing/random.ts';
import { defineMetrics } from './define-metrics.ts';
import { defineRecord } from './define-record.ts';

const BUCKETS = [0.1, 0.5, 1, 5];

function define(options: { seriesMax?: number } = {}) {
  const registry = new Registry(options);
  const metrics = defineMetrics(
    {
      requests: { name: 'requests_total', type: 'counter', help: 'h', labels: ['provider', 'task', 'model'] },
      latency: {
        name: 'latency_seconds',
        type: 'histogram',
        help: 'h',
        labels: ['task', 'provider'],
        buckets: BUCKETS,
      },
      cost: { name: 'cost_usd_total', type: 'counter', help: 'h', labels: ['provider'] },
      tokens: { name: 'tokens_total', type: 'counter', help: 'h', labels: ['provider', 'kind'] },
      errors: { name: 'errors_total', type: 'counter', help: 'h', labels: ['provider', 'error'] },
      quality: { name: 'quality', type: 'summary', help: 'h', labels: ['provider'], percentiles: [1] },
      last: { name: 'last_latency_seconds', type: 'gauge', help: 'h', labels: ['provider'] },
      all: { name: 'all_total', type: 'counter', help: 'h' },
    },
    { registry },
  );
  return { registry, metrics };
}

function group(metrics: ReturnType<typeof define>['metrics'], errors: MetricsError[]) {
  return defineRecord(
    {
      name: 'request',
      labels: ['provider', 'task', 'model'],
      optionalLabels: ['error'],
      updates: [
        { metric: metrics.requests, add: 1 },
        { metric: metrics.latency, observe: 'latencyMs', dividedBy: 1000 },
        { metric: metrics.cost, add: 'costUsd' },
        { metric: metrics.tokens, with: { kind: 'input' }, add: 'input' },
        { metric: metrics.tokens, with: { kind: 'total' }, add: ['input', 'output'] },
        { metric: metrics.errors, add: 1 },
        { metric: metrics.quality, observe: 'quality', optional: true },
        { metric: metrics.last, set: 'latencyMs', dividedBy: 1000 },
        { metric: metrics.all, add: 1 },
      ],
    },
    { onRefused: (error) => errors.push(error) },
  );
}

type Input = Parameters<ReturnType<typeof group>['record']>[0];

/** The same by hand. */
function byHand(metrics: ReturnType<typeof define>['metrics'], input: Input): void {
  const { provider, task, model, error } = input;
  metrics.requests.inc({ provider, task, model });
  metrics.latency.observe({ provider, task }, input.latencyMs / 1000);
  metrics.cost.inc({ provider }, input.costUsd);
  metrics.tokens.inc({ provider, kind: 'input' }, input.input);
  metrics.tokens.inc({ provider, kind: 'total' }, input.input + input.output);
  if (error !== undefined && error !== '') metrics.errors.inc({ provider, error });
  if (input.quality !== undefined) metrics.quality.observe({ provider }, input.quality);
  metrics.last.set({ provider }, input.latencyMs / 1000);
  metrics.all.inc();
}

function anyInput(random: () => number): Input {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  return {
    provider: pick<string | number>('openai', 'anthropic', 'other', 7),
    task: pick<string>('a', 'b', 'c', ''),
    model: `model ${Math.floor(random() * 20)}`,
    error: pick<string | undefined>(undefined, undefined, 'timeout', 'rate_limit', ''),
    latencyMs: random() * 8000,
    costUsd: random() / 100,
    input: Math.floor(random() * 1000),
    output: Math.floor(random() * 1000),
    quality: pick(undefined, random()),
  };
}

describe('record groups', () => {
  it.each([1, 2, 3])(
    'do what updating each metric does, also when series come and go (seed %i)',
    async (seed) => {
      const random = generator(seed);
      const one = define();
      const other = define();
      const errors: MetricsError[] = [];
      const records = group(one.metrics, errors);
      const handles = new Map<string, ReturnType<typeof records.bind>>();
      for (let i = 0; i < 3000; i++) {
        const input = anyInput(random);
        byHand(other.metrics, input);
        if (random() < 0.5) {
          records.record(input);
        } else {
          const key = JSON.stringify([input.provider, input.task, input.model, input.error]);
          const handle = handles.get(key) ?? records.bind(input);
          handles.set(key, handle);
          handle.record(input);
        }
        if (random() < 0.01) {
          for (const { metrics } of [one, other]) {
            metrics.cost.remove({ provider: input.provider });
            metrics.requests.remove({ provider: input.provider, task: input.task, model: input.model });
          }
        }
        if (random() < 0.002) for (const { registry } of [one, other]) registry.resetMetrics();
      }
      expect(errors).toEqual([]);
      const sorted = async ({ registry }: { registry: Registry }) =>
        (await registry.metrics()).split('\n').toSorted();
      expect(await sorted(one)).toEqual(await sorted(other));
    },
  );

  it('refuse a record whole, and tell why', async () => {
    const { registry, metrics } = define();
    const errors: MetricsError[] = [];
    const records = group(metrics, errors);
    const good: Input = {
      provider: 'p',
      task: 't',
      model: 'm',
      latencyMs: 1,
      costUsd: 1,
      input: 1,
      output: 1,
    };
    records.record(good);
    const before = await registry.metrics();
    const wrong: unknown[] = [
      undefined,
      'text',
      { ...good, provider: undefined },
      { ...good, provider: {} },
      { ...good, latencyMs: Number.NaN },
      { ...good, costUsd: -1 },
      { ...good, input: '1' },
      { ...good, output: undefined },
      { ...good, quality: Infinity },
    ];
    for (const record of wrong) records.record(record as Input);
    expect(errors.map(({ code }) => code)).toEqual([
      'RECORD_REFUSED',
      'RECORD_REFUSED',
      'LABEL_MISSING',
      'LABEL_VALUE_INVALID',
      'VALUE_INVALID',
      'COUNTER_DECREASE',
      'VALUE_INVALID',
      'VALUE_INVALID',
      'VALUE_INVALID',
    ]);
    expect(records.refused).toBe(9);
    expect(await registry.metrics()).toBe(before);
    expect(() => records.bind({ ...good, model: undefined as never })).toThrow(
      expect.objectContaining({ code: 'LABEL_MISSING' }),
    );
    const strict = defineRecord({ name: 'r', labels: [], updates: [{ metric: metrics.all, add: 'n' }] });
    expect(() => strict.record({ n: -1 })).toThrow(expect.objectContaining({ code: 'COUNTER_DECREASE' }));
    strict.record({ n: 5 });
    expect(metrics.all.labels().value).toBe(6);
  });

  it('keep totals exact and memory bounded beyond the series limit', () => {
    const { metrics } = define({ seriesMax: 50 });
    const errors: MetricsError[] = [];
    const records = group(metrics, errors);
    for (let i = 0; i < 100_000; i++) {
      records.record({
        provider: `p${i % 70}`,
        task: 't',
        model: `m${i}`,
        latencyMs: 1,
        costUsd: 1,
        input: 1,
        output: 0,
      });
    }
    const total = (metric: unknown) =>
      (metric as { series: readonly { value: number }[] }).series.reduce((sum, { value }) => sum + value, 0);
    expect(total(metrics.requests)).toBe(100_000);
    expect(total(metrics.cost)).toBe(100_000);
    expect(total(metrics.tokens)).toBe(200_000);
    expect(errors).toEqual([]);
  });

  it('take an exemplar for all of their counters and histograms', async () => {
    const { registry, metrics } = define();
    const records = group(metrics, []);
    const input = { provider: 'p', task: 't', model: 'm', latencyMs: 700, costUsd: 1, input: 1, output: 1 };
    records.record(input, { trace_id: 'abc' });
    const lines = Buffer.from(await registry.render({ format: 'openmetrics' }))
      .toString()
      .split('\n');
    const marked = lines
      .filter((line) => line.includes('# {trace_id="abc"}'))
      .map((line) => line.split(' # ')[0]);
    expect(marked).toEqual([
      'requests_total{provider="p",task="t",model="m"} 1',
      'latency_seconds_bucket{le="1.0",task="t",provider="p"} 1',
      'cost_usd_total{provider="p"} 1',
      'tokens_total{provider="p",kind="input"} 1',
      'tokens_total{provider="p",kind="total"} 2',
      'all_total 1',
    ]);
  });

  it('keep the labels of a handle, whatever becomes of the object', () => {
    const { metrics } = define();
    const records = defineRecord({
      name: 'r',
      labels: ['provider'],
      updates: [{ metric: metrics.cost, add: 'usd' }],
    });
    const labels = { provider: 'a' };
    const bound = records.bind(labels);
    labels.provider = 'b';
    metrics.cost.reset();
    bound.record({ usd: 1 });
    expect(metrics.cost.labels({ provider: 'a' }).value).toBe(1);
  });

  it('work with metrics that were not declared together', () => {
    const { metrics } = define();
    const gauge = new Gauge({
      name: 'g',
      help: 'h',
      labelNames: ['provider'],
      registers: [],
      aggregator: 'last',
    });
    const records = defineRecord({
      name: 'mixed',
      labels: ['provider'],
      updates: [
        { metric: metrics.cost, add: 'usd' },
        { metric: gauge, set: 'usd' },
      ],
    });
    records.record({ provider: 'p', usd: 2 });
    records.bind({ provider: 'p' }).record({ usd: 3 });
    expect(metrics.cost.labels({ provider: 'p' }).value).toBe(5);
    expect(gauge.labels('p').value).toBe(3);
  });

  it('do not compile without a label or a measure, nor for labels that nothing gives', () => {
    const { metrics } = define();
    const records = group(metrics, []);
    const good = { provider: 'p', task: 't', model: 'm', latencyMs: 1, costUsd: 1, input: 1, output: 1 };
    const { model: _model, ...withoutModel } = good;
    const { costUsd: _cost, ...withoutCost } = good;
    // @ts-expect-error A label is missing.
    records.record(withoutModel);
    // @ts-expect-error A measure is missing.
    records.record(withoutCost);
    // @ts-expect-error There is no such measure or label.
    records.record({ ...good, temperature: 1 });
    // @ts-expect-error A measure is a number.
    records.record({ ...good, costUsd: '1' });
    const invalid = expect.objectContaining({ code: 'RECORD_INVALID' });
    const updates = [{ metric: metrics.requests, add: 1 }] as const;
    // @ts-expect-error Nothing gives the label model.
    expect(() => defineRecord({ name: 'r', labels: ['provider', 'task'], updates })).toThrow(invalid);
    const observed = [{ metric: metrics.cost, observe: 'x' }] as const;
    // @ts-expect-error A counter observes nothing.
    expect(() => defineRecord({ name: 'r', labels: ['provider'], updates: observed })).toThrow(invalid);
    const known = {
      name: 'r',
      labels: ['provider'],
      updates: [{ metric: metrics.cost, add: 'provider' }],
    } as const;
    expect(() => defineRecord(known)).toThrow(invalid);
    expect(records.refused).toBe(3);
  });
});
