import { describe, expect, it } from 'vitest';
import { catalogue } from '../../catalogue/index.ts';
import { USERS_EXACT_MAX } from '../../catalogue/users.ts';
import { usdAsNumber } from '../../money.ts';
import { seededRandom } from '../test-random.ts';
import { TestRecorder, usd } from './test-recorder.ts';

describe('the LLM and generative AI packs', () => {
  it('count a request on every family', async () => {
    const test = new TestRecorder();
    test.record({
      taskType: 'extraction',
      latencyMs: 1500,
      firstTokenMs: 30,
      inputTokens: 120,
      outputTokens: 30,
      cacheReadTokens: 100,
      cacheWriteTokens: 5,
      reasoningTokens: 10,
      cost: usd(0.25),
    });
    const samples = await test.samples();
    const genAi = 'gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o"';
    const expected: Record<string, number> = {
      'llm_requests_total{provider="openai",task_type="extraction",model="gpt-4o"}': 1,
      'llm_latency_seconds_bucket{le="1",provider="openai",task_type="extraction"}': 0,
      'llm_latency_seconds_bucket{le="2",provider="openai",task_type="extraction"}': 1,
      'llm_latency_seconds_sum{provider="openai",task_type="extraction"}': 1.5,
      'llm_cost_usd_total{provider="openai"}': 0.25,
      'llm_tokens_used_total{provider="openai",token_type="input"}': 120,
      'llm_tokens_used_total{provider="openai",token_type="output"}': 30,
      'llm_tokens_used_total{provider="openai",token_type="total"}': 150,
      [`gen_ai_client_operation_duration_seconds_sum{${genAi},error_type=""}`]: 1.5,
      [`gen_ai_client_operation_time_to_first_chunk_seconds_bucket{le="0.04",${genAi}}`]: 1,
      [`gen_ai_client_token_usage_sum{${genAi},gen_ai_token_type="input"}`]: 120,
      [`gen_ai_client_token_usage_sum{${genAi},gen_ai_token_type="output"}`]: 30,
      [`gen_ai_client_inference_usage_input_tokens_total{${genAi},gen_ai_token_modality="unknown"}`]: 120,
      [`gen_ai_client_inference_usage_output_tokens_total{${genAi},gen_ai_token_modality="unknown"}`]: 30,
      [`gen_ai_client_inference_usage_cache_read_input_tokens_total{${genAi}}`]: 100,
      [`gen_ai_client_inference_usage_cache_write_input_tokens_total{${genAi}}`]: 5,
      [`gen_ai_client_inference_usage_reasoning_output_tokens_total{${genAi}}`]: 10,
    };
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, samples.get(key)]))).toEqual(expected);
    expect([...samples.keys()].filter((key) => key.startsWith('llm_errors_total'))).toEqual([]);
    expect(test.refused).toEqual([]);
  });

  it('count failures by kind, by their status where no kind is given', async () => {
    const test = new TestRecorder();
    test.record({ status: 'error', errorType: 'rate_limit' });
    test.record({ status: 'timeout' });
    test.record({ status: 'cancelled', latencyMs: 5 });
    test.record({ status: 'success', errorType: 'a word that is left over' });
    expect(await test.family('llm_errors_total')).toEqual({
      'llm_errors_total{provider="openai",task_type="unknown",error_type="rate_limit"}': 1,
      'llm_errors_total{provider="openai",task_type="unknown",error_type="timeout"}': 1,
      'llm_errors_total{provider="openai",task_type="unknown",error_type="cancelled"}': 1,
    });
    expect(await test.family('llm_requests_total')).toEqual({
      'llm_requests_total{provider="openai",task_type="unknown",model="gpt-4o"}': 4,
    });
    // A request without a latency is counted, but not as one that took no time.
    expect(await test.family('llm_latency_seconds_count')).toEqual({
      'llm_latency_seconds_count{provider="openai",task_type="unknown"}': 1,
    });
  });

  it('split tokens by modality where they are told apart', async () => {
    const test = new TestRecorder();
    test.record({ inputTokens: 100, outputTokens: 50, inputAudioTokens: 30, inputImageTokens: 20 });
    const labels = 'gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o"';
    const input = 'gen_ai_client_inference_usage_input_tokens_total';
    const samples = await test.family(input);
    expect(samples[`${input}{${labels},gen_ai_token_modality="text"}`]).toBe(50);
    expect(samples[`${input}{${labels},gen_ai_token_modality="audio"}`]).toBe(30);
    expect(samples[`${input}{${labels},gen_ai_token_modality="image"}`]).toBe(20);
    expect(Object.values(samples).reduce((sum, value) => sum + value, 0)).toBe(100);
  });
});

