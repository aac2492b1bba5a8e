import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../../family.ts';
import { NativeHistogram } from '../../native/native-histogram.ts';
import { parseOpenMetrics } from '../../parse/openmetrics.ts';
import { parseText } from '../../parse/text.ts';
import { encodeVersion1, encodeVersion2 } from './encode.ts';
import { VERSION_1_SCHEMA, VERSION_2_SCHEMA } from '../../../../../tests/metrics/remote-write-schema.ts';
import { byName, flatten, type RemoteSample } from './series.ts';
import { StaleSeries } from './stale-series.ts';

const Version1 = protobuf.parse(VERSION_1_SCHEMA).root.lookupType('WriteRequest');
const Version2 = protobuf.parse(VERSION_2_SCHEMA).root.lookupType('Request');
const OPTIONS = { nowMs: 5000, labels: { job: 'shop', instance: 'a:1' } };

const FAMILIES = parseOpenMetrics(
  [
    '# TYPE jobs_seconds counter',
    '# UNIT jobs_seconds seconds',
    '# HELP jobs_seconds Work',
    'jobs_seconds_total{zone="x",Alpha="y",empty=""} 5.5 # {trace_id="t"} 0.5 4.5',
    'jobs_seconds_created{zone="x",Alpha="y",empty=""} 1.25',
    '# TYPE h histogram',
    'h_bucket{le="+Inf",job="own"} 7',
    'h_count{job="own"} 7',
    'h_sum{job="own"} 12.5',
    'h_created{job="own"} 0',
    '# TYPE g gauge',
    'g -1 7.0',
    '# EOF',
  ].join('\n'),
);

/** The bits of a double as protobufjs reads them from a field declared fixed64. */
function double(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return String(view.getBigUint64(0));
}

const STALE = String(0x7ff0000000000002n);

interface Plain {
  readonly timeseries: readonly {
    readonly labels?: readonly { readonly name: string; readonly value: string }[];
    readonly labelsRefs?: readonly number[];
    readonly samples?: unknown;
    readonly exemplars?: readonly { labelsRefs?: number[]; value: number; timestamp: string }[];
    readonly histograms?: readonly object[];
    readonly metadata?: { type: number; helpRef?: number; unitRef?: number };
  }[];
  readonly metadata?: unknown;
  readonly symbols?: readonly string[];
}

function version1(samples: readonly RemoteSample[]): Plain {
  return Version1.toObject(Version1.decode(encodeVersion1(samples)), { longs: String }) as Plain;
}

function version2(samples: readonly RemoteSample[]): Plain {
  return Version2.toObject(Version2.decode(encodeVersion2(samples)), { longs: String }) as Plain;
}

function labelText(labels: readonly { readonly name: string; readonly value: string }[] | undefined): string {
  return (labels ?? []).map(({ name, value }) => `${name}=${value}`).join(' ');
}

describe('version 1.0', () => {
  it('has sorted labels, none empty, own labels before added ones', () => {
    const { timeseries, metadata } = version1(flatten(FAMILIES, OPTIONS));
    expect(timeseries.map(({ labels }) => labelText(labels))).toEqual([
      'Alpha=y __name__=jobs_seconds_total instance=a:1 job=shop zone=x',
      '__name__=h_bucket instance=a:1 job=own le=+Inf',
      '__name__=h_count instance=a:1 job=own',
      '__name__=h_sum instance=a:1 job=own',
      '__name__=g instance=a:1 job=shop',
    ]);
    expect(timeseries.map(({ samples }) => samples)).toEqual([
      [{ value: double(5.5), timestamp: '5000' }],
      [{ value: double(7), timestamp: '5000' }],
      [{ value: double(7), timestamp: '5000' }],
      [{ value: double(12.5), timestamp: '5000' }],
      [{ value: double(-1), timestamp: '7000' }],
    ]);
    expect(timeseries[0]?.exemplars).toEqual([
      { labels: [{ name: 'trace_id', value: 't' }], value: 0.5, timestamp: '4500' },
    ]);
    expect(metadata).toEqual([
      { type: 1, metricFamilyName: 'jobs_seconds_total', help: 'Work', unit: 'seconds' },
      { type: 3, metricFamilyName: 'h' },
      { type: 2, metricFamilyName: 'g' },
    ]);
  });

  it('keeps the name of a counter that was declared without _total', () => {
    const samples = flatten(parseText('# TYPE visits counter\nvisits 5\n'), { nowMs: 1, labels: {} });
    expect(labelText(version1(samples).timeseries[0]?.labels)).toBe('__name__=visits');
  });
});

