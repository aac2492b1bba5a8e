import { describe, expect, it } from 'vitest';
import type { EscapingScheme } from '../exposition/escape-name.ts';
import { writeText } from '../exposition/write-text.ts';
import type { MetricFamily } from '../family.ts';
import { parseOpenMetrics } from '../parse/openmetrics.ts';
import { escapeFamilies, escapeLabelName, escapeMetricName } from './escaping.ts';

describe('escapeMetricName', () => {
  it.each([
    ['http_requests:rate5m', 'http_requests:rate5m', 'http__requests:rate5m', 'http_requests:rate5m'],
    ['metric.name/with', 'metric_name_with', 'metric_dot_name__with', 'U__metric_2e_name_2f_with'],
    ['a_b.c', 'a_b_c', 'a__b_dot_c', 'U__a__b_2e_c'],
    ['1a', '_a', '__a', 'U___31_a'],
    ['é😀', '__', '____', 'U___e9__1f600_'],
  ])('%s', (name, underscores, dots, values) => {
    expect(escapeMetricName(name, 'allow-utf-8')).toBe(name);
    expect(escapeMetricName(name, 'underscores')).toBe(underscores);
    expect(escapeMetricName(name, 'dots')).toBe(dots);
    expect(escapeMetricName(name, 'values')).toBe(values);
  });

  it('takes a colon for illegal in a label', () => {
    expect(escapeLabelName('a:b', 'underscores')).toBe('a_b');
    expect(escapeLabelName('a:b', 'values')).toBe('U__a_3a_b');
  });
});

const FAMILIES = parseOpenMetrics(
  [
    '# TYPE "my.jobs" counter',
    '{"my.jobs_total","a.b"="1",a_b="2"} 1 # {"trace.id"="x"} 1',
    '{"my.jobs_created","a.b"="1",a_b="2"} 5',
    '# TYPE my_jobs counter',
    'my_jobs_total 2',
    '# TYPE "my state" stateset',
    '{"my state","my state"="on"} 1',
    '# TYPE "lat.s" histogram',
    '{"lat.s_bucket",le="+Inf"} 1',
    '# TYPE "app.version" info',
    '{"app.version_info","v.1"="x"} 1',
    '# EOF',
  ].join('\n'),
);

function sortedNames(families: readonly MetricFamily[]): string[] {
  return families.map((family) => family.name).toSorted();
}

describe('escapeFamilies', () => {
  it('keeps names apart that would become one, in favour of the plain one', () => {
    const text = writeText([...escapeFamilies(FAMILIES, 'underscores')], 'openmetrics');
    const families = parseOpenMetrics(text);
    const [jobs] = families;
    expect(jobs?.name).toBe('U__my_2e_jobs_');
    expect(jobs?.samples[0]).toEqual({
      name: 'U__my_2e_jobs__total',
      labels: { U__a_2e_b: '1', a_b: '2' },
      value: 1,
      exemplar: { labels: { trace_id: 'x' }, value: 1 },
    });
    expect(families.map((family) => family.name)).toEqual([
      'U__my_2e_jobs_',
      'my_jobs',
      'my_state',
      'lat_s',
      'app_version',
    ]);
    expect(families[2]?.samples[0]?.labels).toEqual({ my_state: 'on' });
  });

  it.each<EscapingScheme>(['underscores', 'dots', 'values'])(
    'gives valid classic names under %s',
    (scheme) => {
      const escaped = escapeFamilies(FAMILIES, scheme);
      const text = writeText([...escaped], 'openmetrics');
      expect(text).not.toMatch(/^\{|^# TYPE "/m);
      expect(parseOpenMetrics(text)).toEqual(escaped);
      expect(escaped.flatMap((family) => family.samples.map((sample) => sample.value))).toEqual([
        1, 5, 2, 1, 1, 1,
      ]);
    },
  );

  it('gives the same names whatever the order of the families', () => {
    expect(sortedNames(escapeFamilies(FAMILIES, 'underscores'))).toEqual(
      sortedNames(escapeFamilies(FAMILIES.toReversed(), 'underscores')),
    );
  });

  it('leaves plain families and everything under allow-utf-8 as they are', () => {
    expect(escapeFamilies(FAMILIES, 'allow-utf-8')).toBe(FAMILIES);
    expect(escapeFamilies(FAMILIES, 'underscores')[1]).toBe(FAMILIES[1]);
  });
});