describe('the cost pack', () => {
  it('keeps requests without a price apart from those that cost nothing', async () => {
    const test = new TestRecorder();
    test.record({ inputTokens: 7, outputTokens: 3 });
    test.record({ model: 'free', cost: 0, inputTokens: 10 });
    expect(await test.family('cost_unpriced_requests_total')).toEqual({
      'cost_unpriced_requests_total{provider="openai",model="gpt-4o"}': 1,
    });
    expect(await test.family('cost_unpriced_tokens_total')).toEqual({
      'cost_unpriced_tokens_total{provider="openai",model="gpt-4o"}': 10,
    });
    expect(await test.family('cost_model_usd_total')).toEqual({
      'cost_model_usd_total{provider="openai",model="free"}': 0,
    });
    expect(await test.family('llm_cost_usd_total')).toEqual({ 'llm_cost_usd_total{provider="openai"}': 0 });
  });

  it('shows means of the last five minutes and then nothing', async () => {
    const test = new TestRecorder();
    test.record({ cost: usd(0.01), inputTokens: 400, outputTokens: 100 });
    test.record({ cost: usd(0.03), inputTokens: 1000, outputTokens: 500, revenue: usd(0.07) });
    const labels = '{provider="openai",model="gpt-4o"}';
    expect(await test.family('cost_per_request_usd')).toEqual({ [`cost_per_request_usd${labels}`]: 0.02 });
    expect(await test.family('cost_per_million_tokens_usd')).toEqual({
      [`cost_per_million_tokens_usd${labels}`]: 20,
    });
    // Revenue 0.01 by default and 0.07; cost 0.04.
    const efficiency = (await test.family('cost_efficiency_score'))[`cost_efficiency_score${labels}`];
    expect(efficiency).toBeCloseTo(0.08 / 0.12, 12);
    test.nowMs += 320_000;
    expect(await test.family('cost_per_request_usd')).toEqual({});
    expect(await test.family('cost_model_usd_total')).toEqual({ [`cost_model_usd_total${labels}`]: 0.04 });
  });
});

describe('the business pack', () => {
  it('takes the configured amounts where a request names none', async () => {
    const test = new TestRecorder();
    test.record({
      application: 'shop',
      team: 'web',
      cost: usd(0.002),
      revenue: usd(0.05),
      satisfaction: 0.5,
    });
    test.record({ application: 'shop', team: 'web', status: 'error' });
    const samples = await test.samples();
    const labels = '{application="shop",team="web"}';
    expect(samples.get(`business_requests_total${labels}`)).toBe(2);
    expect(samples.get(`business_revenue_usd_total${labels}`)).toBe(0.06);
    expect(samples.get(`business_cost_usd_total${labels}`)).toBe(0.007);
    expect(samples.get('business_revenue_per_request_usd')).toBe(0.03);
    expect(samples.get('business_cost_per_request_usd')).toBe(0.0035);
    expect(samples.get('business_roi_ratio')).toBeCloseTo(0.053 / 0.007, 12);
    expect(samples.get('business_satisfaction_score')).toBe(0.5);
    const composite = 0.3 * 0.5 + 0.4 * 0.5 + 0.3 * (0.06 / 0.067);
    expect(samples.get('business_composite_score')).toBeCloseTo(composite, 12);
  });

  it('leaves unknown scores out of the composite, and shows nothing before the first request', async () => {
    const test = new TestRecorder();
    expect([...(await test.samples()).keys()].filter((key) => key.startsWith('business_'))).toEqual([]);
    test.record({ cost: usd(0.01), revenue: usd(0.03) });
    expect((await test.family('business_composite_score')).business_composite_score).toBeCloseTo(
      (0.4 * 1 + 0.3 * 0.75) / 0.7,
      12,
    );
  });
});

