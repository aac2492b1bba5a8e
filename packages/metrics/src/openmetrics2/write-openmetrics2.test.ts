import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../family.ts';
import { NativeHistogram } from '../native/native-histogram.ts';
import { parseOpenMetrics } from '../parse/openmetrics.ts';
import { parseText } from '../parse/text.ts';
import { writeOpenMetrics2 } from './write-openmetrics2.ts';

describe('writeOpenMetrics2', () => {
  it('writes every type under its sample name, with composite values and start times', () => {
    const families = parseOpenMetrics(
      [
        '# TYPE foodb_seconds counter',
        '# UNIT foodb_seconds seconds',
        '# HELP foodb_seconds Time "spent" \\\\ here',
        'foodb_seconds_total{a="x"} 17 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67 1520879606.1',
        'foodb_seconds_created{a="x"} 1520430000.123 1520879607.789',
        '# TYPE go gauge',
        'go -Inf',
        '# TYPE build info',
        'build_info{version="1"} 1',
        '# TYPE foo stateset',
        'foo{foo="a"} 0',
        'foo{foo="bb"} 1',
        '# TYPE h histogram',
        'h_bucket{le="0.1"} 8 # {} 0.054 1520879607.7',
        'h_bucket{le="1.0"} 11 # {trace_id="lost"} 0.5',
        'h_bucket{le="+Inf"} 17',
        'h_count 17',
        'h_sum 324789.3',
        'h_created 1520430000.123',
        '# TYPE g gaugehistogram',
        'g_bucket{le="-1.0"} 20',
        'g_bucket{le="+Inf"} 42',
        'g_gcount 42',
        'g_gsum -3289.3',
        '# TYPE s summary',
        's{quantile="0.99"} 150',
        's{quantile="0.5"} NaN',
        's_count 17',
        's_sum 1.5',
        's_created 12.5',
        '# TYPE "my.unknown" unknown',
        '{"my.unknown","service.name"="x\\"y"} 42.23',
        '# EOF',
      ].join('\n'),
    );
    expect(writeOpenMetrics2(families)).toBe(
      `${[
        '# TYPE foodb_seconds_total counter',
        '# UNIT foodb_seconds_total seconds',
        '# HELP foodb_seconds_total Time \\"spent\\" \\\\ here',
        'foodb_seconds_total{a="x"} 17 1520879607.789 st@1520430000.123 # {trace_id="KOO5S4vxi0o"} 0.67 1520879606.1',
        '# TYPE go gauge',
        'go -Inf',
        '# TYPE build_info info',
        'build_info{version="1"} 1',
        '# TYPE foo stateset',
        'foo{foo="a"} 0',
        'foo{foo="bb"} 1',
        '# TYPE h histogram',
        'h {count:17,sum:324789.3,bucket:[0.1:8,1:11,+Inf:17]} st@1520430000.123 # {} 0.054 1520879607.7',
        '# TYPE g gaugehistogram',
        'g {gcount:42,gsum:-3289.3,bucket:[-1:20,+Inf:42]}',
        '# TYPE s summary',
        's {count:17,sum:1.5,quantile:[0.5:NaN,0.99:150]} st@12.5',
        '# TYPE "my.unknown" unknown',
        '{"my.unknown","service.name"="x\\"y"} 42.23',
        '# EOF',
      ].join('\n')}\n`,
    );
  });

  it('writes native buckets with absolute counts, alone and before classic ones', () => {
    const histogram = new NativeHistogram({ bucketFactor: 2, zeroThreshold: 1e-4 });
    for (const value of [-2, -2, 0, 1, 1, 2, 2, 2, 64]) histogram.observe(value);
    const family: MetricFamily = {
      name: 'n',
      type: 'histogram',
      help: '',
      unit: '',
      samples: [
        { name: 'n_bucket', labels: { b: '1', le: '1.5' }, value: 5 },
        { name: 'n_bucket', labels: { b: '1', le: '+Inf' }, value: 9 },
        { name: 'n_sum', labels: { b: '1' }, value: 70 },
        { name: 'n_count', labels: { b: '1' }, value: 9 },
        { name: 'n_bucket', labels: { le: '+Inf' }, value: 0 },
      ],
      native: [
        { labels: { b: '1' }, ...histogram.snapshot() },
        // Native alone; an instrument still writes its +Inf bucket for the classic formats.
        {
          labels: {},
          ...new NativeHistogram({ bucketFactor: 1.1, zeroThreshold: 0 }).snapshot(),
          createdTimestamp: 7,
          exemplars: [{ labels: {}, value: 1, timestamp: 2 }],
        },
      ],
    };
    const native =
      'schema:0,zero_threshold:0.0001,zero_count:1,negative_spans:[1:1],negative_buckets:[2],positive_spans:[0:2,4:1],positive_buckets:[2,3,1]';
    expect(writeOpenMetrics2([family]).split('\n').slice(1, 3)).toEqual([
      `n{b="1"} {count:9,sum:70,${native},bucket:[1.5:5,+Inf:9]}`,
      'n {count:0,sum:0,schema:3,zero_threshold:0,zero_count:0} st@7 # {} 1 2',
    ]);
  });

  it('does not invent what an older format left out', () => {
    const families = parseText(
      '# TYPE s summary\ns{quantile="0.5"} 3\ns_count 4\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_count 5\n',
    );
    expect(writeOpenMetrics2(families)).toBe(
      [
        '# TYPE s unknown',
        's{quantile="0.5"} 3',
        '# TYPE s_count unknown',
        's_count 4',
        '# TYPE h histogram',
        'h {count:5,sum:NaN,bucket:[1:2,+Inf:5]}',
        '# EOF\n',
      ].join('\n'),
    );
  });
});
