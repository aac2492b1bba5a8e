import { Registry } from '@bellwether/metrics';
import { expect, it } from 'vitest';
import { createBellwether } from './bellwether.ts';
import { TestReceiver } from './test-receiver.ts';

it('records and ships each request with one call', async () => {
  const receiver = await TestReceiver.start();
  const registry = new Registry();
  const bellwether = createBellwether({
    url: receiver.url,
    registry,
    defaults: { application: 'shop', environment: 'production' },
  });
  const target = { provider: 'openai', task_type: 'extraction', model: 'gpt-4o' } as const;
  const ids = [
    bellwether.trackLlmRequest({
      ...target,
      latency_ms: 840,
      input_tokens: 1200,
      output_tokens: 80,
      cost_usd: 0.0038,
      user_id: 'u1',
    }),
    bellwether.trackLlmError({ ...target, error_type: 'timeout', team: 'search' }),
    bellwether.recordRequest({
      provider: 'vllm',
      model: 'llama',
      backend: 'gpu-1',
      algorithm: 'least_latency',
      status: 'success',
      startMs: 100,
      endMs: 350,
      quality: 0.9,
      correlationId: 'abc',
      details: { input_tokens: 7 },
    }),
  ];
  await bellwether.close();
  await receiver.stop();
  const [request, error, balanced] = ids.map((id) => receiver.taken.get(id));
  const defaults = { application: 'shop', environment: 'production' };
  expect(request).toMatchObject({ ...defaults, ...target, latency_ms: 840, cost_usd: 0.0038, user_id: 'u1' });
  expect(error).toMatchObject({ ...defaults, ...target, error_type: 'timeout', team: 'search' });
  expect(balanced).toEqual({
    ...defaults,
    id: ids[2],
    timestamp: expect.any(Number) as number,
    provider: 'vllm',
    model: 'llama',
    backend_id: 'gpu-1',
    algorithm: 'least_latency',
    status: 'success',
    latency_ms: 250,
    quality_score: 0.9,
    correlation_id: 'abc',
    input_tokens: 7,
  });
  const text = await registry.metrics();
  expect(text).toContain('llm_requests_total{provider="openai",task_type="extraction",model="gpt-4o"} 2\n');
  expect(text).toContain(
    'llm_errors_total{provider="openai",task_type="extraction",error_type="timeout"} 1\n',
  );
  expect(text).toContain(
    'load_balancer_requests_total{backend="gpu-1",algorithm="least_latency",status="success"} 1\n',
  );
  expect(text).toContain('custom_metrics_shipper_events_total{outcome="accepted"} 3\n');
});

it('ships ratings with an id of their own, to their own address, and waits for them at the end', async () => {
  const receiver = await TestReceiver.start();
  const bellwether = createBellwether({
    url: receiver.url,
    registry: new Registry(),
    defaults: { application: 'shop' },
  });
  const id = bellwether.sendFeedback({ request_id: 'r-1', satisfaction_score: 1 });
  const own = bellwether.sendFeedback({ id: 'mine', request_id: 'r-1', comment_hash: 'abc' });
  await bellwether.close();
  await receiver.stop();
  expect(own).toBe('mine');
  expect(receiver.requests.map(({ url }) => url)).toEqual(['/v1/feedback?partial=true']);
  expect([...receiver.taken.values()]).toEqual([
    { id, request_id: 'r-1', satisfaction_score: 1, timestamp: expect.any(Number) as number },
    { id: 'mine', request_id: 'r-1', comment_hash: 'abc', timestamp: expect.any(Number) as number },
  ]);
  expect(bellwether.feedbackCounts).toMatchObject({ accepted: 2, closed: 0 });
  bellwether.sendFeedback({ request_id: 'late', satisfaction_score: 1 });
  expect(bellwether.feedbackCounts.closed).toBe(1);
});

it('throws nothing into the application, whatever it is told', async () => {
  const bellwether = createBellwether({
    url: 'http://127.0.0.1:9',
    registry: new Registry(),
    onError: () => undefined,
    onRecordingFailure: () => undefined,
  });
  const hostile = [
    undefined,
    null,
    {
      get provider() {
        throw new Error('on purpose');
      },
    },
    { provider: 'p', model: 'm', startMs: 1n, endMs: 2 },
  ] as never[];
  const ids = hostile.flatMap((one) => [
    bellwether.trackLlmRequest(one),
    bellwether.trackLlmError(one),
    bellwether.recordRequest(one),
    bellwether.sendFeedback(one),
  ]);
  expect(new Set(ids).size).toBe(16);
  await bellwether.close(50);
});
