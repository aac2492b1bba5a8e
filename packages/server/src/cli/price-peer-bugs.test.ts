/**
 * Ways in which other trackers of cost are known to have charged wrongly, each as one answer with the
 * charge that the provider's price list gives, worked out by hand. Budgets' and the ledger's share of
 * such bugs is held by the system tests of budgets, of restarts and of kills.
 */

import { describe, expect, it } from 'vitest';
import { createPricer } from '../pricing/index.ts';
import { priceLine } from './price-line.ts';

interface Answer {
  readonly cost_usd: string | null;
  readonly usage: Readonly<Record<string, number>>;
  readonly usage_source?: string;
}

const context = { pricer: createPricer({ cards: [] }), nowMs: Date.parse('2026-10-01T00:00:00Z') };

const price = (line: Readonly<Record<string, unknown>>): Answer =>
  JSON.parse(priceLine(JSON.stringify(line), context)) as Answer;

const events = (...chunks: readonly unknown[]): string =>
  [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'].join('');

const chunk = (content: string): object => ({
  object: 'chat.completion.chunk',
  model: 'gpt-4o',
  choices: [{ index: 0, delta: { content } }],
});

describe('not repeated here', () => {
  it.each([
    [
      'cached tokens, which the total includes, charged again as input (Langfuse #10592, LiteLLM #14849)',
      {
        provider: 'openai',
        body: {
          model: 'gpt-5-mini',
          usage: {
            prompt_tokens: 2000,
            prompt_tokens_details: { cached_tokens: 1000 },
            completion_tokens: 500,
          },
        },
      },
      // 1,000 x 0.25 + 1,000 x 0.025 + 500 x 2.00 dollars a million.
      '0.001275',
    ],
    [
      'cached tokens, which the total leaves out, taken from it (Langfuse #12306)',
      {
        provider: 'anthropic',
        body: {
          type: 'message',
          model: 'claude-sonnet-4-5',
          usage: { input_tokens: 10, cache_read_input_tokens: 1000, output_tokens: 20 },
        },
      },
      // 10 x 3 + 1,000 x 0.30 + 20 x 15 dollars a million.
      '0.00063',
    ],
    [
      'a long context that lay in the cache charged as if it were new (Phoenix #10036)',
      {
        provider: 'anthropic',
        body: {
          type: 'message',
          model: 'claude-sonnet-4-5',
          usage: { input_tokens: 4, cache_read_input_tokens: 100_000, output_tokens: 50 },
        },
      },
      // 4 x 3 + 100,000 x 0.30 + 50 x 15 dollars a million.
      '0.030762',
    ],
    [
      'reasoning, which output includes, charged again (Langfuse #11244)',
      {
        provider: 'openai',
        body: {
          model: 'gpt-5-mini',
          usage: {
            prompt_tokens: 100,
            completion_tokens: 500,
            completion_tokens_details: { reasoning_tokens: 400 },
          },
        },
      },
      // 100 x 0.25 + 500 x 2.00 dollars a million.
      '0.001025',
    ],
    [
      'the flex tier at the standard price, twice its own (LiteLLM #13810)',
      {
        provider: 'openai',
        body: {
          model: 'gpt-5-mini',
          service_tier: 'flex',
          usage: {
            prompt_tokens: 2000,
            prompt_tokens_details: { cached_tokens: 1000 },
            completion_tokens: 500,
          },
        },
      },
      '0.0006375',
    ],
    [
      'a long prompt of a batch at the short price, half of its own (LiteLLM #39861)',
      {
        usage: {
          provider: 'openai',
          model: 'gpt-5.4',
          service_tier: 'batch',
          input_tokens: 272_001,
          output_tokens: 0,
        },
      },
      // 272,001 x 2.50 dollars a million: half of the long-context price of 5.00.
      '0.6800025',
    ],
  ])('%s', (_bug, line, cost) => {
    expect(price(line).cost_usd).toBe(cost);
  });

  it('a stream charged nothing, because the usage stands in its last chunk', () => {
    const usage = { prompt_tokens: 1000, completion_tokens: 100 };
    const body = events(chunk('Hello'), { ...chunk(''), choices: [], usage });
    expect(price({ provider: 'openai', body }).cost_usd).toBe('0.0035');
  });

  it('a stream charged nothing, because it was cut off before its usage', () => {
    const request = { messages: [{ role: 'user', content: 'Tell me of the sea, at length.' }] };
    const { cost_usd, usage } = price({ provider: 'openai', request, body: events(chunk('The sea is')) });
    expect(Number(cost_usd)).toBeGreaterThan(0);
    expect(usage.output_tokens).toBeGreaterThan(0);
  });

  it('an unknown model charged nothing', () => {
    const line = { usage: { provider: 'openai', model: 'gpt-nobody-knows', input_tokens: 1000 } };
    expect(price(line)).toMatchObject({ cost_usd: null, unpriced: true });
  });
});
