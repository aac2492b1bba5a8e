import { describe, expect, it } from 'vitest';
import { readObjectiveText } from './objective-file.ts';

const openSlo = `
apiVersion: openslo/v1
kind: DataSource
metadata: { name: metrics }
spec: { type: Prometheus, connectionDetails: { url: http://prometheus:9090 } }
---
apiVersion: openslo/v1
kind: SLI
metadata: { name: good-answers }
spec:
  ratioMetric:
    counter: true
    good: { metricSource: { metricSourceRef: metrics, spec: { query: 'http_requests_total{code!~"5.."}' } } }
    total: { metricSource: { metricSourceRef: metrics, spec: { query: http_requests_total } } }
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: web-availability, displayName: Web availability, labels: { team: [web, core] } }
spec:
  description: >
    Answers of the web
    that are no failures.
  service: web
  indicatorRef: good-answers
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.999 }, { displayName: In slices, targetPercent: 99.5 }]
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: { name: ignored }
spec: {}
`;

describe('a file of OpenSLO', () => {
  it('gives an objective for each target of an SLO', () => {
    const { form, objectives } = readObjectiveText(openSlo);
    expect(form).toBe('openslo');
    expect(objectives).toMatchObject([
      {
        id: 'web-availability-1',
        name: 'Web availability',
        description: 'Answers of the web that are no failures.',
        service: 'web',
        kind: 'promql',
        budgetPpb: 1_000_000,
        window: { type: 'rolling', hours: 672 },
        labels: { team: 'web,core' },
        queries: {
          type: 'good',
          good: 'sum(increase(http_requests_total{code!~"5.."}[$window]))',
          total: 'sum(increase(http_requests_total[$window]))',
        },
      },
      { id: 'web-availability-2', name: 'In slices', budgetPpb: 5_000_000 },
    ]);
  });

  const slo = (spec: string): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: x }
spec:
  service: s
  timeWindow: [{ duration: 1M, isRolling: false, calendar: { startTime: 2026-01-01 00:00:00, timeZone: Europe/Berlin } }]
${spec}`;

  it('may count from the ledger, with the value of the objective as threshold', () => {
    const { objectives } = readObjectiveText(
      slo(`
  budgetingMethod: Timeslices
  indicator:
    metadata: { name: l }
    spec: { thresholdMetric: { metricSource: { type: Bellwether, spec: { kind: ttft, scope: { model: gpt-4o }, per: backend } } } }
  objectives: [{ op: lte, value: 400, target: 0.95, timeSliceTarget: 0.9, timeSliceWindow: 5m }]`),
    );
    expect(objectives).toMatchObject([
      {
        kind: 'ttft',
        threshold: '400',
        per: 'backend',
        scope: { model: ['gpt-4o'] },
        budgetPpb: 50_000_000,
        slices: { minutes: 5, budgetPpb: 100_000_000 },
        window: { type: 'calendar', unit: 'month', timeZone: 'Europe/Berlin' },
      },
    ]);
  });

  it.each([
    [
      'a threshold over a Prometheus',
      `
  indicator: { metadata: { name: l }, spec: { thresholdMetric: { metricSource: { type: Prometheus, spec: { query: latency_p95 } } } } }
  objectives: [{ op: lt, value: 0.5, target: 0.99 }]`,
      { type: 'good_ratio', ratio: 'avg_over_time(((latency_p95) < bool 0.5)[$window:1m])' },
    ],
    [
      'a raw share of failures',
      `
  indicator: { metadata: { name: l }, spec: { ratioMetric: { raw: { metricSource: { type: Prometheus, spec: { query: error_share } } }, rawType: failure } } }
  objectives: [{ target: 0.99 }]`,
      { type: 'bad_ratio', ratio: 'avg_over_time((error_share)[$window:1m])' },
    ],
    [
      'slices of a ratio',
      `
  budgetingMethod: Timeslices
  indicator: { metadata: { name: l }, spec: { ratioMetric: { counter: true, bad: { metricSource: { type: Prometheus, spec: { query: bad } } }, total: { metricSource: { type: Prometheus, spec: { query: all } } } } } }
  objectives: [{ target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5m }]`,
      {
        type: 'good_ratio',
        ratio:
          'avg_over_time(((1 - sum(increase(bad[5m])) / sum(increase(all[5m]))) >= bool 0.9)[$window:5m])',
      },
    ],
    [
      'gauges, and an expression of counters',
      `
  indicator: { metadata: { name: l }, spec: { ratioMetric: { good: { metricSource: { type: Prometheus, spec: { query: good_now } } }, total: { metricSource: { type: Prometheus, spec: { query: 'sum(all_now)' } } } } } }
  objectives: [{ target: 0.99 }]`,
      {
        type: 'good',
        good: 'sum_over_time((good_now)[$window:1m])',
        total: 'sum_over_time((sum(all_now))[$window:1m])',
      },
    ],
  ])('turns %s into PromQL', (_what, spec, queries) => {
    expect(readObjectiveText(slo(spec)).objectives[0]?.queries).toEqual(queries);
  });
});

describe('a file of Sloth', () => {
  it('gives its objectives over 30 days', () => {
    const { form, objectives } = readObjectiveText(`
version: "prometheus/v1"
service: "myservice"
labels: { owner: "myteam" }
slos:
  - name: "requests-availability"
    objective: 99.9
    description: "Common SLO based on availability for HTTP request responses."
    labels: { category: availability }
    sli:
      events:
        error_query: sum(rate(http_request_duration_seconds_count{job="myservice",code=~"(5..|429)"}[{{.window}}]))
        total_query: sum(rate(http_request_duration_seconds_count{job="myservice"}[{{ .window }}]))
    alerting:
      page_alert: { labels: { severity: pageteam } }
      ticket_alert: { disable: true }
  - name: raw
    objective: 95
    sli: { raw: { error_ratio_query: 'errors:ratio{w="{{.window}}"}' } }
`);
    expect(form).toBe('sloth');
    expect(objectives).toMatchObject([
      {
        id: 'myservice-requests-availability',
        budgetPpb: 1_000_000,
        service: 'myservice',
        window: { type: 'rolling', hours: 720 },
        labels: { owner: 'myteam', category: 'availability' },
        queries: {
          type: 'bad',
          bad: 'sum(rate(http_request_duration_seconds_count{job="myservice",code=~"(5..|429)"}[$window]))',
          total: 'sum(rate(http_request_duration_seconds_count{job="myservice"}[$window]))',
        },
      },
      { id: 'myservice-raw', queries: { type: 'bad_ratio', ratio: 'errors:ratio{w="$window"}' } },
    ]);
  });
});

describe('a file of our own', () => {
  it('holds a list', () => {
    const { form, objectives } = readObjectiveText(
      'objectives: [{ id: a, kind: cost, threshold_usd: 0.05, target_percent: 99.99999, window: quarter }]',
    );
    expect(form).toBe('bellwether');
    expect(objectives).toMatchObject([{ budgetPpb: 100, threshold: '0.05', window: { unit: 'quarter' } }]);
  });

  it.each([
    ['', 'the file is empty'],
    ['objectives: {}', 'must be a map with the list objectives'],
    ['objectives: [{ id: a, kind: latency, target_percent: 99 }]', 'threshold_ms must be a decimal number'],
    [
      'objectives: [{ id: a, kind: availability, target_percent: 100 }]',
      'target_percent must be a percentage',
    ],
    [
      'objectives: [{ id: a, kind: availability, target_percent: 99, window: 100d }]',
      'window must be one of',
    ],
    [
      'objectives: [{ id: a, kind: availability, target_percent: 99, window: month, time_zone: X }]',
      'time_zone',
    ],
    ['objectives: [{ id: compliance, kind: availability, target_percent: 99 }]', 'id is the name of a page'],
    ['objectives: [{ id: a, kind: promql, target_percent: 99 }]', 'good_query or bad_query'],
    ['objectives: [{ id: a, kind: promql, target_percent: 99, bad_ratio_query: x }]', 'must hold $window'],
    [
      'objectives: [{ id: a, kind: availability, target_percent: 99, threshold: 1 }]',
      '"threshold" is not a known key',
    ],
    [
      'version: prometheus/v1\nservice: s\nslos: [{ name: n, objective: 99, sli: { plugin: { id: x } } }]',
      'plugins',
    ],
    ['version: prometheus/v1\nservice: s\nslos: x', 'slos must be a list'],
    ['a: [', 'Flow sequence'],
  ])('is refused with a reason: %s', (text, reason) => {
    expect(() => readObjectiveText(text)).toThrow(reason);
  });
});
