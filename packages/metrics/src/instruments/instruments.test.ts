import { describe, expect, it } from 'vitest';
import { Registry } from '../registry/registry.ts';
import { exponentialBuckets, linearBuckets } from './buckets.ts';
import { Counter } from './counter.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';
import { Info } from './info.ts';
import { StateSet } from './state-set.ts';
import { Summary } from './summary.ts';

/** A registry of OpenMetrics whose time is set by hand. */
function openRegistry() {
  const time = { nowMs: 1_700_000_000_000 };
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs };
  const registry = new Registry({ contentType: Registry.OPENMETRICS_CONTENT_TYPE, clock });
  return { registry, registers: [registry], time };
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('exemplars', () => {
  it('stand behind counters and the bucket of the observation, the last one of each', async () => {
    const { registry, registers, time } = openRegistry();
    const counter = new Counter({
      name: 'c_total',
      help: 'h',
      labelNames: ['a'],
      registers,
      enableExemplars: true,
    });
    const histogram = new Histogram({
      name: 'h',
      help: 'h',
      buckets: [1, 2],
      registers,
      enableExemplars: true,
    });
    counter.inc({ labels: { a: 'x' }, value: 2, exemplarLabels: { trace_id: 'first' } });
    counter.inc({ labels: { a: 'x' } });
    histogram.observe({ value: 0.5, exemplarLabels: { trace_id: 'low' } });
    histogram.observe({ value: 9, exemplarLabels: { trace_id: 'é"' } });
    histogram.observe({ value: 1.5 });
    time.nowMs += 250;
    histogram.observe({ value: 0.25, exemplarLabels: { traceId: 'lower' } });
    expect(await registry.metrics()).toBe(
      [
        '# HELP c h',
        '# TYPE c counter',
        'c_total{a="x"} 3 # {trace_id="first"} 2 1700000000',
        'c_created{a="x"} 1700000000',
        '# HELP h h',
        '# TYPE h histogram',
        'h_bucket{le="1.0"} 2 # {traceId="lower"} 0.25 1700000000.25',
        'h_bucket{le="2.0"} 3',
        'h_bucket{le="+Inf"} 4 # {trace_id="é\\""} 9 1700000000',
        'h_sum 11.25',
        'h_count 4',
        'h_created 1700000000',
        '# EOF',
        '',
      ].join('\n'),
    );
  });

  it('can be given as the last argument, and never appear in the classic format', async () => {
    const registry = new Registry();
    const counter = new Counter({ name: 'c_total', help: 'h', registers: [registry] });
    counter.inc(1, { trace_id: 'x' });
    expect(await registry.metrics()).toBe('# HELP c_total h\n# TYPE c_total counter\nc_total 1\n');
    const open = Buffer.from(await registry.render({ format: 'openmetrics' })).toString();
    expect(open).toContain('c_total 1 # {trace_id="x"} 1 ');
  });

  it('are refused when too long, before anything is counted, and in registries that cannot show them', () => {
    const { registers } = openRegistry();
    const counter = new Counter({ name: 'c', help: 'h', registers });
    const histogram = new Histogram({ name: 'h', help: 'h', registers });
    expect(() => counter.inc(1, { trace_id: 'x'.repeat(121) })).toThrow(code('EXEMPLAR_TOO_LONG'));
    expect(() => histogram.observe(1, { trace_id: 'x'.repeat(121) })).toThrow(code('EXEMPLAR_TOO_LONG'));
    counter.inc(1, { trace_id: '🙂'.repeat(120) });
    expect(counter.labels().value).toBe(1);
    expect(histogram.labels().count).toBe(0);
    const make = () =>
      new Counter({ name: 'x', help: 'h', enableExemplars: true, registers: [new Registry()] });
    expect(make).toThrow(code('EXEMPLAR_FORMAT'));
  });
});

describe('timers', () => {
  it('record the seconds that passed, under the labels of their start and their end', async () => {
    const { registers, time } = openRegistry();
    const labelNames = ['method', 'status'] as const;
    const histogram = new Histogram({ name: 'h', help: 'h', labelNames, registers });
    const summary = new Summary({ name: 's', help: 'h', labelNames, registers });
    const gauge = new Gauge({ name: 'g', help: 'h', labelNames, registers });
    for (const metric of [histogram, summary, gauge]) {
      const end = metric.startTimer({ method: 'GET' });
      time.nowMs += 1500;
      expect(end({ status: 200 })).toBe(1.5);
      const bound = metric.labels('GET', '200').startTimer();
      time.nowMs += 500;
      expect(bound()).toBe(0.5);
    }
    expect(histogram.labels('GET', '200').sum).toBe(2);
    expect(gauge.labels('GET', '200').value).toBe(0.5);
    gauge.setToCurrentTime({ method: 'GET', status: '200' });
    expect(gauge.labels('GET', '200').value).toBe(time.nowMs / 1000);
  });
});