describe('version 2.0', () => {
  it('has every string once, the empty one first, and start times in the samples', () => {
    const { timeseries, symbols = [] } = version2(flatten(FAMILIES, OPTIONS));
    expect(symbols[0]).toBe('');
    expect(new Set(symbols).size).toBe(symbols.length);
    const texts = timeseries.map(({ labelsRefs = [] }) =>
      labelsRefs.map((reference) => symbols[reference]).join(' '),
    );
    expect(texts[0]).toBe('Alpha y __name__ jobs_seconds_total instance a:1 job shop zone x');
    expect(texts[1]).toBe('__name__ h_bucket instance a:1 job own le +Inf');
    const [counter, bucket, , , gauge] = timeseries;
    expect(counter?.samples).toEqual([{ value: double(5.5), timestamp: '5000', startTimestamp: '1250' }]);
    // A start at the epoch is moved by a millisecond, since zero means "not set".
    expect(bucket?.samples).toEqual([{ value: double(7), timestamp: '5000', startTimestamp: '1' }]);
    expect(gauge?.samples).toEqual([{ value: double(-1), timestamp: '7000' }]);
    const { labelsRefs = [], ...exemplar } = counter?.exemplars?.[0] ?? {};
    expect(labelsRefs.map((reference) => symbols[reference])).toEqual(['trace_id', 't']);
    expect(exemplar).toEqual({ value: 0.5, timestamp: '4500' });
    const described = timeseries.map(({ metadata }) => [
      metadata?.type,
      symbols[metadata?.helpRef ?? 0],
      symbols[metadata?.unitRef ?? 0],
    ]);
    expect(described).toEqual([
      [1, 'Work', 'seconds'],
      [3, '', ''],
      [3, '', ''],
      [3, '', ''],
      [2, '', ''],
    ]);
  });
});

function withNative(values: readonly number[]): MetricFamily {
  const native = new NativeHistogram({ bucketFactor: 2 });
  for (const value of values) native.observe(value);
  return {
    name: 'n',
    type: 'histogram',
    help: '',
    unit: '',
    samples: [],
    native: [{ labels: { a: 'b' }, ...native.snapshot(), createdTimestamp: 2 }],
  };
}

describe('native histograms', () => {
  it('are histogram samples of a series of their own', () => {
    const samples = flatten([withNative([0, 1, 3, -2])], { nowMs: 9, labels: {} });
    const histogram = {
      countInt: '4',
      sum: 2,
      zeroThreshold: 2 ** -128,
      zeroCountInt: '1',
      negativeSpans: [{ offset: 1, length: 1 }],
      negativeDeltas: ['1'],
      positiveSpans: [{ length: 3 }],
      positiveDeltas: ['1', '-1', '1'],
      timestamp: '9',
    };
    const [series] = version1(samples).timeseries;
    expect(labelText(series?.labels)).toBe('__name__=n a=b');
    expect(series?.histograms).toEqual([histogram]);
    expect(version2(samples).timeseries[0]?.histograms).toEqual([{ ...histogram, startTimestamp: '2000' }]);
  });
});

describe('StaleSeries', () => {
  it('ends what the last collection had and this one has not', () => {
    const stale = new StaleSeries();
    const update = (samples: readonly RemoteSample[], nowMs: number): RemoteSample[] => {
      stale.note(samples);
      return stale.finish(nowMs);
    };
    const both = parseText('a{x="1"} 1\na{x="2"} 1\nold 5 1000\n');
    expect(update(flatten([...both, withNative([1])], OPTIONS), 1)).toEqual([]);
    const markers = update(flatten(parseText('a{x="2"} 1\n'), OPTIONS), 6000);
    const first = version1(markers).timeseries;
    expect(first.map(({ labels }) => labelText(labels))).toEqual([
      '__name__=a instance=a:1 job=shop x=1',
      '__name__=n a=b instance=a:1 job=shop',
    ]);
    expect(first[0]?.samples).toEqual([{ value: STALE, timestamp: '6000' }]);
    expect(first[1]?.histograms).toHaveLength(1);
    expect(version2(markers).timeseries[0]?.samples).toEqual([{ value: STALE, timestamp: '6000' }]);
    expect(update([], 7000)).toHaveLength(1);
    expect(update([], 8000)).toEqual([]);
  });

  it('writes the sum of an ended native histogram with the bits of the marker', () => {
    const stale = new StaleSeries();
    stale.note(flatten([withNative([1])], OPTIONS));
    stale.finish(1);
    const bytes = Buffer.from(encodeVersion1(stale.finish(2)));
    const marker = Buffer.alloc(9);
    // Field 3, wire type 1, then the bits in little-endian order.
    marker[0] = (3 << 3) | 1;
    marker.writeBigUInt64LE(0x7ff0000000000002n, 1);
    expect(bytes.includes(marker)).toBe(true);
  });
});

describe('byName', () => {
  it('orders by bytes of UTF-8', () => {
    const names = ['😀', '\uffee', 'é', 'z', '_', 'Z'];
    const sorted = names.map((name): [string, string] => [name, '']).toSorted(byName);
    expect(sorted.map(([name]) => name)).toEqual(['Z', '_', 'z', 'é', '\uffee', '😀']);
  });
});
