import { Registry } from '@bellwether/metrics';
import { describe, expect, it } from 'vitest';
import { recordedBy } from '../../catalogue/index.ts';
import { applicationMetrics } from './application-metrics.ts';

const packs = ['llm', 'model_server', 'load_balancer', 'platform'] as const;

/** All recorders on a registry of their own, whose clock stands still until it is moved. */
function open(options: { readonly idleSecondsMax?: number; readonly seriesMax?: number } = {}) {
  const time = { nowMs: 1_000_000 };
  const now = (): number => time.nowMs;
  const registry = new Registry({ clock: { nowMs: now, monotonicMs: now }, ...options });
  const failures: string[] = [];
  const metrics = applicationMetrics({
    registry,
    packs,
    llm: { genAi: true },
    readSystem: () => ({ uptimeSeconds: 12, memoryBytes: 34 }),
    onFailure: (recorder, error) => failures.push(`${recorder}: ${String(error)}`),
  });
  const lines = async (name = ''): Promise<string[]> =>
    (await registry.metrics())
      .split('\n')
      .filter((line) => line !== '' && line.startsWith(name) && line[0] !== '#');
  return { time, registry, metrics, failures, lines };
}

type Everything = ReturnType<typeof open>['metrics'];

const request = {
  provider: 'openai',
  task_type: 'extraction',
  model: 'gpt-4o',
  latency_ms: 840,
  input_tokens: 1200,
  output_tokens: 80,
  cost_usd: 0.0038,
} as const;

const balanced = {
  backend: 'b1',
  backendType: 'vllm',
  algorithm: 'least_latency',
  status: 'success',
  method: 'POST',
  startMs: 100,
  endMs: 350,
} as const;

/** Calls every function of every recorder. */
async function callEverything(metrics: Everything): Promise<void> {
  const { llm, modelServer, loadBalancer, config, cache, rbac, audit, storage, crypto, http } = metrics;
  llm.trackLlmRequest({
    ...request,
    ttft_ms: 90,
    cache_read_tokens: 5,
    cache_write_tokens: 5,
    reasoning_tokens: 5,
  });
  llm.trackLlmError({ provider: 'openai', task_type: 'extraction', model: 'gpt-4o', error_type: 'timeout' });
  llm.updateBudget('openai', { spentUsd: 120, budgetUsd: 100 });
  modelServer.trackRequest({
    operation: 'chat',
    provider: 'local',
    model: 'm',
    durationMs: 1000,
    firstTokenMs: 100,
    outputTokens: 10,
  });
  loadBalancer.recordRequest({
    ...balanced,
    queueMs: 5,
    costUsd: '0.002',
    revenueUsd: 0.03,
    quality: 0.9,
    accuracy: 0.8,
    relevance: 0.7,
    completeness: 0.6,
    satisfaction: 0.5,
    requestBytes: 10,
    responseBytes: 20,
    cacheHit: false,
    correlationId: 'abc',
  });
  loadBalancer.recordRequest({
    ...balanced,
    status: 'error',
    errorType: 'reset',
    endMs: 110,
    cacheHit: true,
  });
  loadBalancer.changeActive('b1', 1);
  loadBalancer.recordRetry('b1');
  loadBalancer.recordFailover('b1');
  loadBalancer.setBudgetUsage('b1', { dailyPercent: 10, monthlyPercent: 20 });
  loadBalancer.health.recordCheck('b1', 'healthy', 0.01);
  loadBalancer.health.recordCheck('b1', 'unhealthy', 0.01);
  loadBalancer.health.setWeight('b1', 2);
  loadBalancer.circuitBreakers.setState('b1', 'open');
  loadBalancer.circuitBreakers.recordRejection('b1');
  loadBalancer.pools.setPool('b1', { open: 4, active: 1, max: 8, waiting: 2 });
  loadBalancer.pools.recordExhaustion('b1');
  loadBalancer.resources.setUse('b1', { cpuPercent: 30, memoryBytes: 1e6, memoryPercent: 10 });
  loadBalancer.resources.recordTraffic('b1', 100, 50);
  loadBalancer.sla.setCompliance('response time', 99.5);
  for (const kind of ['response_time', 'availability', 'error_rate', 'quality', 'cost'] as const)
    loadBalancer.sla.recordViolation(kind, 'b1', 'high');
  await expect(config.track('set', () => Promise.reject(new TypeError('no')))).rejects.toThrow('no');
  config.setActive(3);
  cache.recordHit('l1');
  cache.recordMiss('l1');
  cache.recordEviction('l1');
  cache.setSize('l1', 5);
  cache.observeDuration('l1', 'get', 0.00001);
  rbac.recordPermissionCheck('config', 'read', true, 0.0001);
  rbac.recordPermissionCheck('config', 'write', false);
  rbac.setActiveRoles(3);
  audit.recordEvent('config.set', 'ann');
  audit.observeProcessing('config.set', 0.01);
  audit.setQueueSize(7);
  expect(() => storage.track('write', () => fail())).toThrow('on purpose');
  storage.setSize(4096);
  expect(() => crypto.track('decrypt', () => fail())).toThrow('on purpose');
  crypto.recordKeyRotation();
  http.recordRequest('GET', '/config/:key', 200, 0.005);
}

