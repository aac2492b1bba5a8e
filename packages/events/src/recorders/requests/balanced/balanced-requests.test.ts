import { describe, expect, it } from 'vitest';
import { TestRecorder, usd } from '../test-recorder.ts';

const balanced = { backend: 'b1', backendType: 'vllm', algorithm: 'round_robin', method: 'POST' } as const;

describe('the load balancer pack', () => {
  it('leaves requests alone that no balancer placed', async () => {
    const test = new TestRecorder();
    test.record({ algorithm: 'round_robin' });
    expect(await test.family('load_balancer_requests_total')).toEqual({});
  });

  it('records one request whole', async () => {
    const test = new TestRecorder();
    test.record({
      ...balanced,
      latencyMs: 400,
      queueMs: 20,
      requestBytes: 1000,
      responseBytes: 2000,
      cost: usd(0.5),
      quality: 0.9,
      accuracy: 0.8,
      relevance: 0.7,
      completeness: 0.6,
      satisfaction: 0.5,
      cacheHit: false,
    });
    const samples = await test.samples();
    const backend = '{backend="b1"}';
    const expected: Record<string, number> = {
      'load_balancer_requests_total{backend="b1",algorithm="round_robin",status="success"}': 1,
      'load_balancer_requests_by_method_total{method="POST",status="success"}': 1,
      'load_balancer_algorithm_selection_total{algorithm="round_robin",backend="b1"}': 1,
      'load_balancer_backend_info{backend="b1",type="vllm"}': 1,
      'load_balancer_request_duration_seconds_bucket{le="0.25",backend="b1"}': 0,
      'load_balancer_request_duration_seconds_bucket{le="0.5",backend="b1"}': 1,
      'load_balancer_response_time_ms{quantile="0.5",backend="b1"}': 400,
      [`load_balancer_response_time_ms_count${backend}`]: 1,
      [`load_balancer_connection_pool_wait_seconds_sum${backend}`]: 0.02,
      [`load_balancer_request_bytes_total${backend}`]: 1000,
      [`load_balancer_response_bytes_total${backend}`]: 2000,
      [`load_balancer_requests_per_second${backend}`]: 1,
      [`load_balancer_error_rate_percent${backend}`]: 0,
      [`load_balancer_success_rate_percent${backend}`]: 100,
      [`load_balancer_total_cost_usd${backend}`]: 0.5,
      [`load_balancer_cost_per_request_usd${backend}`]: 0.5,
      [`load_balancer_quality_score${backend}`]: 0.9,
      [`load_balancer_accuracy_score${backend}`]: 0.8,
      [`load_balancer_relevance_score${backend}`]: 0.7,
      [`load_balancer_completeness_score${backend}`]: 0.6,
      [`load_balancer_user_satisfaction_score${backend}`]: 0.5,
      'load_balancer_algorithm_effectiveness_score{algorithm="round_robin"}': 0.9,
      load_balancer_load_distribution_score: 1,
      load_balancer_cache_hit_rate_percent: 0,
      'load_balancer_cache_requests_total{result="miss"}': 1,
    };
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, samples.get(key)]))).toEqual(expected);
    expect(samples.get(`load_balancer_cost_efficiency_score${backend}`)).toBeCloseTo(0.01 / 0.51, 12);
  });

  it('shows rates of the last minute only', async () => {
    const test = new TestRecorder();
    const rate = async (name: string): Promise<number | undefined> =>
      (await test.samples()).get(`load_balancer_${name}{backend="b1"}`);
    for (let second = 0; second < 120; second++) {
      test.record({ ...balanced, status: second < 60 ? 'error' : 'success', latencyMs: 1 });
      test.record({ ...balanced, latencyMs: 1 });
      test.nowMs += 1000;
    }
    // 1,120,000 ms is where a part begins: five whole parts are watched, and the empty one under way.
    expect(await rate('requests_per_second')).toBe(2);
    expect(await rate('error_rate_percent')).toBe(0);
    expect(await rate('success_rate_percent')).toBe(100);
    test.nowMs += 70_000;
    expect(await rate('requests_per_second')).toBe(0);
    expect(await rate('error_rate_percent')).toBeUndefined();
  });

  it('divides by the time that was watched, at least a second', async () => {
    const test = new TestRecorder();
    for (let i = 0; i < 30; i++) test.record(balanced);
    expect(await test.family('load_balancer_requests_per_second')).toEqual({
      'load_balancer_requests_per_second{backend="b1"}': 30,
    });
    test.nowMs += 3000;
    expect(await test.family('load_balancer_requests_per_second')).toEqual({
      'load_balancer_requests_per_second{backend="b1"}': 10,
    });
  });

  it('tells how evenly the load fell', async () => {
    const test = new TestRecorder();
    const score = async (): Promise<number | undefined> =>
      (await test.samples()).get('load_balancer_load_distribution_score');
    expect(await score()).toBeUndefined();
    for (const backend of ['b1', 'b2', 'b3', 'b4']) test.record({ ...balanced, backend });
    expect(await score()).toBe(1);
    test.nowMs += 400_000;
    // One of four known backends takes everything.
    for (let i = 0; i < 9; i++) test.record(balanced);
    expect(await score()).toBe(0.25);
  });

  it('compares hits of the cache with misses', async () => {
    const test = new TestRecorder();
    for (let i = 0; i < 3; i++) test.record({ ...balanced, cacheHit: true, latencyMs: 10 });
    test.record({ ...balanced, cacheHit: false, latencyMs: 100 });
    test.record({ ...balanced });
    const samples = await test.samples();
    expect(samples.get('load_balancer_cache_hit_rate_percent')).toBe(75);
    expect(samples.get('load_balancer_cache_performance_gain_percent')).toBe(90);
    expect(samples.get('load_balancer_cache_requests_total{result="hit"}')).toBe(3);
  });

  it('judges an algorithm by success and quality', async () => {
    const test = new TestRecorder();
    test.record({ ...balanced, quality: 0.8 });
    test.record({ ...balanced, status: 'timeout' });
    test.record({ ...balanced, algorithm: 'least_latency' });
    expect(await test.family('load_balancer_algorithm_effectiveness_score')).toEqual({
      'load_balancer_algorithm_effectiveness_score{algorithm="round_robin"}': 0.4,
      'load_balancer_algorithm_effectiveness_score{algorithm="least_latency"}': 1,
    });
  });

  it('follows a backend that changes its kind', async () => {
    const test = new TestRecorder();
    test.record(balanced);
    test.record({ ...balanced, backendType: 'ollama' });
    test.record({ ...balanced, backendType: '' });
    expect(await test.family('load_balancer_backend_info')).toEqual({
      'load_balancer_backend_info{backend="b1",type="ollama"}': 1,
    });
  });

  it('keeps the money of a thousand backends and lets the others share a series', async () => {
    const test = new TestRecorder();
    for (let i = 0; i < 1500; i++) test.record({ ...balanced, backend: `b${i}`, cost: usd(0.01) });
    const totals = await test.family('load_balancer_total_cost_usd');
    expect(Object.keys(totals).length).toBe(1001);
    expect(totals['load_balancer_total_cost_usd{backend="__overflow__"}']).toBe(5);
  });
});
