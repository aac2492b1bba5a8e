import { BellwetherError, formatUsd, parseRfc3339 } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { parseRateCard } from './card-file.ts';
import type { PricedUsage } from './charge.ts';
import { fixedFees } from './commitments.ts';
import { createPricer } from './pricer.ts';

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

function at(text: string): PricedUsage['timestamp'] {
  return parseRfc3339(text) ?? { epochSeconds: 0, nanoseconds: 0 };
}

/** Pricing over one card, given as YAML without its name and version. */
function over(yaml: string): (usage: Partial<PricedUsage>) => string | null {
  const pricer = createPricer({ cards: [parseRateCard(`name: mine\nversion: v1\n${yaml}`, 'mine.yaml')] });
  return (usage) => {
    const { costPicoUsd } = pricer.price({ ...NOTHING, ...usage });
    return costPicoUsd === null ? null : formatUsd(costPicoUsd);
  };
}

const MILLION = { input_tokens: 1_000_000 };

describe('a rate card', () => {
  it('goes before the bundled list and is named in the charge', () => {
    const card = parseRateCard(
      `
name: negotiated
version: 2026-Q4
prices:
  - provider: openai
    model: gpt-4o-mini
    per_million_tokens: { input: 0.12, output: 0.5 }
`,
      'negotiated.yaml',
    );
    const pricer = createPricer({ cards: [card] });
    expect(pricer.price({ ...NOTHING, ...MILLION })).toEqual({
      costPicoUsd: 120_000_000_000n,
      priceSource: 'card',
      priceVersion: '2026-Q4',
      priceId: 'negotiated: openai/gpt-4o-mini',
    });
    expect(pricer.price({ ...NOTHING, ...MILLION, model: 'gpt-4o' }).priceSource).toBe('snapshot');
  });

  it('is for a provider however it is spelled', () => {
    const cost = over('prices: [{ provider: xai, model: grok-9, per_million_tokens: { input: 1 } }]');
    for (const provider of ['x_ai', 'X-AI', 'xai', 'xai.chat']) {
      expect(cost({ ...MILLION, provider, model: 'grok-9' })).toBe('1.00');
    }
    const own = over('prices: [{ provider: my_vllm, model: "*", per_million_tokens: { input: 2 } }]');
    expect(own({ ...MILLION, provider: 'My-vLLM', model: 'anything' })).toBe('2.00');
  });

  it('applies its narrowest entry', () => {
    const cost = over(`
prices:
  - { provider: '*', model: special, per_million_tokens: { input: 5 } }
  - { provider: p, model: '*', per_million_tokens: { input: 1 } }
  - { provider: p, model: 'llama-*', per_million_tokens: { input: 2 } }
  - { provider: p, model: 'llama-3*', per_million_tokens: { input: 3 } }
  - { provider: p, model: llama-3.1, per_million_tokens: { input: 4 } }`);
    const priceOf = (model: string) => cost({ ...MILLION, provider: 'p', model });
    expect(['x', 'llama-2', 'LLAMA-3.2', 'llama-3.1', 'special'].map(priceOf)).toEqual([
      '1.00',
      '2.00',
      '3.00',
      '4.00',
      '1.00',
    ]);
    expect(cost({ ...MILLION, provider: 'q', model: 'special' })).toBe('5.00');
  });

  it('holds from one instant to another', () => {
    const cost = over(`
prices:
  - { provider: p, model: m, until: 2026-03-01, per_million_tokens: { input: 1 } }
  - { provider: p, model: m, from: 2026-04-01T06:00:00+02:00, per_million_tokens: { input: 2 } }
  - { provider: p, model: m, from: 2026-06-01, per_million_tokens: { input: 3 } }`);
    const priceAt = (timestamp: string) =>
      cost({ ...MILLION, provider: 'p', model: 'm', timestamp: at(timestamp) });
    expect(priceAt('2026-02-28T23:59:59.999Z')).toBe('1.00');
    expect(priceAt('2026-03-01T00:00:00Z')).toBeNull();
    expect(priceAt('2026-04-01T03:59:59Z')).toBeNull();
    expect(priceAt('2026-04-01T04:00:00Z')).toBe('2.00');
    // The entry that began last applies, so a price change needs no end of the former price.
    expect(priceAt('2026-06-01T00:00:00Z')).toBe('3.00');
  });

  it('knows hours of the week', () => {
    const cost = over(`
prices:
  - { provider: p, model: m, per_million_tokens: { input: 2 } }
  - { provider: p, model: m, hours: ['sat-sun 00:00-24:00', '22:00-06:00'], per_million_tokens: { input: 1 } }`);
    const priceAt = (timestamp: string) =>
      cost({ ...MILLION, provider: 'p', model: 'm', timestamp: at(timestamp) });
    expect(priceAt('2026-10-02T21:59:59Z')).toBe('2.00');
    expect(priceAt('2026-10-02T22:00:00Z')).toBe('1.00');
    expect(priceAt('2026-10-03T12:00:00Z')).toBe('1.00');
    expect(priceAt('2026-10-05T05:59:59Z')).toBe('1.00');
    expect(priceAt('2026-10-05T06:00:00Z')).toBe('2.00');
  });

  it('knows tiers as factors and as prices', () => {
    const cost = over(`
prices:
  - provider: openai
    model: m
    per_million_tokens: { input: 2, output: 4 }
    tiers:
      batch: 0.5
      priority: { per_million_tokens: { input: 7 } }`);
    expect(cost({ ...MILLION, model: 'm' })).toBe('2.00');
    expect(cost({ ...MILLION, model: 'm', service_tier: 'batch' })).toBe('1.00');
    expect(cost({ ...MILLION, model: 'm', service_tier: 'ON_DEMAND_PRIORITY' })).toBe('7.00');
    expect(cost({ ...MILLION, model: 'm', service_tier: 'flex' })).toBeNull();
  });

  it('applies the factor of a tier or region to what is metered, not to fees', () => {
    const cost = over(`
prices:
  - provider: p
    model: m
    per_million_tokens: { input: 2 }
    per_request: 0.25
    tiers: { batch: 0.5 }
    regions: { eu: 1.5 }`);
    expect(cost({ ...MILLION, provider: 'p', model: 'm', service_tier: 'batch', region: 'eu' })).toBe('1.75');
  });

  it('leaves a tier that it does not know to the bundled list', () => {
    const cost = over('prices: [{ provider: openai, model: gpt-5, per_million_tokens: { input: 1 } }]');
    expect(cost({ ...MILLION, model: 'gpt-5' })).toBe('1.00');
    expect(cost({ ...MILLION, model: 'gpt-5', service_tier: 'flex' })).toBe('0.625');
  });

  it('knows regions, and long contexts by input or in total', () => {
    const cost = over(`
prices:
  - provider: p
    model: by-input
    per_million_tokens: { input: 1, output: 2, cache_read: 0.1 }
    regions: { 'eu-*': 1.1, eu-west-1: 1.2 }
    long_context: [{ above_tokens: 1000, per_million_tokens: { input: 10, output: 20 } }]
  - provider: p
    model: in-total
    per_million_tokens: { input: 1, output: 1 }
    long_context: [{ above_tokens: 1000, counted: total, per_million_tokens: { input: 10, output: 10 } }]`);
    const use = { provider: 'p', model: 'by-input', input_tokens: 1000 };
    expect(cost(use)).toBe('0.001');
    expect(cost({ ...use, region: 'EU-west-1' })).toBe('0.0012');
    expect(cost({ ...use, region: 'eu-north-1' })).toBe('0.0011');
    expect(cost({ ...use, region: 'us-east-1' })).toBe('0.001');
    expect(cost({ ...use, input_tokens: 1001 })).toBe('0.01001');
    // What a long-context price does not mention costs what it costs below.
    expect(cost({ ...use, input_tokens: 1001, cache_read_tokens: 1001 })).toBe('0.0001001');
    expect(cost({ provider: 'p', model: 'in-total', input_tokens: 600, output_tokens: 400 })).toBe('0.001');
    expect(cost({ provider: 'p', model: 'in-total', input_tokens: 600, output_tokens: 401 })).toBe('0.01001');
  });

  it('prices own machines by time and by GPU hour', () => {
    const cost = over(`
prices:
  - { provider: vllm, model: llama, per_gpu_hour: 3.6, gpus: 2 }
  - { provider: vllm, model: small, per_second: 0.001, per_request: 0.0001 }`);
    expect(cost({ provider: 'vllm', model: 'llama', latency_ms: 1500, ...MILLION })).toBe('0.003');
    expect(cost({ provider: 'vllm', model: 'llama', latency_ms: 0.5 })).toBe('0.000001');
    expect(cost({ provider: 'vllm', model: 'llama', ...MILLION })).toBeNull();
    expect(cost({ provider: 'vllm', model: 'small', latency_ms: 250 })).toBe('0.00035');
    // A failed request pays for the time it took, not the fee.
    expect(cost({ provider: 'vllm', model: 'small', latency_ms: 250, status: 'timeout' })).toBe('0.00025');
  });

  it('keeps the ledger in dollars at the rate of the day', () => {
    const cost = over(`
currency: EUR
exchange_rates: { EUR: { 2026-01-01: 1.1, 2026-07-01: '1.25' } }
prices:
  - { provider: p, model: m, per_million_tokens: { input: 2 } }
  - { provider: p, model: dollars, currency: USD, per_million_tokens: { input: 2 } }`);
    const priceAt = (timestamp: string) =>
      cost({ ...MILLION, provider: 'p', model: 'm', timestamp: at(timestamp) });
    expect(priceAt('2025-12-31T23:59:59Z')).toBeNull();
    expect(priceAt('2026-06-30T23:59:59Z')).toBe('2.20');
    expect(priceAt('2026-07-01T00:00:00Z')).toBe('2.50');
    expect(cost({ ...MILLION, provider: 'p', model: 'dollars' })).toBe('2.00');
  });

  it('takes a percentage off its own and the bundled prices, the narrowest only', () => {
    const cost = over(`
prices: [{ provider: openai, model: own, per_million_tokens: { input: 1 } }]
discounts:
  - { name: everything, provider: openai, percent: 10 }
  - { name: minis, provider: openai, model: 'gpt-*-mini', percent: 33.3, from: 2026-09-01 }`);
    expect(cost({ ...MILLION, model: 'own' })).toBe('0.90');
    expect(cost({ ...MILLION, model: 'gpt-4o' })).toBe('2.25');
    expect(cost(MILLION)).toBe('0.10005');
    expect(cost({ ...MILLION, timestamp: at('2026-08-31T23:59:59Z') })).toBe('0.135');
  });

  it('covers requests by a commitment, whose fee is due apart', () => {
    const yaml = `
name: mine
version: v1
currency: EUR
exchange_rates: { EUR: { 2026-01-01: 1.1 } }
commitments:
  - { name: PTU, provider: azure, model: 'gpt-4o*', tier: provisioned, fee: 3100, per: month, from: 2026-10-10, until: 2026-12-01 }
  - { name: GPU, provider: vllm, fee: 2, per: hour, from: 2026-10-01, currency: USD }`;
    const card = parseRateCard(yaml, 'mine.yaml');
    const pricer = createPricer({ cards: [card] });
    const usage = {
      ...NOTHING,
      provider: 'azure',
      model: 'gpt-4o',
      service_tier: 'ptu',
      timestamp: at('2026-10-15T00:00:00Z'),
    };
    expect(pricer.price(usage)).toEqual({
      costPicoUsd: 0n,
      priceSource: 'card',
      priceVersion: 'v1',
      priceId: 'mine: PTU',
    });
    expect(pricer.price({ ...usage, timestamp: at('2026-10-09T00:00:00Z') }).costPicoUsd).toBeNull();
    const fees = fixedFees(
      [card],
      at('2026-10-01T00:00:00Z').epochSeconds,
      at('2026-11-01T00:00:00Z').epochSeconds,
    );
    expect(fees.map(({ commitment, costPicoUsd }) => [commitment, formatUsd(costPicoUsd)])).toEqual([
      // 22 of October's 31 days, in euros at $1.10.
      ['PTU', '2420.00'],
      ['GPU', '1488.00'],
    ]);
  });

  it('goes before the cards after it, in which a narrower price does not count', () => {
    const card = (version: string, model: string, input: number) => ({
      name: 'mine',
      version,
      prices: [{ provider: 'p', model, per_million_tokens: { input } }],
    });
    const pricer = createPricer({ cards: [card('1', 'm*', 1), card('2', 'm1', 2), card('3', 'x', 3)] });
    const versionOf = (model: string) =>
      pricer.price({ ...NOTHING, ...MILLION, provider: 'p', model }).priceVersion;
    expect([versionOf('m1'), versionOf('x')]).toEqual(['1', '3']);
  });

  it('gives the later of two prices that nothing else tells apart', () => {
    const card = {
      name: 'mine',
      version: '1',
      prices: [1, 2].map((input) => ({ provider: 'p', model: 'm', per_million_tokens: { input } })),
    };
    const charge = createPricer({ cards: [card] }).price({
      ...NOTHING,
      ...MILLION,
      provider: 'p',
      model: 'm',
    });
    expect(formatUsd(charge.costPicoUsd ?? 0n)).toBe('2.00');
  });
});