function fail(): never {
  throw new Error('on purpose');
}

describe('the recorders of an application', () => {
  it('record every family that the catalogue says they record, and no other', async () => {
    const { time, registry, metrics, lines } = open({ idleSecondsMax: 3600, seriesMax: 40 });
    for (let tier = 0; tier < 50; tier++) metrics.cache.recordHit(`tier-${tier}`);
    // Idle series go at the second look that finds them unchanged.
    for (let look = 0; look < 2; look++) {
      time.nowMs += 4_000_000;
      await registry.metrics();
    }
    await callEverything(metrics);
    metrics.llm.trackLlmRequest({ ...request, latency_ms: Number.NaN });
    time.nowMs += 1000;
    await lines();
    const recorded = registry
      .getMetricsAsArray()
      .filter(
        (metric) =>
          'series' in metric &&
          (metric.series as readonly { readonly activity: number }[]).some(({ activity }) => activity > 0),
      )
      .map(({ name }) => name);
    const ofClient = (await lines('metrics_')).map((line) => line.replace(/\{.*/, ''));
    // What a shipper tells of itself is recorded by the SDK.
    const expected = recordedBy('application')
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('custom_metrics_shipper_'));
    expect([...new Set([...recorded, ...ofClient])].toSorted()).toEqual(expected.toSorted());
  });

  it('expose only the packs that are asked for', async () => {
    const registry = new Registry();
    const metrics = applicationMetrics({ registry, packs: ['platform'] });
    metrics.cache.recordHit('l1');
    const names = (await registry.metrics()).match(/(?<=# TYPE )[a-z]+/g) ?? [];
    expect([...new Set(names)].toSorted()).toEqual(
      ['audit', 'cache', 'config', 'crypto', 'custom', 'http', 'rbac', 'storage', 'system'].toSorted(),
    );
  });

  it('cannot be made twice on one registry', () => {
    const registry = new Registry();
    applicationMetrics({ registry, packs: ['platform'] });
    expect(() => applicationMetrics({ registry, packs: ['llm'] })).toThrow('custom_metrics_errors_total');
  });
});

describe('failures', () => {
  /** Calls that are wrong, as plain JavaScript can make them. */
  const wrong: readonly [name: string, act: (metrics: Everything) => void][] = [
    ['a request that is none', ({ llm }) => llm.trackLlmRequest(undefined as never)],
    [
      'a request without labels',
      ({ llm }) => llm.trackLlmRequest({ input_tokens: 1, output_tokens: 1 } as never),
    ],
    ['a latency that is none', ({ llm }) => llm.trackLlmRequest({ ...request, latency_ms: Number.NaN })],
    ['negative tokens', ({ llm }) => llm.trackLlmRequest({ ...request, input_tokens: -1 })],
    ['tokens as text', ({ llm }) => llm.trackLlmRequest({ ...request, input_tokens: '5' as never })],
    ['an error that is none', ({ llm }) => llm.trackLlmError(null as never)],
    ['a budget that is none', ({ llm }) => llm.updateBudget('openai', undefined as never)],
    ['a target that is none', ({ llm }) => llm.bind(undefined as never).record(request)],
    ['bound measures that are none', ({ llm }) => llm.bind(request).record(undefined as never)],
    ['a balanced request that is none', ({ loadBalancer }) => loadBalancer.recordRequest(undefined as never)],
    ['a score above one', ({ loadBalancer }) => loadBalancer.recordRequest({ ...balanced, quality: 7 })],
    ['a served request that is none', ({ modelServer }) => modelServer.trackRequest(undefined as never)],
    ['a duration that is none', ({ config }) => config.observeDuration('set', Number.NaN)],
    ['a label that is none', ({ cache }) => cache.observeDuration(Symbol('l1') as never, 'get', 1)],
  ];

  it.each(wrong)('do not reach the caller: %s', async (_name, act) => {
    const { metrics, failures, lines } = open();
    act(metrics);
    act(metrics);
    expect(failures.length).toBe(1);
    const [counted = ''] = await lines('custom_metrics_errors_total');
    expect(Number(counted.split(' ')[1])).toBeGreaterThanOrEqual(2);
  });

  it('of the one who is told do not reach the caller either', () => {
    const registry = new Registry();
    const { llm } = applicationMetrics({
      registry,
      packs: ['llm'],
      onFailure: () => fail(),
    });
    expect(() => llm.trackLlmRequest(undefined as never)).not.toThrow();
  });

  it('of reading the process leave the scrape alone', async () => {
    const registry = new Registry();
    applicationMetrics({
      registry,
      packs: ['platform'],
      readSystem: () => fail(),
      onFailure: () => undefined,
    });
    expect(await registry.metrics()).toContain('custom_metrics_errors_total{kind="recording"} 1');
  });
});

describe('the LLM recorder', () => {
  it('counts a failed request as a request, without making up what is not known', async () => {
    const { metrics, lines } = open();
    metrics.llm.trackLlmError({
      provider: 'openai',
      task_type: 'vision',
      model: 'gpt-4o',
      error_type: 'rate_limit',
    });
    expect(await lines('llm_')).toEqual([
      'llm_requests_total{provider="openai",task_type="vision",model="gpt-4o"} 1',
      ...(await lines('llm_latency_seconds')),
      'llm_cost_usd_total{provider="openai"} 0',
      'llm_tokens_used_total{provider="openai",token_type="input"} 0',
      'llm_tokens_used_total{provider="openai",token_type="output"} 0',
      'llm_tokens_used_total{provider="openai",token_type="total"} 0',
      'llm_errors_total{provider="openai",task_type="vision",error_type="rate_limit"} 1',
    ]);
    expect(await lines('llm_latency_seconds_count')).toEqual([
      'llm_latency_seconds_count{provider="openai",task_type="vision"} 0',
    ]);
  });

  it('records the same, bound or not', async () => {
    const [one, other] = [open(), open()];
    one.metrics.llm.trackLlmRequest(request);
    other.metrics.llm.bind(request).record(request);
    expect(await one.lines()).toEqual(await other.lines());
  });

  it('shows an overspent budget as negative', async () => {
    const { metrics, lines } = open();
    metrics.llm.updateBudget('openai', { spentUsd: 120, budgetUsd: 100 });
    expect(await lines('monthly_')).toEqual([
      'monthly_budget_remaining_usd{provider="openai"} -20',
      'monthly_spend_usd{provider="openai"} 120',
    ]);
  });

  it('has functions that may be called detached', async () => {
    const { metrics, lines } = open();
    const { trackLlmRequest } = metrics.llm;
    for (const one of [request, request]) trackLlmRequest(one);
    expect((await lines('llm_requests_total'))[0]).toMatch(/ 2$/);
  });
});

describe('the load balancer recorder', () => {
  it('keeps the correlation id as an exemplar, sanitised', async () => {
    const { registry, metrics } = open();
    metrics.loadBalancer.recordRequest({ ...balanced, correlationId: 'a"b\n<c>-1' });
    const text = Buffer.from(await registry.render({ format: 'openmetrics' })).toString();
    expect(text).toMatch(
      /load_balancer_request_duration_seconds_bucket\{.*\} 1 # \{correlation_id="abc-1"\} 0\.25/,
    );
  });

  it('follows a backend from failing to being there', async () => {
    const { time, metrics, lines } = open();
    const { health } = metrics.loadBalancer;
    health.recordCheck('b1', 'unhealthy', 0.5);
    time.nowMs += 30_000;
    health.recordCheck('b1', 'degraded', 0.01);
    time.nowMs += 30_000;
    health.recordCheck('b1', 'healthy', 0.01);
    expect(await lines('load_balancer_backend_')).toEqual([
      'load_balancer_backend_health{backend="b1"} 1',
      `load_balancer_backend_availability_percent{backend="b1"} ${(100 * 2) / 3}`,
      'load_balancer_backend_uptime_seconds{backend="b1"} 30',
    ]);
    health.recordCheck('b1', 'unhealthy', 1);
    expect(await lines('load_balancer_backend_uptime')).toEqual([
      'load_balancer_backend_uptime_seconds{backend="b1"} 0',
    ]);
  });

  it('counts a trip when a breaker opens, not while it stays open', async () => {
    const { metrics, lines } = open();
    const { circuitBreakers } = metrics.loadBalancer;
    for (const state of ['closed', 'open', 'open', 'half_open', 'open'] as const)
      circuitBreakers.setState('b1', state);
    expect(await lines('load_balancer_circuit_breaker_trips')).toEqual([
      'load_balancer_circuit_breaker_trips_total{backend="b1"} 2',
    ]);
    expect(await lines('load_balancer_circuit_breaker_state')).toEqual([
      'load_balancer_circuit_breaker_state{backend="b1"} 2',
    ]);
  });

  it('takes scores that come later', async () => {
    const { metrics, lines } = open();
    metrics.loadBalancer.recordRequest({ ...balanced, satisfaction: 1 });
    metrics.loadBalancer.recordScores('b1', { satisfaction: 0.5 });
    expect(await lines('load_balancer_user_satisfaction_score')).toEqual([
      'load_balancer_user_satisfaction_score{backend="b1"} 0.75',
    ]);
  });

  it('does not let a clock that was set back make a request take less than no time', async () => {
    const { metrics, lines } = open();
    metrics.loadBalancer.recordRequest({ ...balanced, startMs: 500, endMs: 100 });
    expect(await lines('load_balancer_request_duration_seconds_sum')).toEqual([
      'load_balancer_request_duration_seconds_sum{backend="b1"} 0',
    ]);
  });
});

describe('the platform recorders', () => {
  it('tell the hit rate', async () => {
    const { metrics, lines } = open();
    expect(metrics.cache.hitRate('l1')).toBeNaN();
    for (let i = 0; i < 3; i++) metrics.cache.recordHit('l1');
    metrics.cache.recordMiss('l1');
    expect(metrics.cache.hitRate('l1')).toBe(0.75);
    expect(await lines('cache_hit_ratio')).toEqual(['cache_hit_ratio{tier="l1"} 0.75']);
  });

  it('time work, and give back what it gives', async () => {
    const { time, metrics, lines } = open();
    const given = metrics.config.track('get', () => {
      time.nowMs += 5;
      return 'value';
    });
    expect(given).toBe('value');
    const later = await metrics.storage.track('read', async () => {
      await Promise.resolve();
      time.nowMs += 20;
      return 'row';
    });
    expect(later).toBe('row');
    expect(await lines('config_operation_duration_seconds_sum')).toEqual([
      'config_operation_duration_seconds_sum{operation="get"} 0.005',
    ]);
    expect(await lines('storage_operation_duration_seconds_sum')).toEqual([
      'storage_operation_duration_seconds_sum{operation="read"} 0.02',
    ]);
    expect(await lines('config_errors_total')).toEqual([]);
  });

  it('name errors by their code, or else their kind', async () => {
    const { metrics, lines } = open();
    const errors = [Object.assign(new Error('x'), { code: 'ENOENT' }), new TypeError('y'), 'z'];
    for (const error of errors) {
      await metrics.config.track('set', () => Promise.reject(error as Error)).catch(() => undefined);
    }
    expect(await lines('config_errors_total')).toEqual([
      'config_errors_total{operation="set",error_type="ENOENT"} 1',
      'config_errors_total{operation="set",error_type="TypeError"} 1',
      'config_errors_total{operation="set",error_type="unknown"} 1',
    ]);
  });

  it('show the process', async () => {
    expect(await open().lines('system_')).toEqual([
      'system_uptime_seconds 12',
      'system_memory_usage_bytes 34',
    ]);
  });

  it('count a denial beside its check', async () => {
    const { metrics, lines } = open();
    metrics.rbac.recordPermissionCheck('config', 'read', true);
    metrics.rbac.recordPermissionCheck('config', 'read', false);
    expect(await lines('rbac_permission')).toEqual([
      'rbac_permission_checks_total{resource="config",action="read",result="allowed"} 1',
      'rbac_permission_checks_total{resource="config",action="read",result="denied"} 1',
      'rbac_permission_denials_total{resource="config",action="read"} 1',
    ]);
  });
});

describe('types', () => {
  /** Never called: the compiler refuses a line that lacks its fault. */
  const mistakes = ({ llm, loadBalancer, cache, rbac, config, http }: Everything): void => {
    // @ts-expect-error A request needs its model.
    llm.trackLlmRequest({ provider: 'p', task_type: 't', input_tokens: 1, output_tokens: 1 });
    // @ts-expect-error Tokens are numbers.
    llm.trackLlmRequest({ ...request, input_tokens: '1' });
    // @ts-expect-error An error needs its kind.
    llm.trackLlmError({ provider: 'p', task_type: 't', model: 'm' });
    // @ts-expect-error A label that the families do not have.
    llm.trackLlmRequest({ provider: 'p', tasktype: 't', model: 'm', input_tokens: 1, output_tokens: 1 });
    // @ts-expect-error A status that there is not.
    loadBalancer.recordRequest({ ...balanced, status: 'ok' });
    // @ts-expect-error A request has an end.
    loadBalancer.recordRequest({ backend: 'b', algorithm: 'a', status: 'success', startMs: 1 });
    // @ts-expect-error A state that there is not.
    loadBalancer.circuitBreakers.setState('b1', 'ajar');
    // @ts-expect-error A kind of agreement that there is not.
    loadBalancer.sla.recordViolation('latency', 'b1', 'high');
    // @ts-expect-error A severity that there is not.
    loadBalancer.sla.recordViolation('cost', 'b1', 'terrible');
    // @ts-expect-error Whether it was allowed is not a text.
    rbac.recordPermissionCheck('config', 'read', 'yes');
    // @ts-expect-error A tier is a text.
    cache.recordHit(1);
    // @ts-expect-error Seconds are a number.
    config.observeDuration('set', '5ms');
    // @ts-expect-error A status is a number.
    http.recordRequest('GET', '/', '200', 1);
    // @ts-expect-error Only the packs that were asked for are there.
    applicationMetrics({ packs: ['llm'] }).cache.recordHit('l1');
    // @ts-expect-error A pack that there is not.
    applicationMetrics({ packs: ['business'] });
  };

  it('refuse wrong labels and arguments', () => {
    expect(mistakes).toBeTypeOf('function');
  });
});
