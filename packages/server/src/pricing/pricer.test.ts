import { formatUsd, parseRfc3339, parseUsd } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import type { PricedUsage } from './charge.ts';
import type { Pricer } from './pricer.ts';
import { createPricer, RESOLVED_KINDS_MAX } from './pricer.ts';

const NOTHING: PricedUsage = {
  provider: 'openai',
  model: 'gpt-4o-mini',
  response_model: '',
  timestamp: at('2026-10-01T12:00:00Z'),
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

const bundled = createPricer();

function at(text: string): PricedUsage['timestamp'] {
  return parseRfc3339(text) ?? { epochSeconds: 0, nanoseconds: 0 };
}

function costOf(usage: Partial<PricedUsage>, pricer: Pricer = bundled): string | null {
  const { costPicoUsd } = pricer.price({ ...NOTHING, ...usage });
  return costPicoUsd === null ? null : formatUsd(costPicoUsd);
}

describe('the price of a request', () => {
  it('is exact', () => {
    expect(costOf({ input_tokens: 1_000_000, output_tokens: 1 })).toBe('0.1500006');
    const tenMillion = { provider: 'mine', model: 'm', input_tokens: 1 };
    const prices = [{ provider: 'mine', model: 'm', per_million_tokens: { input: 0.3 } }];
    const pricer = createPricer({ cards: [{ name: 'mine', version: '1', prices }] });
    let total = 0n;
    for (let request = 0; request < 10_000; request += 1) {
      total += pricer.price({ ...NOTHING, ...tenMillion, input_tokens: 1000 }).costPicoUsd ?? 0n;
    }
    expect(costOf(tenMillion, pricer)).toBe('0.0000003');
    expect(formatUsd(total)).toBe('3.00');
  });

  it('stays exact where neither the price nor the sum fits a double', () => {
    const prices = [
      { provider: 'mine', model: 'm', per_million_tokens: { input: '0.0000000123', output: 987_654_321 } },
    ];
    const pricer = createPricer({ cards: [{ name: 'mine', version: '1', prices }] });
    const usage = {
      provider: 'mine',
      model: 'm',
      input_tokens: 9_007_199_254_740_991,
      output_tokens: 1_000_003,
    };
    // 9007199254740991 × 0.0000000123 / 10^6 rounded to the pico-dollar, plus 1000003 × 987.654321.
    expect(costOf(usage, pricer)).toBe('987657394.751513833314');
  });

  it('is null, never 0, where it is not known', () => {
    expect(costOf({ model: 'no-such-model', input_tokens: 5 })).toBeNull();
    expect(costOf({ provider: 'nobody', input_tokens: 5 })).toBeNull();
    expect(costOf({ provider: 'local_ollama', model: 'llama3', input_tokens: 5 })).toBeNull();
    expect(costOf({ service_tier: 'no-such-tier', input_tokens: 5 })).toBeNull();
    expect(costOf({})).toBeNull();
    expect(bundled.price({ ...NOTHING, model: 'no-such-model', input_tokens: 5 })).toEqual({
      costPicoUsd: null,
      priceSource: '',
      priceVersion: '',
      priceId: '',
      meters: [],
      notCharged: [],
    });
  });

  it('is null where something that was used has no price', () => {
    expect(costOf({ model: 'text-embedding-3-small', input_tokens: 1000 })).toBe('0.00002');
    expect(costOf({ model: 'text-embedding-3-small', input_tokens: 1000, output_tokens: 1 })).toBeNull();
    expect(costOf({ model: 'whisper-1', input_tokens: 1000 })).toBeNull();
    expect(bundled.price({ ...NOTHING, model: 'whisper-1' }, { audio_seconds: 90 }).costPicoUsd).toBe(
      parseUsd('0.009'),
    );
  });

  it('is null where the counts contradict each other', () => {
    expect(costOf({ input_tokens: 100, cache_read_tokens: 60, cache_write_tokens: 60 })).toBeNull();
    expect(costOf({ output_tokens: 10, reasoning_tokens: 11 })).toBeNull();
  });

  it('is 0 for a request that failed without usage, and that of its usage otherwise', () => {
    expect(costOf({ status: 'error' })).toBe('0.00');
    expect(costOf({ status: 'timeout', input_tokens: 1_000_000 })).toBe('0.15');
    expect(costOf({ input_tokens: 0, output_tokens: 0 })).toBe('0.00');
  });

  it('is what the caller says, if the caller says it', () => {
    expect(costOf({ model: 'no-such-model', cost_usd: 7n })).toBe('0.000000000007');
    const explained = bundled.explain({ ...NOTHING, cost_usd: 7n, input_tokens: 100 });
    expect(explained.priceSource).toBe('caller');
    expect(explained.meters).toEqual([
      { meter: 'request_cost', quantity: 1, unitPriceUsd: '0.000000000007', costPicoUsd: 7n },
    ]);
  });

  it('is that of the model that answered', () => {
    const usage = { provider: 'azure', model: 'my-deployment', input_tokens: 1_000_000 };
    expect(costOf(usage)).toBeNull();
    expect(costOf({ ...usage, response_model: 'gpt-4o-2024-08-06' })).toBe('2.50');
    expect(costOf({ model: 'gpt-4o', response_model: 'gpt-4o-2024-05-13', input_tokens: 1_000_000 })).toBe(
      '5.00',
    );
  });
});

describe('cached tokens', () => {
  const usage = {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    input_tokens: 1000,
    cache_read_tokens: 600,
    cache_write_tokens: 300,
    cache_write_1h_tokens: 100,
    output_tokens: 10,
  };

  it('are charged once, at their own price', () => {
    // 100 × 3 + 600 × 0.3 + 200 × 3.75 + 100 × 6 + 10 × 15 dollars per million.
    expect(costOf(usage)).toBe('0.00198');
    expect(
      bundled.explain({ ...NOTHING, ...usage }).meters.map(({ meter, quantity }) => [meter, quantity]),
    ).toEqual([
      ['input_tokens', 100],
      ['cache_read_tokens', 600],
      ['cache_write_tokens', 200],
      ['cache_write_1h_tokens', 100],
      ['output_tokens', 10],
    ]);
  });

  it('cost what any input costs where the list has no price for them', () => {
    expect(costOf({ model: 'gpt-4', input_tokens: 1000, cache_read_tokens: 400 })).toBe('0.03');
  });
});

describe('long-context prices', () => {
  it.each([
    ['anthropic', 'claude-sonnet-4-5', 200_000, '0.60', '1.200006'],
    ['anthropic', 'claude-sonnet-4-20250514', 200_000, '0.60', '1.200006'],
    ['google', 'gemini-2.5-pro', 200_000, '0.25', '0.5000025'],
    // xAI charges them from its threshold on.
    ['xai', 'grok-4.5', 199_999, '0.399998', '0.80'],
    ['openai', 'gpt-5.4', 272_000, '0.68', '1.360005'],
    ['openai', 'gpt-5.5', 272_000, '1.36', '2.72001'],
  ])('of %s %s hold above %i tokens, for the whole request', (provider, model, tokens, below, above) => {
    expect(costOf({ provider, model, input_tokens: tokens })).toBe(below);
    expect(costOf({ provider, model, input_tokens: tokens + 1 })).toBe(above);
  });

  it('count cached input and change the price of output', () => {
    const usage = { provider: 'anthropic', model: 'claude-sonnet-4-5', output_tokens: 1_000_000 };
    expect(costOf({ ...usage, input_tokens: 200_001, cache_read_tokens: 200_001 })).toBe('22.6200006');
  });
});

describe('audio', () => {
  it('of a model that the package prices as text has its own price', () => {
    const usage = {
      model: 'gpt-4o-audio-preview',
      input_tokens: 1000,
      input_audio_tokens: 600,
      output_tokens: 100,
    };
    // 400 × $2.50 + 600 × $40 + 100 × $80 per million.
    expect(costOf({ ...usage, output_audio_tokens: 100 })).toBe('0.033');
  });
});

describe('prices over time', () => {
  it('change when the list says so', () => {
    const o3 = { model: 'o3', input_tokens: 1_000_000 };
    expect(costOf({ ...o3, timestamp: at('2025-06-09T23:59:59.999Z') })).toBe('10.00');
    expect(costOf({ ...o3, timestamp: at('2025-06-10T00:00:00Z') })).toBe('2.00');
  });

  it('change by the hour', () => {
    const reasoner = { provider: 'deepseek', model: 'deepseek-reasoner', input_tokens: 1_000_000 };
    expect(costOf({ ...reasoner, timestamp: at('2025-08-01T00:29:59Z') })).toBe('0.135');
    expect(costOf({ ...reasoner, timestamp: at('2025-08-01T00:30:00Z') })).toBe('0.55');
    expect(costOf({ ...reasoner, timestamp: at('2025-08-01T16:30:00Z') })).toBe('0.135');
  });

  it.each([
    ['2025-09-05T15:59:59Z', '0.55'],
    ['2025-09-05T16:00:00Z', '0.56'],
    ['2025-09-29T00:00:00Z', '0.28'],
    ['2026-04-24T00:00:00Z', '0.14'],
  ])('at %s deepseek-reasoner costs $%s per million', (timestamp, cost) => {
    const usage = { provider: 'deepseek', model: 'deepseek-reasoner', input_tokens: 1_000_000 };
    expect(costOf({ ...usage, timestamp: at(timestamp) })).toBe(cost);
  });

  it.each([
    ['2026-08-15T02:00:00Z', '0.14'],
    ['2026-08-16T15:59:59Z', '0.14'],
    ['2026-08-16T16:00:00Z', '0.22'],
    ['2026-08-17T02:00:00Z', '0.44'],
    // A Saturday before and after weekends became cheap.
    ['2026-08-22T02:00:00Z', '0.44'],
    ['2026-08-29T02:00:00Z', '0.22'],
    ['2026-09-11T02:00:00Z', '0.30'],
    ['2026-09-11T04:00:00Z', '0.15'],
  ])('at %s DeepSeek V4 Flash costs $%s per million', (timestamp, cost) => {
    const usage = { provider: 'deepseek', model: 'deepseek-v4-flash', input_tokens: 1_000_000 };
    expect(costOf({ ...usage, timestamp: at(timestamp) })).toBe(cost);
  });
});

describe('service tiers and regions of the bundled list', () => {
  it.each([
    ['openai', 'gpt-5', 'flex', '0.625'],
    ['openai', 'gpt-5', 'batch', '0.625'],
    ['openai', 'gpt-5', 'priority', '2.50'],
    ['openai', 'gpt-4o', 'default', '2.50'],
    ['anthropic', 'claude-sonnet-4-5', 'batch', '1.50'],
    ['anthropic', 'claude-sonnet-4-5', 'priority', null],
    ['anthropic', 'claude-opus-5', 'fast', '10.00'],
    ['gcp.vertex_ai', 'gemini-2.5-flash', 'ON_DEMAND', '0.30'],
    ['gcp.gemini', 'gemini-2.5-flash', 'batch', '0.15'],
    ['groq', 'llama-3.3-70b-versatile', 'flex', '0.59'],
    ['mistral', 'mistral-large-latest', 'batch', '1.00'],
    ['deepseek', 'deepseek-chat', 'batch', null],
  ])('%s %s in tier %s', (provider, model, service_tier, cost) => {
    const usage = { provider, model, service_tier, input_tokens: 1_000_000 };
    const long = { ...usage, input_tokens: 100_000 };
    const expected = cost === null ? null : formatUsd((parseUsd(cost) ?? 0n) / 10n);
    expect(costOf(long)).toBe(expected);
  });

  it('keep cached input of a Gemini batch at its standard price', () => {
    const usage = {
      provider: 'google',
      model: 'gemini-2.5-flash',
      service_tier: 'batch',
      input_tokens: 1000,
    };
    expect(costOf({ ...usage, cache_read_tokens: 1000 })).toBe('0.00003');
  });

  it('have no discount for cached input in a batch of the older models of OpenAI', () => {
    const usage = { service_tier: 'batch', input_tokens: 1_000_000, cache_read_tokens: 1_000_000 };
    expect(costOf({ ...usage, model: 'gpt-4.1' })).toBe('1.00');
    expect(costOf({ ...usage, model: 'gpt-5' })).toBe('0.0625');
  });

  it('are not offered above the threshold where the provider says so', () => {
    const usage = { model: 'gpt-5.4', service_tier: 'priority' };
    expect(costOf({ ...usage, input_tokens: 272_000 })).toBe('1.36');
    expect(costOf({ ...usage, input_tokens: 272_001 })).toBeNull();
  });

  it('add what a region costs more', () => {
    const usage = { provider: 'anthropic', model: 'claude-opus-5', input_tokens: 1_000_000 };
    expect(costOf({ ...usage, region: 'us' })).toBe('5.50');
    expect(costOf({ ...usage, region: 'eu' })).toBe('5.00');
    expect(costOf({ ...usage, model: 'claude-sonnet-4-5', region: 'us', input_tokens: 1000 })).toBe('0.003');
  });

  it('say in the version what they were made of', () => {
    const charge = bundled.price({ ...NOTHING, service_tier: 'batch', input_tokens: 1 });
    expect(charge.priceVersion).toBe('genai-prices-0.1.8/2026-09-23+tiers-2026-11-20');
    expect(charge.priceId).toBe('openai/gpt-4o-mini (batch)');
  });
});

describe('a breakdown', () => {
  /** A generator of pseudo-random integers below a bound, the same in every run. */
  function generator(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % below;
    };
  }

  it('sums to the charge, whatever was used', () => {
    const random = generator(7);
    const models = [
      ['openai', 'gpt-4o-mini'],
      ['anthropic', 'claude-haiku-4-5'],
      ['google', 'gemini-2.5-flash'],
      ['google', 'gemini-3.1-flash-live-preview'],
      ['perplexity', 'sonar-pro'],
      ['openai', 'gpt-realtime'],
    ] as const;
    const differing: unknown[] = [];
    for (let round = 0; round < 2000; round += 1) {
      const [provider, model] = models[random(models.length)] ?? models[0];
      const input = random(300_000);
      const read = random(input + 1);
      const audio = random(input + 1);
      const written = random(input - read + 1);
      const output = random(5000);
      const usage = {
        ...NOTHING,
        provider,
        model,
        input_tokens: input,
        output_tokens: output,
        cache_read_tokens: read,
        cache_write_tokens: written,
        cache_write_1h_tokens: random(written + 1),
        input_audio_tokens: audio,
        input_image_tokens: random(input - audio + 1),
        reasoning_tokens: random(output + 1),
      };
      const explained = bundled.explain(usage);
      const sum = explained.meters.reduce((total, { costPicoUsd }) => total + costPicoUsd, 0n);
      const charged = bundled.price(usage).costPicoUsd;
      const quantity = explained.meters
        .filter(({ meter }) => meter.endsWith('_tokens'))
        .reduce((total, meter) => total + meter.quantity, 0);
      if (charged !== sum || explained.costPicoUsd !== sum || quantity !== input + output)
        differing.push(usage);
    }
    expect(differing).toEqual([]);
  });

  it('rounds half to even, once per meter', () => {
    const prices = [
      { provider: 'mine', model: 'm', per_million_tokens: { input: '0.0000005', output: '0.0000015' } },
    ];
    const pricer = createPricer({ cards: [{ name: 'mine', version: '1', prices }] });
    const usage = { ...NOTHING, provider: 'mine', model: 'm', input_tokens: 1, output_tokens: 1 };
    // Half a pico-dollar becomes 0, one and a half become 2.
    expect(pricer.explain(usage).meters.map(({ costPicoUsd }) => costPicoUsd)).toEqual([0n, 2n]);
    expect(pricer.price(usage).costPicoUsd).toBe(2n);
  });
});

describe('a pricer', () => {
  it('stays right when it meets more kinds of requests than it keeps', () => {
    const pricer = createPricer();
    for (let index = 0; index <= RESOLVED_KINDS_MAX; index += 1) {
      pricer.price({ ...NOTHING, provider: `nobody-${index}`, input_tokens: 1 });
    }
    expect(costOf({ input_tokens: 1_000_000 }, pricer)).toBe('0.15');
  });

  it('tells kinds apart whose texts run into each other', () => {
    const prices = [
      { provider: 'a', model: 'b|c', per_million_tokens: { input: 1 } },
      { provider: 'a|b', model: 'c', per_million_tokens: { input: 2 } },
    ];
    const pricer = createPricer({ cards: [{ name: 'mine', version: '1', prices }] });
    expect(costOf({ provider: 'a', model: 'b|c', input_tokens: 1_000_000 }, pricer)).toBe('1.00');
    expect(costOf({ provider: 'a|b', model: 'c', input_tokens: 1_000_000 }, pricer)).toBe('2.00');
  });
});
