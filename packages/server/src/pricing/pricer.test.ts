import { formatUsd, instantFromEpochMs } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import type { PricedUsage } from './charge.ts';
import { createPricer } from './pricer.ts';

const NOTHING: PricedUsage = {
  provider: 'openai',
  model: 'gpt-4o-mini',
  response_model: '',
  timestamp: { epochSeconds: Date.parse('2026-10-01T12:00:00Z') / 1000, nanoseconds: 0 },
  service_tier: '',
  region: '',
  status: 'success',
  input_tokens: null,
  output_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
  cache_write_1h_tokens: null,
  reasoning_tokens: null,
  input_audio_tokens: null,
  output_audio_tokens: null,
  input_image_tokens: null,
  cost_usd: null,
  latency_ms: null,
};

function at(text: string): PricedUsage['timestamp'] {
  return instantFromEpochMs(Date.parse(text)) ?? NOTHING.timestamp;
}

function costOf(usage: Partial<PricedUsage>): string | null {
  const { costPicoUsd } = createPricer().price({ ...NOTHING, ...usage });
  return costPicoUsd === null ? null : formatUsd(costPicoUsd);
}

describe('the pricer', () => {
  it('prices tokens exactly', () => {
    expect(costOf({ input_tokens: 1_000_000, output_tokens: 1 })).toBe('0.1500006');
  });

  it('leaves an unknown price null', () => {
    expect(costOf({ model: 'no-such-model', input_tokens: 5 })).toBeNull();
    expect(costOf({ provider: 'nobody', input_tokens: 5 })).toBeNull();
    expect(costOf({ service_tier: 'no-such-tier', input_tokens: 5 })).toBeNull();
    expect(costOf({})).toBeNull();
  });

  it('charges nothing for a failed request without usage', () => {
    expect(costOf({ status: 'error' })).toBe('0.00');
  });

  it('prefers the cost the caller gives', () => {
    expect(costOf({ model: 'no-such-model', cost_usd: 7n })).toBe('0.000000000007');
  });

  it('charges cached and written tokens once, at their own price', () => {
    const usage = {
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      input_tokens: 1000,
      cache_read_tokens: 600,
      cache_write_tokens: 300,
      cache_write_1h_tokens: 100,
      output_tokens: 10,
    };
    // 100 × 3 + 600 × 0.3 + 200 × 3.75 + 100 × 6 + 10 × 15 dollars per million.
    expect(costOf(usage)).toBe('0.00198');
  });

  it('applies a long-context price to the whole request, above its threshold only', () => {
    const usage = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
    expect(costOf({ ...usage, input_tokens: 200_000 })).toBe('0.60');
    expect(costOf({ ...usage, input_tokens: 200_001 })).toBe('1.200006');
  });

  it('knows prices that changed and prices by time of day', () => {
    const o3 = { model: 'o3', input_tokens: 1_000_000 };
    expect(costOf({ ...o3, timestamp: at('2025-06-09T23:59:59.999Z') })).toBe('10.00');
    expect(costOf({ ...o3, timestamp: at('2025-06-10T00:00:00Z') })).toBe('2.00');
    const reasoner = { provider: 'deepseek', model: 'deepseek-reasoner', input_tokens: 1_000_000 };
    expect(costOf({ ...reasoner, timestamp: at('2025-08-01T00:29:59Z') })).toBe('0.135');
    expect(costOf({ ...reasoner, timestamp: at('2025-08-01T00:30:00Z') })).toBe('0.55');
    expect(costOf({ ...reasoner, timestamp: at('2025-08-01T16:30:00Z') })).toBe('0.135');
  });

  it('explains a charge by meters that sum to it', () => {
    const pricer = createPricer();
    const usage = { ...NOTHING, input_tokens: 1001, cache_read_tokens: 1, output_tokens: 3 };
    const explained = pricer.explain(usage);
    expect(explained.meters.map((m) => [m.meter, m.quantity, m.unitPriceUsd])).toEqual([
      ['input_tokens', 1000, '0.00000015'],
      ['cache_read_tokens', 1, '0.000000075'],
      ['output_tokens', 3, '0.0000006'],
    ]);
    expect(explained.costPicoUsd).toBe(pricer.price(usage).costPicoUsd);
  });
});
