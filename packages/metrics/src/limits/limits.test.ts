import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Registry } from '../registry/registry.ts';

function fakeClock(): Clock & { passSeconds(seconds: number): void } {
  let nowMs = 1_000_000;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    passSeconds: (seconds) => {
      nowMs += seconds * 1000;
    },
  };
}

describe('the bounds of a family', () => {
  it('keep totals exact when there are too many label sets', async () => {
    const registry = new Registry({ seriesMax: 100 });
    const counter = new Counter({ name: 'c_total', help: 'h', labelNames: ['user'], registers: [registry] });
    for (let i = 0; i < 1_000_000; i++) counter.inc({ user: i }, 2);
    expect(counter.series.length).toBe(101);
    expect(counter.series.reduce((sum, { value }) => sum + value, 0)).toBe(2_000_000);
    expect(counter.labels('__overflow__').value).toBe(2 * (1_000_000 - 100));
    expect(await registry.metrics()).toContain(
      'metrics_series_overflow_total{metric="c_total",reason="series_limit"} 999900\n',
    );
  });

  it('let a handle of the overflow series record there', () => {
    const counter = new Counter({ name: 'c', help: 'h', labelNames: ['a'], registers: [], seriesMax: 1 });
    counter.inc({ a: 'in' });
    const handle = counter.labels('out');
    handle.inc(5);
    expect(counter.series.map(({ labelValues, value }) => [labelValues[0], value])).toEqual([
      ['in', 1],
      ['__overflow__', 5],
    ]);
    counter.inc({ a: '__overflow__' });
    expect(counter.series.length).toBe(2);
  });

  it('send values that are too long to the overflow series, not to one another', async () => {
    const registry = new Registry({ labelValueLengthMax: 5 });
    const counter = new Counter({ name: 'c', help: 'h', labelNames: ['a'], registers: [registry] });
    counter.inc({ a: '12345' });
    counter.inc({ a: '123456' });
    counter.inc({ a: '123457' });
    expect(await registry.metrics()).toBe(
      '# HELP c h\n# TYPE c counter\nc{a="12345"} 1\nc{a="__overflow__"} 2\n\n' +
        '# HELP metrics_series_overflow_total Look-ups of label sets that went to the overflow series of a metric, by the bound that they met.\n' +
        '# TYPE metrics_series_overflow_total counter\n' +
        'metrics_series_overflow_total{metric="c",reason="label_value_length"} 2\n',
    );
  });

  it('remove series that nothing changes, and only those', async () => {
    const clock = fakeClock();
    const registry = new Registry({ clock, idleSecondsMax: 60 });
    const counter = new Counter({ name: 'c', help: 'h', labelNames: ['a'], registers: [registry] });
    const gauge = new Gauge({ name: 'g', help: 'h', labelNames: ['a'], registers: [registry] });
    const alone = new Gauge({ name: 'alone', help: 'h', registers: [registry] });
    const handle = counter.labels('idle');
    handle.inc();
    for (let minute = 0; minute < 5; minute++) {
      counter.inc({ a: 'busy' });
      // Setting a gauge to what it is already is a change too.
      gauge.set({ a: 'steady' }, 1);
      clock.passSeconds(30);
      await registry.metrics();
    }
    expect(counter.series.map(({ labelValues }) => labelValues[0])).toEqual(['busy']);
    expect(gauge.series.length).toBe(1);
    expect(alone.series.length).toBe(1);
    expect(await registry.metrics()).toContain('metrics_idle_series_removed_total{metric="c"} 1\n');
    handle.inc(3);
    expect(counter.labels('idle').value).toBe(3);
  });

  it('make room for new series by removing idle ones first', () => {
    const clock = fakeClock();
    const registry = new Registry({ clock, idleSecondsMax: 60, seriesMax: 2 });
    const counter = new Counter({ name: 'c', help: 'h', labelNames: ['a'], registers: [registry] });
    counter.inc({ a: '1' });
    counter.inc({ a: '2' });
    clock.passSeconds(30);
    counter.inc({ a: '3' });
    clock.passSeconds(30);
    counter.inc({ a: '2' });
    counter.inc({ a: '3' });
    clock.passSeconds(30);
    counter.inc({ a: '4' });
    expect(counter.series.map(({ labelValues }) => labelValues[0])).toEqual(['2', '__overflow__', '4']);
  });
});