describe('the users pack', () => {
  it('counts users of each window and application', async () => {
    const test = new TestRecorder();
    test.record({ userId: 'ann', application: 'shop' });
    test.record({ userId: 'bob', application: 'shop' });
    test.record({ userId: 'bob', application: 'desk' });
    test.record({ application: 'shop' });
    test.nowMs += 10 * 60_000;
    test.record({ userId: 'ann', application: 'desk' });
    const samples = await test.samples();
    expect(samples.get('users_active{window="5m"}')).toBe(1);
    expect(samples.get('users_active{window="1h"}')).toBe(2);
    expect(samples.get('users_active{window="24h"}')).toBe(2);
    expect(samples.get('users_application_active{application="desk"}')).toBe(2);
    expect(samples.get('users_adoption_ratio{application="shop"}')).toBe(1);
    expect(samples.get('users_active_standard_error_ratio')).toBe(0);
    expect(samples.get('users_anonymous_requests_total')).toBe(1);
    expect(samples.get('users_requests_per_active_user')).toBe(2);
    test.nowMs += 25 * 3_600_000;
    const later = await test.samples();
    expect(later.get('users_active{window="24h"}')).toBe(0);
    expect([...later.keys()].filter((key) => key.startsWith('users_application_active'))).toEqual([]);
  });

  it('is exact for as many users as the reference page says, and near for more', async () => {
    const test = new TestRecorder();
    const seen = async (users: number): Promise<readonly (number | undefined)[]> => {
      for (let user = 0; user < users; user++) test.record({ userId: `user-${user}` });
      const samples = await test.samples();
      return ['users_active{window="24h"}', 'users_active_standard_error_ratio'].map((key) =>
        samples.get(key),
      );
    };
    expect(await seen(USERS_EXACT_MAX)).toEqual([USERS_EXACT_MAX, 0]);
    const [count = 0, error = 0] = await seen(150_000);
    expect(error).toBeLessThan(0.006);
    expect(Math.abs(count - 150_000)).toBeLessThan(4 * error * 150_000);
  });

  it('tells when and for what, and how satisfied', async () => {
    const test = new TestRecorder();
    test.record({ hour: 0, taskType: 'vision', application: 'shop', satisfaction: 1 });
    test.record({ hour: 23, taskType: 'vision', application: 'shop', satisfaction: 0.5 });
    test.record({ hour: 23 });
    const samples = await test.samples();
    expect(samples.get('users_requests_by_hour_total{hour="00"}')).toBe(1);
    expect(samples.get('users_requests_by_hour_total{hour="23"}')).toBe(2);
    expect(samples.get('users_requests_by_task_total{task_type="vision"}')).toBe(2);
    expect(samples.get('users_requests_by_task_total{task_type="unknown"}')).toBe(1);
    expect(samples.get('users_satisfaction_score{application="shop"}')).toBe(0.75);
    expect(samples.get('users_ratings_total{application="shop"}')).toBe(2);
  });
});

