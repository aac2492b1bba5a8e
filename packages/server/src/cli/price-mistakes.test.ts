/**
 * One fixture for each mistake about money that other products made in public
 * (RELIABILITY names them): what they charged, and what is right.
 */

import { formatUsd } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { priceLine } from './price-line.ts';
import { createPricer } from '../pricing/index.ts';

const context = { pricer: createPricer(), nowMs: Date.parse('2026-06-01T12:00:00Z') };

interface Result {
  readonly cost_usd: string | null;
  readonly unpriced: boolean;
  readonly estimated?: boolean;
  readonly usage: Readonly<Record<string, number>>;
  readonly meters: readonly { readonly meter: string; readonly quantity: number }[];
}

function price(line: object): Result {
  return JSON.parse(priceLine(JSON.stringify(line), context)) as Result;
}

describe('mistakes of others', () => {
  it('cached tokens of OpenAI charged twice (Langfuse #12306, LiteLLM #14849)', () => {
    const usage = {
      prompt_tokens: 10_000,
      completion_tokens: 100,
      total_tokens: 10_100,
      prompt_tokens_details: { cached_tokens: 9000 },
    };
    // 1,000 × $2.50 + 9,000 × $1.25 + 100 × $10 per million, not 10,000 × $2.50 beside them.
    expect(price({ provider: 'openai', body: { model: 'gpt-4o', usage } }).cost_usd).toBe('0.01475');
  });

  it('cached tokens of Anthropic added to an input that includes them (Langfuse #10592)', () => {
    const body = {
      model: 'claude-sonnet-4-5-20250929',
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 1000,
        cache_creation_input_tokens: 500,
        output_tokens: 20,
      },
    };
    const fromBody = price({ provider: 'anthropic', body });
    expect(fromBody.usage).toEqual({
      input_tokens: 1510,
      output_tokens: 20,
      cache_read_tokens: 1000,
      cache_write_tokens: 500,
    });
    // 10 × $3 + 1,000 × $0.30 + 500 × $3.75 + 20 × $15 per million.
    expect(fromBody.cost_usd).toBe('0.002505');
  });

  it('one call spelled with cached tokens within the input and beside it', () => {
    const inclusive = {
      prompt_tokens: 1500,
      completion_tokens: 20,
      total_tokens: 1520,
      prompt_tokens_details: { cached_tokens: 1000 },
    };
    const exclusive = {
      prompt_tokens: 500,
      completion_tokens: 20,
      total_tokens: 1520,
      prompt_tokens_details: { cached_tokens: 1000 },
    };
    const asEvent = {
      provider: 'openai',
      model: 'gpt-4o',
      input_tokens: 1500,
      output_tokens: 20,
      cache_read_tokens: 1000,
    };
    const costs = [
      price({ provider: 'openai', body: { model: 'gpt-4o', usage: inclusive } }),
      price({ provider: 'openai', body: { model: 'gpt-4o', usage: exclusive } }),
      price({ usage: asEvent }),
    ].map(({ cost_usd }) => cost_usd);
    expect(costs).toEqual(['0.0027', '0.0027', '0.0027']);
  });

  it('reasoning tokens charged beside the output that includes them (Langfuse #11244)', () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 1000,
      total_tokens: 1100,
      completion_tokens_details: { reasoning_tokens: 900 },
    };
    // 100 × $1.25 + 1,000 × $10 per million.
    expect(price({ provider: 'openai', body: { model: 'gpt-5', usage } }).cost_usd).toBe('0.010125');
  });

  it('reasoning tokens of xAI left out, since it counts them beside the output', () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 10,
      total_tokens: 1010,
      completion_tokens_details: { reasoning_tokens: 900 },
    };
    const result = price({ provider: 'xai', body: { model: 'grok-4.5', usage } });
    expect(result.usage).toEqual({ input_tokens: 100, output_tokens: 910, reasoning_tokens: 900 });
    // 100 × $2 + 910 × $6 per million.
    expect(result.cost_usd).toBe('0.00566');
  });

  it('flex charged at the standard price, twice its own (LiteLLM #13810)', () => {
    const body = {
      model: 'gpt-5-nano',
      service_tier: 'flex',
      usage: { input_tokens: 1_000_000, output_tokens: 1_000_000 },
    };
    expect(price({ provider: 'openai', body }).cost_usd).toBe('0.225');
    expect(price({ provider: 'openai', body: { ...body, service_tier: 'default' } }).cost_usd).toBe('0.45');
  });

  it('a batch above 272,000 tokens at half of what it costs, its cached tokens at twice (LiteLLM #39861)', () => {
    const usage = {
      provider: 'openai',
      model: 'gpt-5.5',
      service_tier: 'batch',
      input_tokens: 300_000,
      output_tokens: 1000,
    };
    // Half of the long-context prices: 300,000 × $5 + 1,000 × $22.50 per million.
    expect(price({ usage }).cost_usd).toBe('1.5225');
    expect(price({ usage: { ...usage, cache_read_tokens: 300_000 } }).cost_usd).toBe('0.1725');
  });

  it('a batch of Anthropic, whose cache is halved as well', () => {
    const usage = {
      input_tokens: 0,
      cache_read_input_tokens: 1_000_000,
      output_tokens: 0,
      service_tier: 'batch',
    };
    expect(price({ provider: 'anthropic', body: { model: 'claude-haiku-4-5', usage } }).cost_usd).toBe(
      '0.05',
    );
  });

  it('cached tokens charged as output, 42 times too much (Phoenix #10036)', () => {
    const body = {
      usage_metadata: {
        input_tokens: 3,
        output_tokens: 12,
        total_tokens: 13_256,
        input_token_details: { cache_creation: 25, cache_read: 13_216 },
      },
    };
    const result = price({
      provider: 'aws.bedrock',
      model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      body,
    });
    expect(result.usage).toEqual({
      input_tokens: 13_244,
      output_tokens: 12,
      cache_read_tokens: 13_216,
      cache_write_tokens: 25,
    });
    // 3 × $3.30 + 13,216 × $0.33 + 25 × $4.125 + 12 × $16.50 per million.
    expect(result.cost_usd).toBe('0.004672305');
  });

  it('a stream that was cut off priced at 0', () => {
    const stream = [
      'event: message_start',
      'data: {"type":"message_start","message":{"model":"claude-haiku-4-5","usage":{"input_tokens":1000,"output_tokens":1}}}',
      '',
      'event: content_block_delta',
      `data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${'word '.repeat(80)}"}}`,
      '',
    ].join('\n');
    const result = price({ provider: 'anthropic', body: stream });
    expect(result).toMatchObject({
      estimated: true,
      unpriced: false,
      usage: { input_tokens: 1000, output_tokens: 100 },
    });
    expect(result.cost_usd).toBe('0.0015');
  });

  it('a stream without usage priced at 0', () => {
    const chunk = (text: string) =>
      `data: {"object":"chat.completion.chunk","model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`;
    const body = `${chunk('Hello')}${chunk(' there')}data: [DONE]\n\n`;
    const request = { messages: [{ role: 'user', content: 'Say hello to whoever is there, please.' }] };
    const blind = price({ provider: 'openai', body });
    expect(blind).toMatchObject({ estimated: true, usage: { output_tokens: 3 }, cost_usd: '0.0000018' });
    const informed = price({ provider: 'openai', body, request });
    expect(informed).toMatchObject({ estimated: true, usage: { input_tokens: 10, output_tokens: 3 } });
  });

  it('an unknown model priced at 0', () => {
    const result = price({
      usage: { provider: 'openai', model: 'gpt-99', input_tokens: 1, output_tokens: 1 },
    });
    expect(result).toMatchObject({ cost_usd: null, unpriced: true, meters: [] });
  });

  it('history priced anew by a change of the list', () => {
    const price2026 = { provider: 'p', model: 'm', per_million_tokens: { input: 1 } };
    const before = createPricer({ cards: [{ name: 'c', version: '1', prices: [price2026] }] });
    const raised = { ...price2026, from: '2026-07-01', per_million_tokens: { input: 2 } };
    const after = createPricer({ cards: [{ name: 'c', version: '2', prices: [price2026, raised] }] });
    const line = JSON.stringify({
      usage: { provider: 'p', model: 'm', input_tokens: 1_000_000, timestamp: '2026-06-30T23:59:59Z' },
    });
    const costs = [before, after].map(
      (pricer) => (JSON.parse(priceLine(line, { ...context, pricer })) as Result).cost_usd,
    );
    expect(costs).toEqual(['1.00', '1.00']);
  });

  it('sums that drift: ten million calls at $0.0000003', () => {
    const { cost_usd } = price({ usage: { provider: 'openai', model: 'gpt-4o-mini', input_tokens: 2 } });
    expect(cost_usd).toBe('0.0000003');
    expect(formatUsd(10_000_000n * 300_000n)).toBe('3.00');
  });
});