describe('info and state sets', () => {
  it('are exposed in both formats', async () => {
    const { registry, registers } = openRegistry();
    const info = new Info({ name: 'build_info', help: 'h', labelNames: ['version'], registers });
    info.set({ version: '1.2.3' });
    const states = new StateSet({
      name: 'breaker',
      help: 'h',
      states: ['open', 'closed', 'half_open'] as const,
      labelNames: ['backend'],
      registers,
    });
    states.set({ backend: 'a' }, 'open');
    states.set({ backend: 'a' }, 'half_open');
    states.labels('b').enable('open');
    states.enable({ backend: 'b' }, 'closed');
    states.disable({ backend: 'b' }, 'open');
    const lines = [
      'build_info{version="1.2.3"} 1',
      'breaker{breaker="open",backend="a"} 0',
      'breaker{breaker="closed",backend="a"} 0',
      'breaker{breaker="half_open",backend="a"} 1',
      'breaker{breaker="open",backend="b"} 0',
      'breaker{breaker="closed",backend="b"} 1',
      'breaker{breaker="half_open",backend="b"} 0',
    ];
    expect(await registry.metrics()).toBe(
      [
        '# HELP build h',
        '# TYPE build info',
        lines[0],
        '# HELP breaker h',
        '# TYPE breaker stateset',
        ...lines.slice(1),
        '# EOF\n',
      ].join('\n'),
    );
    const classic = Buffer.from(await registry.render({ format: 'text' })).toString();
    expect(classic).toBe(
      [
        '# HELP build_info h',
        '# TYPE build_info gauge',
        lines[0],
        '',
        '# HELP breaker h',
        '# TYPE breaker gauge',
        ...lines.slice(1),
        '',
      ].join('\n'),
    );
    expect(() => states.set({ backend: 'a' }, 'ajar' as never)).toThrow(code('STATE_UNKNOWN'));
    expect(() => new StateSet({ name: 'x', help: 'h', states: ['a', 'a'], registers })).toThrow(
      code('STATES_INVALID'),
    );
  });
});

describe('histograms', () => {
  it('count each observation once, whatever the buckets', () => {
    const buckets = exponentialBuckets(0.001, 1.1, 120);
    const histogram = new Histogram({ name: 'h', help: 'h', buckets, registers: [] });
    const values = buckets.flatMap((bound) => [bound, bound * 1.0001, bound * 0.9999]);
    for (const value of [...values, -5, 0, 1e300]) histogram.observe(value);
    const figures = new Float64Array(buckets.length + 3);
    histogram.readLines(histogram.labels(), figures, 0);
    buckets.forEach((bound, index) => {
      expect(figures[index]).toBe([...values, -5, 0, 1e300].filter((value) => value <= bound).length);
    });
    expect(figures[buckets.length]).toBe(values.length + 3);
    expect(figures.at(-1)).toBe(values.length + 3);
  });

  it('are native too if that is asked for', async () => {
    const registry = new Registry();
    const native = { bucketFactor: 1.1 };
    const histogram = new Histogram({
      name: 'h',
      help: 'h',
      labelNames: ['a'],
      native,
      registers: [registry],
    });
    histogram.observe({ a: 'x' }, 2);
    histogram.labels('x').observe(3);
    registry.setDefaultLabels({ region: 'eu' });
    const [family] = await registry.families();
    expect(family!.native).toEqual([
      expect.objectContaining({
        labels: { region: 'eu', a: 'x' },
        schema: 3,
        count: 2,
        sum: 5,
        positiveDeltas: [1, 0],
      }),
    ]);
    expect(await registry.metrics()).toBe(
      '# HELP h h\n# TYPE h histogram\nh_bucket{le="+Inf",region="eu",a="x"} 2\nh_sum{region="eu",a="x"} 5\nh_count{region="eu",a="x"} 2\n',
    );
  });

  it('get their bounds from the generators', () => {
    expect(linearBuckets(0, 50, 3)).toEqual([0, 50, 100]);
    expect(exponentialBuckets(1, 2, 4)).toEqual([1, 2, 4, 8]);
    for (const wrong of [
      () => linearBuckets(0, 1, 0),
      () => exponentialBuckets(0, 2, 1),
      () => exponentialBuckets(1, 1, 1),
    ]) {
      expect(wrong).toThrow(code('BUCKET_GENERATOR'));
    }
  });
});