describe('a card file', () => {
  function refusal(text: string): string {
    try {
      parseRateCard(text, 'prices.yaml');
    } catch (error) {
      if (error instanceof BellwetherError) return error.message;
    }
    return '';
  }

  it('is refused with the line and the key', () => {
    expect(
      refusal('name: x\nversion: "1"\nprices:\n  - provider: p\n    model: m\n    form: 2026-01-01\n'),
    ).toBe('prices.yaml:6: prices[0].form is not a key that a rate card has');
    expect(refusal('name: x\nversion: "1"\nprices:\n  - provider: p\n')).toBe(
      'prices.yaml:4: prices[0] must have required properties model',
    );
    expect(refusal('name: x\nversion: "1"\nprices:\n  - { provider: p, model: m, from: 2026-02-30 }\n')).toBe(
      'prices.yaml:4: prices[0].from is no date: 2026-02-30',
    );
    expect(
      refusal(
        'name: x\nversion: "1"\nprices:\n  - { provider: p, model: m, from: 2026-02-02, until: 2026-02-01 }',
      ),
    ).toBe('prices.yaml:4: prices[0].until is not after from');
    expect(refusal('name: x\nversion: "1"\ncurrency: EUR\n')).toBe(
      'prices.yaml:3: currency is EUR, for which exchange_rates has no rate',
    );
    expect(
      refusal('name: x\nversion: "1"\nprices:\n  - { provider: p, model: m, hours: ["25:00-26:00"] }'),
    ).toBe('prices.yaml:4: prices[0].hours[0] is not like "mon-fri 01:00-04:00": 25:00-26:00');
    expect(
      refusal(
        'name: x\nversion: "1"\nprices:\n  - { provider: p, model: m, per_million_tokens: { input: -1 } }',
      ),
    ).toContain('prices.yaml:4: prices[0].per_million_tokens.input must be >= 0');
  });

  it('is refused if it is no YAML, or YAML of something else', () => {
    expect(refusal('name: [')).toContain('prices.yaml: ');
    expect(refusal('- 1')).toBe('prices.yaml:1: the card must be object');
    expect(refusal('')).toBe('prices.yaml:1: the card must be object');
    expect(refusal('name: x\nname: y\nversion: "1"')).toContain('Map keys must be unique');
  });

  it('may be JSON', () => {
    expect(parseRateCard('{"name":"x","version":"1"}', 'prices.json')).toEqual({ name: 'x', version: '1' });
  });
});
