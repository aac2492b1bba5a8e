import { describe, expect, it } from 'vitest';
import { durationSeconds, formatDuration, scaledDuration, scaledWindows } from './durations.ts';
import { familiesIn } from './families.ts';
import { jobMatcher, keepingLabels, withMatchers } from './select.ts';

describe('families in a query', () => {
  it('are found by their names and by those of their samples', () => {
    const promql =
      'histogram_quantile(0.95, sum by (le) (rate(llm_latency_seconds_bucket[5m]))) > on () llm_requests_total / other_total';
    expect(familiesIn(promql).map(({ name }) => name)).toEqual(['llm_latency_seconds', 'llm_requests_total']);
  });

  it('are not what stands in quotes', () => {
    expect(familiesIn('up{job="llm_requests_total"}')).toEqual([]);
  });
});

describe('matchers', () => {
  const job = (): string[] => ['job="j"'];

  it('are put before those that a selector has', () => {
    expect(withMatchers('rate(llm_requests_total[5m])', job)).toBe('rate(llm_requests_total{job="j"}[5m])');
    expect(withMatchers('http_requests_total{status=~"5..", path="{x}"}', job)).toBe(
      'http_requests_total{job="j", status=~"5..", path="{x}"}',
    );
    expect(withMatchers('users_active{}', job)).toBe('users_active{job="j"}');
  });

  it('leave other series, labels and texts alone', () => {
    for (const promql of [
      'up == 0',
      'label_replace(up, "x", "llm_requests_total", "", "")',
      'slo:x:y{a="b"}',
    ])
      expect(withMatchers(promql, job)).toBe(promql);
  });

  it('compare a plain job, and match anything else', () => {
    expect(jobMatcher('custom-metrics')).toBe('job="custom-metrics"');
    expect(jobMatcher('a|b.*')).toBe('job=~"a|b.*"');
    expect(jobMatcher('a"b')).toBe('job=~"a\\"b"');
  });

  it('keep labels apart in sums and joins', () => {
    expect(keepingLabels('sum by () (x) / on () group_left () sum by (le, job) (y)', ['environment'])).toBe(
      'sum by (environment) (x) / on (environment) group_left () sum by (environment, le, job) (y)',
    );
    expect(keepingLabels('sum by (environment, a) (x)', ['environment'])).toBe('sum by (environment, a) (x)');
  });
});

describe('durations', () => {
  it('are read and printed', () => {
    expect(['30s', '5m', '1h', '30d', '2w'].map(durationSeconds)).toEqual([
      30, 300, 3600, 2_592_000, 1_209_600,
    ]);
    expect([30, 300, 3600, 90, 86_400, 0].map(formatDuration)).toEqual([
      '30s',
      '5m',
      '1h',
      '90s',
      '1d',
      '0s',
    ]);
    expect(() => durationSeconds('5 minutes')).toThrow(RangeError);
  });

  it('are shortened, windows to no less than five seconds', () => {
    expect(scaledDuration('5m', 0.1)).toBe('30s');
    expect(scaledDuration('1m', 0.001)).toBe('0s');
    expect(scaledWindows('rate(x[5m]) > rate(x[1d] offset 10m)', 0.01)).toBe(
      'rate(x[5s]) > rate(x[864s] offset 6s)',
    );
    expect(scaledWindows('rate(x[5m])', 1)).toBe('rate(x[5m])');
  });
});
