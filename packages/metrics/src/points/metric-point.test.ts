import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../family.ts';
import { parseText } from '../parse/text.ts';
import { exposedName, labelKey, pointsOf } from './metric-point.ts';

describe('pointsOf', () => {
  it('gathers what is scattered, each time apart', () => {
    const [family] = parseText(
      [
        '# TYPE h histogram',
        'h_sum{a="1"} 5',
        'h_bucket{le="1",a="2"} 7',
        'h_bucket{a="1",le="1"} 1',
        'h_bucket{le="+Inf",a="1"} 2',
        'h_sum{a="2"} 9',
        'h_count{a="1"} 2',
      ].join('\n'),
    );
    const points = pointsOf(family as MetricFamily);
    expect(points.map(({ labels, sum, count, buckets }) => ({ labels, sum, count, buckets }))).toEqual([
      {
        labels: { a: '1' },
        sum: 5,
        count: 2,
        buckets: [
          { upperBound: 1, cumulativeCount: 1, exemplar: undefined },
          { upperBound: Number.POSITIVE_INFINITY, cumulativeCount: 2, exemplar: undefined },
        ],
      },
      {
        labels: { a: '2' },
        sum: 9,
        count: undefined,
        buckets: [{ upperBound: 1, cumulativeCount: 7, exemplar: undefined }],
      },
    ]);
  });

  it('keeps the points of different times apart', () => {
    const samples = [
      { name: 'a_total', labels: {}, value: 1, timestamp: 1 },
      { name: 'a_created', labels: {}, value: 0.5, timestamp: 1 },
      { name: 'a_total', labels: {}, value: 2, timestamp: 2 },
    ];
    const points = pointsOf({ name: 'a', type: 'counter', help: '', unit: '', samples });
    expect(
      points.map(({ value, timestamp, createdTimestamp }) => [value, timestamp, createdTimestamp]),
    ).toEqual([
      [1, 1, 0.5],
      [2, 2, undefined],
    ]);
  });

  it('does not take a label for its absence, nor one label set for another', () => {
    const samples = [
      { name: 'a', labels: { x: '1' }, value: 1 },
      { name: 'a', labels: {}, value: 2 },
      { name: 'a', labels: { x: '1', y: '' }, value: 3 },
      { name: 'a', labels: { y: '1' }, value: 4 },
    ];
    const points = pointsOf({ name: 'a', type: 'gauge', help: '', unit: '', samples });
    expect(points.map((point) => point.value)).toEqual([1, 2, 3, 4]);
  });
});

describe('labelKey', () => {
  it('keeps values from running together', () => {
    expect(labelKey({ a: '1:b', c: 'd' })).not.toBe(labelKey({ a: '1', b: 'c:d' }));
    expect(labelKey({ a: '1', b: '2' })).toBe(labelKey({ b: '2', a: '1' }));
    expect(labelKey({ a: '1', le: '2' }, 'le')).toBe(labelKey({ a: '1' }));
  });
});

describe('exposedName', () => {
  it('has the suffix of the type, unless the metric was declared without', () => {
    const family: MetricFamily = { name: 'a', type: 'counter', help: '', unit: '', samples: [] };
    expect(exposedName(family)).toBe('a_total');
    expect(exposedName({ ...family, exposedName: 'a' })).toBe('a');
    expect(exposedName({ ...family, type: 'info' })).toBe('a_info');
    expect(exposedName({ ...family, type: 'histogram' })).toBe('a');
  });
});