describe('all packs', () => {
  it('agree with exact sums over random requests, overflow included', async () => {
    const next = seededRandom(42);
    const test = new TestRecorder({}, { seriesMax: 20 });
    let [cost, revenue, businessCost, requests, input, unpriced] = [0n, 0n, 0n, 0, 0, 0];
    for (let i = 0; i < 5000; i++) {
      const priced = next() < 0.9;
      const amount = Math.floor(next() * 10 ** (4 + next() * 10));
      const worth = next() < 0.3 ? Math.floor(next() * 1e11) : undefined;
      const inputTokens = Math.floor(next() * 5000);
      test.record({
        provider: `p${Math.floor(next() * 40)}`,
        model: `m${Math.floor(next() * 10)}`,
        application: `a${Math.floor(next() * 40)}`,
        backend: `b${Math.floor(next() * 30)}`,
        algorithm: 'random',
        latencyMs: next() * 60_000,
        inputTokens,
        cost: priced ? amount : undefined,
        revenue: worth,
      });
      requests += 1;
      input += inputTokens;
      unpriced += priced ? 0 : 1;
      cost += priced ? BigInt(amount) : 0n;
      businessCost += priced ? BigInt(amount) : 5_000_000_000n;
      revenue += BigInt(worth ?? 10_000_000_000);
      test.nowMs += 20;
    }
    const total = async (name: string): Promise<number> =>
      Object.values(await test.family(name)).reduce((sum, value) => sum + value, 0);
    expect(await total('llm_requests_total')).toBe(requests);
    expect(await total('load_balancer_requests_total')).toBe(requests);
    expect(await total('business_requests_total')).toBe(requests);
    expect(await total('load_balancer_algorithm_selection_total')).toBe(requests);
    expect(await total('cost_unpriced_requests_total')).toBe(unpriced);
    expect(await total('gen_ai_client_inference_usage_input_tokens_total')).toBe(input);
    for (const [name, expected] of [
      ['llm_cost_usd_total', cost],
      ['cost_model_usd_total', cost],
      ['load_balancer_total_cost_usd', cost],
      ['business_cost_usd_total', businessCost],
      ['business_revenue_usd_total', revenue],
    ] as const) {
      const shown = await total(name);
      expect(Math.abs(shown - usdAsNumber(expected))).toBeLessThanOrEqual(usdAsNumber(expected) * 1e-14);
    }
    expect(test.refused).toEqual([]);
  });

  it('are not exposed when they are switched off', async () => {
    const names = async (test: TestRecorder): Promise<string[]> => {
      test.record({ userId: 'ann', cost: usd(1), satisfaction: 1 });
      return (await test.registry.metrics()).match(/(?<=# TYPE )\S+/g) ?? [];
    };
    const all = await names(new TestRecorder());
    const without = async (packs: Parameters<typeof names>[0]): Promise<string[]> => {
      const left = new Set(await names(packs));
      return all.filter((name) => !left.has(name));
    };
    const ofPack = (pack: string): string[] =>
      catalogue.filter((family) => family.pack === pack && all.includes(family.name)).map(({ name }) => name);
    expect(await without(new TestRecorder({ business: false }))).toEqual(ofPack('business'));
    expect(await without(new TestRecorder({ cost: false }))).toEqual(ofPack('cost'));
    expect(await without(new TestRecorder({ roi: false }))).toEqual(['business_roi_ratio']);
    expect(await without(new TestRecorder({ modelCost: false }))).toEqual([
      'cost_model_usd_total',
      'cost_per_request_usd',
      'cost_per_million_tokens_usd',
      'cost_efficiency_score',
    ]);
    const users = { adoption: false, usagePatterns: false, satisfaction: false };
    expect(await without(new TestRecorder(users))).toEqual(ofPack('users'));
    expect((await without(new TestRecorder({ satisfaction: false }))).length).toBe(2);
  });

  it('refuse what no counter can take, and say so', async () => {
    const test = new TestRecorder();
    test.record({ latencyMs: Number.NaN });
    expect(test.refused.map((error) => error.message)).toEqual([
      expect.stringContaining('latency_ms'),
      expect.stringContaining('latency_ms'),
    ]);
    expect(await test.family('llm_requests_total')).toEqual({});
  });
});
